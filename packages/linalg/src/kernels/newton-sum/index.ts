import {
  bytesPerElement,
  type CaseRandom,
  type DType,
  defineKernel,
  InvalidInputError,
  isFloat,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Tensor,
  type TensorSpec,
} from "@ansatz/tensor";
import { caseSource } from "../case-source.ts";
import { newtonSumCpu } from "./cpu.ts";
import { newtonSumTensorFlow } from "./tensorflow.ts";
import { newtonSumWebGpu } from "./webgpu.ts";

/** Direct summation of Newton (Coulomb) potentials, see `newtonSum`. */
export const newtonSumKernel = defineKernel<null>({
  name: "newton-sum",
  summary: "Potential of point charges, each pair summed.",
  infer,
  cost: ([points, sources]) => {
    const [[n], [count]] = [points.shape, sources.shape];
    return { flops: 11 * n * count, bytes: (4 * n + 4 * count) * bytesPerElement(points.dtype) };
  },
  reference,
  cpu: newtonSumCpu,
  webgpu: newtonSumWebGpu,
  tensorflow: newtonSumTensorFlow,
  derivatives: "singular where points and charges meet; differentiate an approximation, see ChebyshevTucker.gradient",
  cases: () =>
    (["float32", "float64"] as const).flatMap((dtype) => [
      caseOf(caseSource(), dtype, 0, 3),
      caseOf(caseSource(), dtype, 3, 0),
      caseOf(caseSource(), dtype, 1, 1),
      caseOf(caseSource(), dtype, 130, 131),
      together(caseOf(caseSource(), dtype, 6, 9)),
      withNaN(caseOf(caseSource(), dtype, 6, 4)),
    ]),
  randomCase: (random) =>
    caseOf(random, random.pick(["float32", "float64"] as const), random.integer(0, 30), random.integer(0, 30)),
  // A distance is right to 3 u relative, and the cases keep points 0.1 from the charges: differences of coordinates lose up to a factor of 100.
  tolerance: (dtype: DType, [, sources]) => {
    const u = dtype === "float32" ? 2 ** -24 : 2 ** -53;
    return { relative: 8 * u, absolute: 400 * u * (1 + sources.shape[0]) };
  },
});

/**
 * Σ_j charges[j] / ‖points[i] − sources[j]‖ for every point, by direct summation. A charge at the very point is left out.
 *
 * @param points [n, 3], float32 or float64.
 * @param sources [N, 3], of the same dtype.
 * @param charges [N], of the same dtype.
 * @returns [n].
 * @throws InvalidInputError when shapes or dtypes do not fit.
 */
export function newtonSum<D extends DType>(points: Tensor<D>, sources: Tensor<D>, charges: Tensor<D>): Tensor<D> {
  return newtonSumKernel.run([points, sources, charges], null)[0] as Tensor<D>;
}

function caseOf(random: CaseRandom, dtype: "float32" | "float64", n: number, count: number): KernelCase<null> {
  const points = random.array([n, 3], dtype);
  const sources = random.array([count, 3], dtype);
  // Apart in the third coordinate, so that no distance is small.
  for (let i = 0; i < n; i++) points.data[3 * i + 2] = Math.fround(0.1 + Math.abs(points.data[3 * i + 2]));
  for (let j = 0; j < count; j++) sources.data[3 * j + 2] = -Math.abs(sources.data[3 * j + 2]);
  return {
    name: `${dtype} ${n} points, ${count} charges`,
    inputs: [points, sources, random.array([count], dtype)],
    options: null,
  };
}

function together(each: KernelCase<null>): KernelCase<null> {
  each.inputs[1].data.set(each.inputs[0].data.slice(3, 6), 6);
  return { ...each, name: `${each.name}, two at one place` };
}

function withNaN(each: KernelCase<null>): KernelCase<null> {
  each.inputs[0].data[4] = Number.NaN;
  return { ...each, name: `${each.name}, one NaN` };
}

function infer([points, sources, charges]: readonly TensorSpec[]): readonly TensorSpec[] {
  if (!isFloat(points.dtype)) throw new InvalidInputError("newtonSum: points", "float32 or float64", points.dtype);
  for (const [name, { shape, dtype }] of Object.entries({ points, sources })) {
    if (shape.length !== 2 || shape[1] !== 3)
      throw new InvalidInputError(`newtonSum: ${name}`, "shape [n, 3]", `[${shape}]`);
    if (dtype !== points.dtype) throw new InvalidInputError(`newtonSum: ${name}`, `dtype ${points.dtype}`, dtype);
  }
  if (charges.shape.length !== 1 || charges.shape[0] !== sources.shape[0] || charges.dtype !== points.dtype)
    throw new InvalidInputError(
      "newtonSum: charges",
      `${points.dtype} [${sources.shape[0]}], one for each source`,
      `${charges.dtype} [${charges.shape}]`,
    );
  return [{ shape: [points.shape[0]], dtype: points.dtype }];
}

function reference([points, sources, charges]: readonly ReferenceArray[]): readonly ReferenceArray[] {
  const values = Float64Array.from({ length: points.shape[0] }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < charges.data.length; j++) {
      const apart = [0, 1, 2].map((axis) => points.data[3 * i + axis] - sources.data[3 * j + axis]);
      const squared = apart[0] ** 2 + apart[1] ** 2 + apart[2] ** 2;
      if (squared !== 0) sum += charges.data[j] / Math.sqrt(squared);
    }
    return sum;
  });
  return [referenceArray(points.dtype, [values.length], values)];
}
