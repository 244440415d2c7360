import { bytesPerElement, DTYPES, type DType, isComplex, isFloat, partDType, REAL_DTYPES } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { complex, imag, real } from "../complex-parts/index.ts";
import { castCpu } from "./cpu.ts";
import type { CastOptions } from "./options.ts";
import { castTensorFlow } from "./tensorflow.ts";
import { castWebGpu } from "./webgpu.ts";

export type { CastOptions } from "./options.ts";

/** Element-wise conversion between dtypes, see `cast`. */
export const castKernel = defineKernel<CastOptions>({
  name: "cast",
  summary: "Converts every element to another dtype.",
  infer([{ shape }], { dtype }) {
    if (!REAL_DTYPES.includes(dtype)) throw new InvalidInputError("cast: dtype", REAL_DTYPES.join(" or "), dtype);
    return [{ shape, dtype }];
  },
  cost: ([{ shape, dtype: from }], { dtype: to }) => ({
    flops: 0,
    bytes: sizeOf(shape) * (bytesPerElement(from) + bytesPerElement(to)),
  }),
  reference: ([{ shape, dtype: from, data }], { dtype }) => [
    referenceArray(
      dtype,
      shape,
      Array.from(data, (x) => convert(x, from, dtype)),
    ),
  ],
  cpu: castCpu,
  webgpu: castWebGpu,
  tensorflow: castTensorFlow,
  batch: ({ inputs, options, run }) => run(inputs, options),
  derivatives: { structure: "linear", reverse: ([cotangent], { inputs: [x] }) => [cast(cotangent!, x.dtype)] },
  cases,
  randomCase(random) {
    const from = random.pick(REAL_DTYPES);
    const dtype = random.pick(REAL_DTYPES);
    const shape = [random.integer(0, 5), random.integer(1, 33)];
    return { name: `${from} to ${dtype}`, inputs: [random.array(shape, from, { scale: 100 })], options: { dtype } };
  },
  // Conversions round once, exactly.
  tolerance: () => ({ relative: 0, absolute: 0 }),
});

/**
 * Converts a tensor to another dtype.
 *
 * Floats become integers by truncation towards zero, saturating at the ends of the range, NaN becoming 0; integers become other integers modulo 2^32;
 * numbers that the new dtype does not hold exactly are rounded to the nearest it does; anything becomes `bool` as "is not zero" (NaN is true).
 *
 * Real numbers become complex ones with an imaginary part of 0; for the other way there are `real`, `imag` and `abs`.
 *
 * @throws InvalidInputError from complex to real; UnsupportedError when the device cannot hold the dtype.
 */
export function cast<D extends DType>(x: Tensor, dtype: D): Tensor<D> {
  if (!DTYPES.includes(dtype)) throw new InvalidInputError("cast: dtype", DTYPES.join(" or "), dtype);
  if (isComplex(x.dtype) || isComplex(dtype)) return complexCast(x, dtype) as Tensor<D>;
  return castKernel.run([x], { dtype })[0] as Tensor<D>;
}

function complexCast(x: Tensor, dtype: DType): Tensor {
  if (!isComplex(dtype))
    throw new InvalidInputError("cast: dtype", "a complex dtype, or real, imag or abs of the tensor", dtype);
  if (x.dtype === dtype) return x.alias();
  const part = partDType(dtype);
  return x.device.scope(() => {
    if (isComplex(x.dtype)) return complex(cast(real(x), part), cast(imag(x), part));
    return complex(cast(x, part), x.device.zeros(x.shape, part));
  });
}

function convert(x: number, from: DType, to: DType): number {
  if (to === "bool") return x === 0 ? 0 : 1;
  if (isFloat(to) || !isFloat(from)) return x;
  const [lowest, highest] = to === "int32" ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1];
  return Number.isNaN(x) ? 0 : Math.trunc(Math.min(highest, Math.max(lowest, x)));
}

/** Values at the ends of what the dtypes hold, halfway between what float32 holds, and those that are no numbers. */
const VALUES: Readonly<Partial<Record<DType, readonly number[]>>> = {
  // biome-ignore format: a table
  float32: [0, -0, 0.5, -0.5, 1.75, -1.75, 2 ** 31, -(2 ** 31), 2 ** 31 - 128, 2 ** 32, 2 ** 32 - 256, -(2 ** 33), 2 ** 66, 2 ** -126, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  // biome-ignore format: a table
  float64: [0, -0, 0.5, -0.5, 1.75, -1.75, 2 ** 31 - 0.5, 2 ** 31, -(2 ** 31) - 0.5, 2 ** 32 - 0.5, 1e20, 1 + 2 ** -24, 1 + 3 * 2 ** -24, 1e-310, 1e-40, 3.4028235677973366e38, 1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  int32: [0, 1, -1, 7, 2 ** 24 + 1, 2 ** 24 + 3, -(2 ** 24) - 1, 2 ** 31 - 1, -(2 ** 31)],
  uint32: [0, 1, 7, 2 ** 24 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
  bool: [0, 1, 1, 0, 1],
};

/** Sizes that end in every remainder of four. */
const REPEATS = [1, 2, 3, 4];

function cases(): KernelCase<CastOptions>[] {
  const pairs = REAL_DTYPES.flatMap((from) => REAL_DTYPES.map((dtype) => ({ from, dtype })));
  return pairs.flatMap(({ from, dtype }) => [
    ...REPEATS.map((count) => ({
      name: `${count} times all ${from} values to ${dtype}`,
      inputs: [repeated(from, count)],
      options: { dtype },
    })),
    { name: `a ${from} scalar to ${dtype}`, inputs: [referenceArray(from, [], [1])], options: { dtype } },
    { name: `no ${from} to ${dtype}`, inputs: [referenceArray(from, [2, 0], [])], options: { dtype } },
  ]);
}

function repeated(dtype: DType, count: number): ReferenceArray {
  const values = Array.from({ length: count }, () => VALUES[dtype] ?? []).flat();
  return referenceArray(dtype, [values.length], values);
}
