import {
  bytesPerElement,
  defineKernel,
  InvalidInputError,
  type Key,
  type Tensor,
  type TensorSpec,
  uniform,
} from "@ansatz/tensor";
import { matrixShape, realDType, realFlops } from "../../matrix-shape.ts";
import { caseSource } from "../case-source.ts";
import { projectionProcessCases, randomProjectionProcessCase } from "./cases.ts";
import { projectionProcessCpu } from "./cpu.ts";
import { projectionProcessReference } from "./reference.ts";
import { projectionProcessWebGpu } from "./webgpu.ts";

/** Samples of a projection determinantal process on finitely many candidates, see `sampleProjectionProcess`. Inputs: functions [m, M], and uniform numbers [samples, m] of the real dtype; output int32 [samples, m]. */
export const projectionProcessKernel = defineKernel<null>({
  name: "projection-process",
  summary: "Exact samples of a projection determinantal point process on finitely many candidates.",
  infer([features, uniforms]) {
    const { rows: size, columns: count, dtype } = featuresShape(features);
    if (uniforms.dtype !== realDType(dtype))
      throw new InvalidInputError("projectionProcess: uniforms", `dtype ${realDType(dtype)}`, uniforms.dtype);
    if (uniforms.shape.length !== 2 || uniforms.shape[1] !== size)
      throw new InvalidInputError("projectionProcess: uniforms", `shape [samples, ${size}]`, `[${uniforms.shape}]`);
    if (count < size)
      throw new InvalidInputError(
        "projectionProcess: functions",
        "at most as many functions as candidates",
        `[${size}, ${count}]`,
      );
    return [{ shape: uniforms.shape, dtype: "int32" }];
  },
  cost([features, uniforms]) {
    const { rows: size, columns: count, dtype } = featuresShape(features);
    const [samples] = uniforms.shape;
    return {
      flops: 2 * realFlops(dtype) * samples * size * (size + 1) * count,
      bytes: size * count * bytesPerElement(dtype) + samples * size * (4 + bytesPerElement(uniforms.dtype)),
    };
  },
  reference: projectionProcessReference,
  cpu: projectionProcessCpu,
  webgpu: projectionProcessWebGpu,
  tensorflow: "sequential: TensorFlow.js has no search in a sum, and would take a dozen operations for each point",
  cases: () => projectionProcessCases(caseSource()),
  randomCase: randomProjectionProcessCase,
  // Indices.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

function featuresShape(features: TensorSpec) {
  const matrix = matrixShape("projectionProcess: functions", features);
  if (matrix.batchShape.length > 0)
    throw new InvalidInputError("projectionProcess: functions", "one matrix [m, M]", `shape [${features.shape}]`);
  return matrix;
}

export interface ProjectionProcessOptions {
  readonly key: Key;
  /** Independent samples. Default 1. */
  readonly samples?: number;
}

/**
 * Draws from the projection determinantal process of m functions on M candidates: m candidates x₁ … x_m with probability |det φ_j(x_i)|² / m!, all different. The exact sequential sampler: the residual
 * norms of all candidates are updated for each point drawn, in 2 M m² operations a sample.
 *
 * @param functions [m, M], float32, float64 or complex: orthonormal rows, which is not checked (weights of candidates belong in them, as square roots).
 * @returns int32 [samples, m], in the order drawn; each order is as likely as any other.
 * @throws InvalidInputError when there are more functions than candidates, or samples is no integer ≥ 0; UnsupportedError on tensorflow.
 *
 * Source: "Weighted least-squares approximation with determinantal point processes and generalized volume sampling", projection DPP, finite candidate sets.
 */
export function sampleProjectionProcess(
  functions: Tensor,
  { key, samples = 1 }: ProjectionProcessOptions,
): Tensor<"int32"> {
  const { rows: size, dtype } = featuresShape(functions);
  if (!Number.isInteger(samples) || samples < 0)
    throw new InvalidInputError("sampleProjectionProcess: samples", "an integer ≥ 0", samples);
  const { device } = functions;
  return device.scope(() => {
    const uniforms = uniform(key, [samples, size], { device, dtype: realDType(dtype) });
    return projectionProcessKernel.run([functions, uniforms], null)[0] as Tensor<"int32">;
  });
}
