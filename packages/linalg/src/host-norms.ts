// Of vectors on the host, of any length: a function's arguments are limited in number.

/** max |xᵢ|; 0 of an empty vector, NaN where there is one. */
export function largestMagnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let at = 0; at < values.length; at++) largest = Math.max(largest, Math.abs(values[at]));
  return largest;
}

/** √Σ xᵢ², without overflow of squares. */
export function norm2(values: ArrayLike<number>): number {
  const largest = largestMagnitude(values);
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += (values[at] / largest) ** 2;
  return largest * Math.sqrt(sum);
}
