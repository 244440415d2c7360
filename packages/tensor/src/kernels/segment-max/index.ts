import { withExamples } from "../../differentiation/examples.ts";
import type { Derivatives } from "../../differentiation/primitive.ts";
import { bytesPerElement, componentsPerElement, type DType, isDifferentiable } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type KernelCase, type ReferenceArray, referenceArray, type TensorSpec } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { cast } from "../cast/index.ts";
import { jointIndices } from "../gather/examples.ts";
import { gather } from "../gather/index.ts";
import { divide, multiply } from "../map/binary.ts";
import { equal } from "../map/comparison.ts";
import { scatterSum } from "../scatter/index.ts";
import { segmentMaxCpu } from "./cpu.ts";
import type { SegmentMaxOptions } from "./options.ts";
import { segmentMaxWebGpu } from "./webgpu.ts";

export type { SegmentMaxOptions } from "./options.ts";

const DTYPES: readonly DType[] = ["float32", "float64", "int32", "uint32"];

/** Largest elements by segment, see `segmentMax`. */
export const segmentMaxKernel = defineKernel<SegmentMaxOptions>({
  name: "segment-max",
  summary: "Largest elements of the rows that belong to each segment.",
  infer([x, ids], { segments }) {
    if (!DTYPES.includes(x.dtype))
      throw new InvalidInputError("segmentMax: x", `a tensor of ${DTYPES.join(", ")}`, x.dtype);
    return [{ shape: segmentShape("segmentMax", x, ids, segments), dtype: x.dtype }];
  },
  cost([x, ids], { segments }) {
    const rows = x.shape[0] + segments;
    const bytes = rows * sizeOf(x.shape.slice(1)) * bytesPerElement(x.dtype);
    return { flops: sizeOf(x.shape), bytes: bytes + sizeOf(ids.shape) * bytesPerElement("int32") };
  },
  reference: ([x, ids], { segments }) => [reference(x, ids, segments)],
  cpu: segmentMaxCpu,
  webgpu: segmentMaxWebGpu,
  tensorflow: "TensorFlow.js has no maximum by segment",
  batch(context) {
    const { count, options, run } = context;
    const [x, ids] = withExamples(context);
    // All examples' segments one after the other.
    const rows = [x.reshape([-1, ...x.shape.slice(2)]), jointIndices(ids, options.segments).reshape([-1])];
    const [result] = run(rows, { ...options, segments: count * options.segments });
    return [result.reshape([count, options.segments, ...x.shape.slice(2)])];
  },
  derivatives: segmentMaxDerivatives(),
  cases,
  randomCase(random) {
    const shape = [random.integer(1, 12), ...Array.from({ length: random.integer(0, 2) }, () => random.integer(1, 6))];
    const segments = random.integer(1, 6);
    const ids = random.array([shape[0]], "int32", { below: segments + 2 });
    const x = random.array(shape, random.pick(DTYPES));
    return {
      name: `${x.dtype} [${shape}] to ${segments}`,
      inputs: [
        x,
        referenceArray(
          "int32",
          [shape[0]],
          Array.from(ids.data, (id) => id - 1),
        ),
      ],
      options: { segments, sorted: false },
    };
  },
  // Values are chosen, not computed.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

export interface SegmentOptions {
  /** Your word that the ids are in ascending order, which saves webgpu sorting them; results for other ids are undefined. Default: false. */
  readonly sorted?: boolean;
}

/**
 * Largest elements by segment: `result[s] = max of x[k] over all k with segmentIds[k] = s`, element by element; NaN where there is one. A segment without rows is −∞, or the least
 * integer. Where several rows of a segment are the largest, they share its derivative equally.
 *
 * @param x float32, float64, int32 or uint32 of shape [rows, …].
 * @param segmentIds int32 [rows], in any order; ids outside of [0, segments) are moved to its nearest end.
 * @param segments number of segments.
 * @returns [segments, …].
 * @throws InvalidInputError when dtypes or shapes do not fit, or there are rows but no segments; UnsupportedError on tensorflow.
 */
export function segmentMax<D extends DType>(
  x: Tensor<D>,
  segmentIds: Tensor,
  segments: number,
  { sorted = false }: SegmentOptions = {},
): Tensor<D> {
  return segmentMaxKernel.run([x, segmentIds], { segments, sorted })[0] as Tensor<D>;
}

/** Shape of a reduction by segment. @throws InvalidInputError */
export function segmentShape(operation: string, x: TensorSpec, ids: TensorSpec, segments: number): Shape {
  if (x.shape.length === 0) throw new InvalidInputError(`${operation}: x`, "a tensor of rank 1 or more", "a scalar");
  if (ids.dtype !== "int32") throw new InvalidInputError(`${operation}: segmentIds`, "an int32 tensor", ids.dtype);
  if (ids.shape.length !== 1 || ids.shape[0] !== x.shape[0])
    throw new InvalidInputError(
      `${operation}: segmentIds`,
      `shape [${x.shape[0]}], one for each row of x`,
      `shape [${ids.shape}]`,
    );
  const least = x.shape[0] > 0 ? 1 : 0;
  if (!Number.isInteger(segments) || segments < least)
    throw new InvalidInputError(`${operation}: segments`, `an integer ≥ ${least}`, segments);
  return [segments, ...x.shape.slice(1)];
}

/** The derivative in each element is a weight: 1 for the largest of its segment, shared where there are several. */
function segmentMaxDerivatives(): Derivatives<SegmentMaxOptions> {
  const weights = (x: Tensor, ids: Tensor, y: Tensor, { segments, sorted }: SegmentMaxOptions) => {
    const ties = cast(equal(x, gather(y, ids)), x.dtype);
    return divide(ties, gather(scatterSum(ties, ids, segments, 0, sorted), ids));
  };
  return {
    structure: "nonlinear",
    reverse: ([cotangent], { inputs: [x, ids], outputs: [y], options }) => [
      multiply(gather(cotangent!, ids), weights(x, ids, y, options)),
      null,
    ],
    forward: ([tangent], { inputs: [x, ids], outputs: [y], options }) => [
      scatterSum(multiply(tangent!, weights(x, ids, y, options)), ids, options.segments, 0, options.sorted),
    ],
  };
}

const LOWEST: Readonly<Record<string, number>> = { int32: -(2 ** 31), uint32: 0 };

function reference(x: ReferenceArray, ids: ReferenceArray, segments: number): ReferenceArray {
  const inner = sizeOf(x.shape.slice(1));
  const values = new Float64Array(segments * inner).fill(LOWEST[x.dtype] ?? Number.NEGATIVE_INFINITY);
  for (const [index, value] of x.data.entries()) {
    const segment = Math.min(Math.max(ids.data[Math.floor(index / inner)], 0), segments - 1);
    const at = segment * inner + (index % inner);
    values[at] = Math.max(values[at], value);
  }
  return referenceArray(x.dtype, [segments, ...x.shape.slice(1)], values);
}

function cases(): readonly KernelCase<SegmentMaxOptions>[] {
  const filled = (dtype: DType, shape: Shape) =>
    referenceArray(
      dtype,
      shape,
      Array.from({ length: sizeOf(shape) * componentsPerElement(dtype) }, (_, index) => {
        const disorder = (index * 7919) % 1013;
        if (isDifferentiable(dtype)) return (disorder - 506) / 300;
        return dtype === "int32" ? disorder * 4_000_037 - 2_000_000_000 : disorder * 4_000_037;
      }),
    );
  const ids = (rows: number, segments: number) =>
    referenceArray(
      "int32",
      [rows],
      Array.from({ length: rows }, (_, row) => ((row * 31) % (segments + 2)) - 1),
    );
  const one = (x: ReferenceArray, segments: number, name = `${x.dtype} [${x.shape}] to ${segments}`) => ({
    name,
    inputs: [x, ids(x.shape[0], segments)],
    options: { segments, sorted: false },
  });
  const infinity = Number.POSITIVE_INFINITY;
  const special = [Number.NaN, 1, -infinity, -infinity, infinity, 2, -1, -2, infinity, Number.NaN];
  return [
    ...DTYPES.flatMap((dtype) => [one(filled(dtype, [17, 3]), 4), one(filled(dtype, [9]), 3)]),
    one(filled("float32", [40, 130]), 7),
    one(filled("float32", [4000, 2]), 3),
    one(filled("float32", [3, 4]), 20, "more segments than rows"),
    one(referenceArray("float32", [5, 2], special), 3, "special values"),
    one(referenceArray("float32", [10], special), 2, "special values in a line"),
    one(filled("float32", [0, 3]), 2, "no rows"),
    one(filled("float32", [0, 3]), 0, "nothing at all"),
    one(filled("float32", [3, 0]), 2, "no columns"),
    {
      name: "ids in ascending order",
      inputs: [
        filled("float32", [60, 2]),
        referenceArray(
          "int32",
          [60],
          Int32Array.from({ length: 60 }, (_, k) => k / 7),
        ),
      ],
      options: { segments: 10, sorted: true },
    },
  ];
}
