/**
 * Holm's correction: p-values that may be compared with one level, so that the chance of any false alarm among all tests stays below it.
 * Source: Holm, "A simple sequentially rejective multiple test procedure" (1979).
 *
 * @returns adjusted values in the order given.
 */
export function holm(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => values[a] - values[b]);
  const adjusted = new Array<number>(values.length);
  let largest = 0;
  for (const [position, index] of order.entries()) {
    largest = Math.max(largest, Math.min(1, values[index] * (values.length - position)));
    adjusted[index] = largest;
  }
  return adjusted;
}
