import { AXES, type Triple } from "./format.ts";

/** Whether a degree is one of the two highest along an axis; the constant is none of them, so that an axis of one node has no tail. */
function isTail(degree: number, count: number): boolean {
  return degree >= count - 2 && degree > 0;
}

/** Largest coefficient of the two highest degrees along each axis of [m₁, m₂, m₃], relative to the largest of all. */
export function coefficientTails(coefficients: ArrayLike<number>, counts: Triple<number>): Triple<number> {
  const strides = [counts[1] * counts[2], counts[2], 1];
  const tails = [0, 0, 0];
  let largest = 0;
  for (let at = 0; at < coefficients.length; at++) {
    const size = Math.abs(coefficients[at]);
    largest = Math.max(largest, size);
    for (const axis of AXES)
      if (size > tails[axis] && isTail(Math.floor(at / strides[axis]) % counts[axis], counts[axis])) tails[axis] = size;
  }
  return tails.map((tail) => (largest === 0 ? 0 : tail / largest)) as unknown as Triple<number>;
}

/** The same of weighted columns [m, R], relative to the largest weighted coefficient. */
export function columnTail(columns: ArrayLike<number>, weights: ArrayLike<number>): number {
  const terms = weights.length;
  const count = columns.length / terms;
  let [tail, largest] = [0, 0];
  for (let at = 0; at < columns.length; at++) {
    const size = Math.abs(columns[at] * weights[at % terms]);
    largest = Math.max(largest, size);
    if (isTail(Math.floor(at / terms), count)) tail = Math.max(tail, size);
  }
  return largest === 0 ? 0 : tail / largest;
}
