import { axisOfExamples } from "../../differentiation/examples.ts";
import { bytesPerElement, type DType, isComplex, REAL_DTYPES } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { normalizeAxes, type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { takeAlongAxis } from "../take-along-axis/index.ts";
import { argsortCpu } from "./cpu.ts";
import { type ArgsortOptions, sortGeometry } from "./geometry.ts";
import { argsortTensorFlow } from "./tensorflow.ts";
import { argsortWebGpu } from "./webgpu.ts";

export type { ArgsortOptions } from "./geometry.ts";

/** Positions of the elements in order along an axis, see `argsort`, `sort` and `topK`. */
export const argsortKernel = defineKernel<ArgsortOptions>({
  name: "argsort",
  summary: "Positions that put the elements along an axis in order, the first of equal ones first.",
  infer([x], { axis, count }) {
    if (isComplex(x.dtype)) throw new InvalidInputError("argsort: x", `a tensor of ${REAL_DTYPES.join(", ")}`, x.dtype);
    if (x.shape.length === 0) throw new InvalidInputError("argsort: x", "a tensor of rank 1 or more", "a scalar");
    const [position] = normalizeAxes("argsort", x.shape.length, axis);
    const length = x.shape[position];
    if (count !== undefined && !(Number.isInteger(count) && count >= 0 && count <= length))
      throw new InvalidInputError("argsort: count", `an integer in [0, ${length}]`, count);
    return [{ shape: x.shape.with(position, count ?? length), dtype: "int32" }];
  },
  cost: ([x], options) => {
    const { lines, length, count } = sortGeometry(x.shape, options);
    return { flops: 0, bytes: lines * (length * bytesPerElement(x.dtype) + count * bytesPerElement("int32")) };
  },
  reference: ([x], options) => [reference(x, options)],
  cpu: argsortCpu,
  webgpu: argsortWebGpu,
  tensorflow: argsortTensorFlow,
  batch: ({ inputs, options, run }) => run(inputs, { ...options, axis: axisOfExamples(options.axis) }),
  cases,
  randomCase(random) {
    const shape = Array.from({ length: random.integer(1, 3) }, () => random.integer(1, random.pick([3, 9, 60])));
    const dtype = random.pick(REAL_DTYPES);
    return {
      name: `${dtype} [${shape}]`,
      // Few different integers, so that there are ties.
      inputs: [random.array(shape, dtype, { below: 9 })],
      options: { axis: random.integer(-shape.length, shape.length - 1), descending: random.integer(0, 1) === 1 },
    };
  },
  // Positions are exact: there is one stable order.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

export interface SortOptions {
  /** Axis to sort along; negative ones count from the end. Default: −1, the last. */
  readonly axis?: number;
  /** Largest first. Default: false. */
  readonly descending?: boolean;
}

/**
 * Positions that sort `x` along an axis: `takeAlongAxis(x, argsort(x), { axis })` is sorted. Stable: equal elements (0 and −0 are equal) keep their order, in either direction. NaN comes
 * last, in either direction.
 *
 * On cpu a radix sort of each line (insertion for up to 32), lines among threads; on webgpu a bitonic network, n log² n.
 *
 * @param x any real dtype, rank ≥ 1.
 * @returns int32 of the shape of `x`; a constant to derivatives.
 * @throws InvalidInputError for complex or scalar `x` and an axis out of range.
 */
export function argsort(x: Tensor, { axis = -1, descending = false }: SortOptions = {}): Tensor<"int32"> {
  return argsortKernel.run([x], { axis, descending })[0] as Tensor<"int32">;
}

/**
 * `x` sorted along an axis, NaN last in either direction. Its derivative follows the elements to where they go; at ties, in their stable order.
 *
 * @param x any real dtype, rank ≥ 1.
 * @throws as `argsort`.
 */
export function sort<D extends DType>(x: Tensor<D>, options: SortOptions = {}): Tensor<D> {
  using order = argsort(x, options);
  return takeAlongAxis(x, order, { axis: options.axis ?? -1 });
}

export interface TopKOptions {
  /** Axis to look along; negative ones count from the end. Default: −1, the last. */
  readonly axis?: number;
  /** The k largest, or the k smallest. Default: `"largest"`. */
  readonly which?: "largest" | "smallest";
}

/**
 * The k largest (or smallest) elements along an axis, in order, and where they were; of equal ones the first. NaN is taken only when there is nothing else.
 * The values are differentiable.
 *
 * @param x any real dtype, rank ≥ 1.
 * @param k at most the extent of the axis.
 * @throws InvalidInputError for complex or scalar `x`, an axis out of range, and a k that is no integer from 0 to the extent.
 */
export function topK<D extends DType>(
  x: Tensor<D>,
  k: number,
  { axis = -1, which = "largest" }: TopKOptions = {},
): { values: Tensor<D>; indices: Tensor<"int32"> } {
  if (which !== "largest" && which !== "smallest")
    throw new InvalidInputError("topK: which", '"largest" or "smallest"', which);
  const descending = which === "largest";
  const indices = argsortKernel.run([x], { axis, descending, count: k })[0] as Tensor<"int32">;
  return { values: takeAlongAxis(x, indices, { axis }), indices };
}

function reference(x: ReferenceArray, options: ArgsortOptions): ReferenceArray {
  const { lines, length, inner, count } = sortGeometry(x.shape, options);
  const [axis] = normalizeAxes("argsort", x.shape.length, options.axis);
  const positions = new Int32Array(lines * count);
  const sign = options.descending ? -1 : 1;
  const compare = (a: number, b: number) => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a === b ? 0 : sign * (a < b ? -1 : 1);
  };
  for (let line = 0; line < lines; line++) {
    const outer = Math.floor(line / inner);
    const at = (k: number) => x.data[(outer * length + k) * inner + (line % inner)];
    const order = Array.from({ length }, (_, k) => k).sort((a, b) => compare(at(a), at(b)) || a - b);
    for (let k = 0; k < count; k++) positions[(outer * count + k) * inner + (line % inner)] = order[k];
  }
  return referenceArray("int32", x.shape.with(axis, count), positions);
}

const INFINITY = Number.POSITIVE_INFINITY;

function cases(): readonly KernelCase<ArgsortOptions>[] {
  const scattered = (shape: Shape, dtype: DType, modulus = 1013) =>
    referenceArray(
      dtype,
      shape,
      Array.from({ length: sizeOf(shape) }, (_, index) => {
        const disorder = (index * 7919) % modulus;
        if (dtype === "bool") return disorder % 2;
        if (dtype === "uint32") return disorder * 4_200_000;
        return dtype === "int32" ? disorder * 4_200_000 - 2 ** 31 : (disorder - 500) / 7;
      }),
    );
  // biome-ignore format: a table
  const special = [Number.NaN, 1, -INFINITY, -0, INFINITY, 0, Number.NaN, -1e-40, 3.4028234663852886e38, -INFINITY, -0, -1, INFINITY, -3.4028234663852886e38, 1e-40];
  const integers = [2 ** 31 - 1, -(2 ** 31), 0, -1, 2 ** 31 - 1, 1, -(2 ** 31)];
  return [false, true].flatMap((descending) => {
    const one = (name: string, x: ReferenceArray, axis = -1, count?: number): KernelCase<ArgsortOptions> => ({
      name: `${name}${descending ? ", descending" : ""}`,
      inputs: [x],
      options: { axis, descending, count },
    });
    return [
      ...REAL_DTYPES.map((dtype) => one(`short lines of ${dtype}`, scattered([3, 17], dtype, 11))),
      ...REAL_DTYPES.map((dtype) => one(`long lines of ${dtype}`, scattered([2, 700], dtype, 101))),
      ...(["float32", "float64"] as const).map((dtype) =>
        one(`special ${dtype}`, referenceArray(dtype, [15], special)),
      ),
      one("many special values", referenceArray("float32", [60], [special, special, special, special].flat())),
      one("integers at the ends", referenceArray("int32", [7], integers)),
      one("unsigned at the ends", referenceArray("uint32", [4], [2 ** 32 - 1, 0, 2 ** 31, 2 ** 32 - 1])),
      one("a middle axis", scattered([3, 40, 5], "float32"), 1),
      one("the first axis", scattered([5, 7], "int32"), 0),
      one("more than a workgroup sorts", scattered([2, 5000], "float32", 3001)),
      one("the first few", scattered([4, 100], "float32"), 1, 3),
      one("the first few along the first axis", scattered([50, 3], "float32"), 0, 7),
      one("none of the positions", scattered([4, 6], "float32"), 1, 0),
      one("equal elements", referenceArray("float32", [40], new Float32Array(40).fill(2))),
      one("one element", scattered([1], "float32")),
      one("nothing to sort", scattered([3, 0], "float32")),
      one("no lines", scattered([0, 3], "float32")),
      one("many short lines", scattered([4000, 5], "float32")),
    ];
  });
}
