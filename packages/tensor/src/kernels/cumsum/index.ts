import { axisOfExamples } from "../../differentiation/examples.ts";
import { bytesPerElement, componentsPerElement, DTYPES, type DType, isDifferentiable } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type Kernel, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { normalizeAxes, type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { lineGeometry } from "../arg-extremum/geometry.ts";
import { cumsumCpu } from "./cpu.ts";
import type { CumsumOptions } from "./options.ts";
import { cumsumTensorFlow } from "./tensorflow.ts";
import { cumsumWebGpu } from "./webgpu.ts";

export type { CumsumOptions } from "./options.ts";

/** Dtypes that add up. */
const SUMMABLE: readonly DType[] = DTYPES.filter((dtype) => dtype !== "bool");

/** Running sums along an axis, see `cumsum`. */
export const cumsumKernel: Kernel<CumsumOptions> = defineKernel<CumsumOptions>({
  name: "cumsum",
  summary: "Running sums along an axis.",
  infer([{ shape, dtype }], { axis }) {
    if (!SUMMABLE.includes(dtype))
      throw new InvalidInputError("cumsum: x", `a tensor of ${SUMMABLE.join(", ")}`, dtype);
    if (shape.length === 0) throw new InvalidInputError("cumsum: x", "a tensor of rank 1 or more", "a scalar");
    normalizeAxes("cumsum", shape.length, axis);
    return [{ shape, dtype }];
  },
  cost: ([{ shape, dtype }]) => ({
    flops: sizeOf(shape) * componentsPerElement(dtype),
    bytes: 2 * sizeOf(shape) * bytesPerElement(dtype),
  }),
  reference: ([x], options) => [reference(x, options)],
  cpu: cumsumCpu,
  webgpu: cumsumWebGpu,
  tensorflow: cumsumTensorFlow,
  batch: ({ inputs, options, run }) => run(inputs, { ...options, axis: axisOfExamples(options.axis) }),
  derivatives: {
    structure: "linear",
    reverse: ([cotangent], { options }) => [
      cumsumKernel.run([cotangent!], { ...options, reverse: !options.reverse })[0],
    ],
  },
  cases,
  randomCase(random) {
    const shape = Array.from({ length: random.integer(1, 3) }, () => random.integer(1, random.pick([3, 9, 60])));
    const dtype = random.pick(SUMMABLE);
    const options = {
      axis: random.integer(-shape.length, shape.length - 1),
      reverse: random.integer(0, 1) === 1,
      exclusive: random.integer(0, 1) === 1,
    };
    return { name: `${dtype} [${shape}] along ${options.axis}`, inputs: [random.array(shape, dtype)], options };
  },
  tolerance(dtype, [{ shape }], { axis }) {
    if (!isDifferentiable(dtype)) return { relative: 0, absolute: 0 };
    const u = dtype === "float32" || dtype === "complex64" ? 2 ** -24 : 2 ** -53;
    // Half an ulp of a partial sum for each addition, on engines that add one by one; partial sums of n disordered terms of size 1 are about √n, and so are roundings of both signs.
    return { relative: 2 * u, absolute: 4 * (shape.at(axis)! + 2) * u };
  },
});

/**
 * Running sums along an axis: element k of the result is the sum of elements 0 … k of `x`; NumPy's `cumsum`. Its adjoint is the same sum from the other end.
 *
 * Integers are added modulo 2³². For floats, with u half an ulp of 1 and n elements, on cpu |error| ≤ u |result| + (n u)² Σ|x| by compensation (float32 along the last axis is added in
 * float64 instead: u |result| + 2⁻⁵³ n Σ|x|), and results do not depend on the number of threads; on webgpu ≤ 25 u Σ|x| for each pass, of which there is one for every factor of 2048 in n (32, along
 * axes that are not the last); on tensorflow n u Σ|x|.
 * Source: Ogita, Rump, Oishi, "Accurate sum and dot product" (2005), algorithm 4.4; parallel by the sums of blocks.
 *
 * @param x any dtype but bool, rank ≥ 1.
 * @param options.axis negative ones count from the end. Default: −1, the last.
 * @param options.reverse sum elements k … n − 1 instead. Default: false.
 * @param options.exclusive leave out element k itself, so that the first sum is 0. Default: false.
 * @throws InvalidInputError for bool or scalar `x` and an axis out of range.
 */
export function cumsum<D extends DType>(
  x: Tensor<D>,
  { axis = -1, reverse = false, exclusive = false }: Partial<CumsumOptions> = {},
): Tensor<D> {
  return cumsumKernel.run([x], { axis, reverse, exclusive })[0] as Tensor<D>;
}

/** Compensated (Neumaier), so that it is more accurate than what is compared with it. */
function reference(x: ReferenceArray, { axis, reverse, exclusive }: CumsumOptions): ReferenceArray {
  const geometry = lineGeometry("cumsum", x.shape, axis);
  const { outer, length } = geometry;
  const inner = geometry.inner * componentsPerElement(x.dtype);
  const values = new Float64Array(x.data.length);
  for (let line = 0; line < outer * inner; line++) {
    let sum = 0;
    let low = 0;
    for (let k = 0; k < length; k++) {
      const row = Math.floor(line / inner) * length + (reverse ? length - 1 - k : k);
      const place = row * inner + (line % inner);
      const before = Number.isFinite(sum) ? sum + low : sum;
      const next = sum + x.data[place];
      low += Math.abs(sum) >= Math.abs(x.data[place]) ? sum - next + x.data[place] : x.data[place] - next + sum;
      sum = next;
      values[place] = exclusive ? before : Number.isFinite(sum) ? sum + low : sum;
    }
  }
  return referenceArray(x.dtype, x.shape, values);
}

function cases(): readonly KernelCase<CumsumOptions>[] {
  const filled = (shape: Shape, dtype: DType) =>
    referenceArray(
      dtype,
      shape,
      Array.from({ length: sizeOf(shape) * componentsPerElement(dtype) }, (_, index) => {
        const disorder = (index * 7919) % 1013;
        if (dtype === "uint32") return disorder * 4_000_037;
        return dtype === "int32" ? disorder * 4_000_037 - 2_000_000_000 : Math.fround((disorder - 506) / 300);
      }),
    );
  const infinity = Number.POSITIVE_INFINITY;
  const special = [1, infinity, 2, 3, 4, Number.NaN, 5, -infinity, -0, 6, 7, infinity, -infinity, 8, 9];
  return [false, true].flatMap((reverse) =>
    [false, true].flatMap((exclusive) => {
      const one = (x: ReferenceArray, axis: number, name = `${x.dtype} [${x.shape}] along ${axis}`) => ({
        name: `${name}${reverse ? ", reverse" : ""}${exclusive ? ", exclusive" : ""}`,
        inputs: [x],
        options: { axis, reverse, exclusive },
      });
      return [
        ...SUMMABLE.flatMap((dtype) => [one(filled([3, 7], dtype), 1), one(filled([5, 9], dtype), 0)]),
        ...(["float32", "float64"] as const).flatMap((dtype) => [
          one(referenceArray(dtype, [3, 5], special), 1, `rows of special ${dtype}`),
          one(referenceArray(dtype, [5, 3], special), 0, `columns of special ${dtype}`),
          one(filled([40_003], dtype), 0),
        ]),
        one(filled([70_001], "int32"), 0),
        one(filled([2, 3000, 3], "float32"), 1),
        one(filled([300, 130], "float32"), 0),
        one(filled([5000, 3], "float32"), 1),
        one(filled([1], "float32"), 0),
        one(filled([2, 0, 3], "float32"), 1),
        one(filled([0, 3], "float32"), -1),
      ];
    }),
  );
}
