import { type FloatDType, type KernelBenchmarkInput, sizeOf } from "@ansatz/tensor";

/** Extents of one size at which kernels of mixtures are timed. */
export interface MixtureBenchmarkSize {
  readonly count: number;
  readonly components: number;
  readonly dimension: number;
  readonly rotated?: boolean;
}

/** Both dtypes of every size, with a name. */
export function mixtureSizes<Size extends MixtureBenchmarkSize>(sizes: readonly Size[]) {
  return sizes.flatMap((size) =>
    (["float32", "float64"] as const).map((dtype) => ({
      ...size,
      dtype,
      name: `${size.count} points, K = ${size.components}, D = ${size.dimension} ${dtype}`,
    })),
  );
}

/** Standard normal numbers, or uniform ones from a range. */
export function benchmarkInput(
  dtype: FloatDType,
  shape: readonly number[],
  range?: readonly [from: number, to: number],
): KernelBenchmarkInput {
  return { dtype, shape, ...(range && sizeOf(shape) > 0 && { range }) };
}
