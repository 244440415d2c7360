import { type DType, type ReferenceArray, referenceArray, type Shape } from "@ansatz/tensor";

/** A complex number of the references. */
export type Complex = readonly [re: number, im: number];

export const minus = (x: Complex, y: Complex): Complex => [x[0] - y[0], x[1] - y[1]];

export const times = (x: Complex, y: Complex): Complex => [x[0] * y[0] - x[1] * y[1], x[0] * y[1] + x[1] * y[0]];

export const conjugateOf = (x: Complex): Complex => [x[0], -x[1]];

/** Infinite where y is 0 (R. Smith, 1962: exact where real quotients would be). */
export function over([a, b]: Complex, [c, d]: Complex): Complex {
  if (c === 0 && d === 0) return [a / c, b / c];
  if (Math.abs(c) < Math.abs(d)) return over([b, -a], [d, -c]);
  const ratio = d / c;
  const scale = c + d * ratio;
  return [(a + b * ratio) / scale, (b - a * ratio) / scale];
}

/** The numbers of an array; real ones have no imaginary part. */
export function complexElements({ dtype, data }: ReferenceArray): Complex[] {
  if (!dtype.startsWith("complex")) return Array.from(data, (x): Complex => [x, 0]);
  return Array.from({ length: data.length / 2 }, (_, k): Complex => [data[2 * k], data[2 * k + 1]]);
}

export function complexArray(dtype: DType, shape: Shape, elements: readonly Complex[]): ReferenceArray {
  return referenceArray(dtype, shape, elements.flat());
}
