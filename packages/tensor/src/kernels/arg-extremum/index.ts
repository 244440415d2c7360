import { axisOfExamples } from "../../differentiation/examples.ts";
import { bytesPerElement, type DType, isComplex, REAL_DTYPES } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { normalizeAxes, type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { argExtremumCpu } from "./cpu.ts";
import { type ArgExtremumOptions, lineGeometry } from "./geometry.ts";
import { argExtremumTensorFlow } from "./tensorflow.ts";
import { argExtremumWebGpu } from "./webgpu.ts";

/** Positions of the largest or smallest elements along an axis, see `argmax` and `argmin`. */
export const argExtremumKernel = defineKernel<ArgExtremumOptions>({
  name: "arg-extremum",
  summary: "Position of the largest or smallest element along an axis.",
  infer([x], { operation, axis, keepDimensions }) {
    if (operation !== "argmax" && operation !== "argmin")
      throw new InvalidInputError("arg-extremum: operation", '"argmax" or "argmin"', operation);
    if (isComplex(x.dtype))
      throw new InvalidInputError(`${operation}: x`, `a tensor of ${REAL_DTYPES.join(", ")}`, x.dtype);
    if (x.shape.length === 0) throw new InvalidInputError(`${operation}: x`, "a tensor of rank 1 or more", "a scalar");
    const [position] = normalizeAxes(operation, x.shape.length, axis);
    const rest = x.shape.filter((_, each) => each !== position);
    if (x.shape[position] === 0 && sizeOf(rest) > 0)
      throw new InvalidInputError(`${operation}: x`, "at least one element to choose from", `shape [${x.shape}]`);
    return [{ shape: keepDimensions ? x.shape.with(position, 1) : rest, dtype: "int32" }];
  },
  cost: ([x], { axis }) => {
    const size = sizeOf(x.shape);
    const lines = size / Math.max(1, x.shape.at(axis)!);
    return { flops: 0, bytes: size * bytesPerElement(x.dtype) + lines * bytesPerElement("int32") };
  },
  reference: ([x], options) => [reference(x, options)],
  cpu: argExtremumCpu,
  webgpu: argExtremumWebGpu,
  tensorflow: argExtremumTensorFlow,
  batch: ({ inputs, options, run }) => run(inputs, { ...options, axis: axisOfExamples(options.axis) }),
  cases,
  randomCase(random) {
    const shape = Array.from({ length: random.integer(1, 3) }, () => random.integer(1, random.pick([3, 9, 60])));
    const dtype = random.pick(REAL_DTYPES);
    const operation = random.pick(["argmax", "argmin"] as const);
    const axis = random.integer(-shape.length, shape.length - 1);
    return {
      name: `${operation} of ${dtype} [${shape}] along ${axis}`,
      // Few different integers, so that there are ties.
      inputs: [random.array(shape, dtype, { below: 9 })],
      options: { operation, axis, keepDimensions: random.integer(0, 1) === 1 },
    };
  },
  // Positions are exact.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

export interface ArgExtremumAxisOptions {
  /** Axis to look along; negative ones count from the end. Default: none, positions are those of the flat array. */
  readonly axis?: number;
  /** Whether the axis stays in the shape, with extent 1, as `takeAlongAxis` wants it. Default: false. */
  readonly keepDimensions?: boolean;
}

/**
 * Position of the largest element along an axis, or of the whole flat array: the first of equal ones (0 and −0 are equal), or the first NaN where there is one, as in NumPy.
 *
 * @param x any real dtype.
 * @returns int32, a constant to derivatives; the shape of `x` without the axis, or a scalar.
 * @throws InvalidInputError for complex `x`, an axis out of range, and nothing to choose from.
 */
export function argmax(x: Tensor, options: ArgExtremumAxisOptions = {}): Tensor<"int32"> {
  return argExtremum("argmax", x, options);
}

/**
 * Position of the smallest element along an axis, or of the whole flat array: the first of equal ones (0 and −0 are equal), or the first NaN where there is one, as in NumPy.
 *
 * @param x any real dtype.
 * @returns int32, a constant to derivatives; the shape of `x` without the axis, or a scalar.
 * @throws InvalidInputError for complex `x`, an axis out of range, and nothing to choose from.
 */
export function argmin(x: Tensor, options: ArgExtremumAxisOptions = {}): Tensor<"int32"> {
  return argExtremum("argmin", x, options);
}

function argExtremum(
  operation: "argmax" | "argmin",
  x: Tensor,
  { axis, keepDimensions = false }: ArgExtremumAxisOptions,
): Tensor<"int32"> {
  if (axis !== undefined) return argExtremumKernel.run([x], { operation, axis, keepDimensions })[0] as Tensor<"int32">;
  using flat = x.reshape([-1]);
  const [position] = argExtremumKernel.run([flat], { operation, axis: 0, keepDimensions: false });
  if (!keepDimensions) return position as Tensor<"int32">;
  using scalar = position as Tensor<"int32">;
  return scalar.reshape(x.shape.map(() => 1));
}

function reference(x: ReferenceArray, { operation, axis, keepDimensions }: ArgExtremumOptions): ReferenceArray {
  const { outer, length, inner } = lineGeometry(operation, x.shape, axis);
  const isBetter = (a: number, b: number) =>
    !Number.isNaN(b) && (Number.isNaN(a) || (operation === "argmax" ? a > b : a < b));
  const positions = Array.from({ length: length === 0 ? 0 : outer * inner }, (_, line) => {
    const at = (k: number) => x.data[(Math.floor(line / inner) * length + k) * inner + (line % inner)];
    let best = 0;
    for (let k = 1; k < length; k++) if (isBetter(at(k), at(best))) best = k;
    return best;
  });
  const [position] = normalizeAxes(operation, x.shape.length, axis);
  const shape = keepDimensions ? x.shape.with(position, 1) : x.shape.filter((_, each) => each !== position);
  return referenceArray("int32", shape, positions);
}

function cases(): readonly KernelCase<ArgExtremumOptions>[] {
  const scattered = (shape: Shape, dtype: DType) =>
    referenceArray(
      dtype,
      shape,
      Array.from({ length: sizeOf(shape) }, (_, index) => {
        const disorder = (index * 7919) % 1013;
        if (dtype === "bool") return disorder % 3 === 0 ? 1 : 0;
        if (dtype === "uint32") return disorder * 4_200_000;
        return dtype === "int32" ? disorder * 4_200_000 - 2 ** 31 : (disorder - 500) / 7;
      }),
    );
  const infinity = Number.POSITIVE_INFINITY;
  const special: readonly (readonly number[])[] = [
    [1, 2, Number.NaN, infinity, Number.NaN, 3, 4, 5, 6],
    [-infinity, -infinity, -infinity, -infinity, -infinity, -infinity, -infinity, -infinity, -infinity],
    [-0, 0, -0, 0, 0, 0, 0, 0, -0],
    [infinity, -infinity, infinity, -infinity, 0, 1, 2, 3, 4],
    [Number.NaN, infinity, 0, 0, 0, 0, 0, 0, Number.NaN],
  ];
  const transposed = special[0].flatMap((_, column) => special.map((row) => row[column]));
  return (["argmax", "argmin"] as const).flatMap((operation) => {
    const one = (
      name: string,
      x: ReferenceArray,
      axis: number,
      keepDimensions = false,
    ): KernelCase<ArgExtremumOptions> => ({
      name: `${operation}, ${name}`,
      inputs: [x],
      options: { operation, axis, keepDimensions },
    });
    return [
      ...REAL_DTYPES.map((dtype) => one(`rows of ${dtype}`, scattered([5, 37], dtype), 1)),
      ...REAL_DTYPES.map((dtype) => one(`columns of ${dtype}`, scattered([37, 7], dtype), 0)),
      ...(["float32", "float64"] as const).flatMap((dtype) => [
        one(`special ${dtype} in rows`, referenceArray(dtype, [5, 9], special.flat()), 1),
        one(`special ${dtype} in columns`, referenceArray(dtype, [9, 5], transposed), 0),
      ]),
      one("a middle axis", scattered([3, 40, 70], "float32"), 1),
      one(
        "integers at the ends",
        referenceArray("int32", [5], [0, -(2 ** 31), 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1]),
        0,
      ),
      one("unsigned at the ends", referenceArray("uint32", [4], [1, 2 ** 32 - 1, 0, 2 ** 31]), 0),
      one("a long line", scattered([70_001], "float32"), 0),
      one("many lines", scattered([9000, 40], "float32"), 1),
      one("the axis kept", scattered([3, 4], "float32"), 1, true),
      one("one element", scattered([1], "float32"), 0),
      one("no lines", scattered([0, 3], "float32"), 1),
      one("nothing at all", scattered([0, 0], "float32"), 1),
    ];
  });
}
