import type { Tolerance } from "../kernel.ts";

/**
 * Asserts |actual − expected| ≤ absolute + relative · |expected| element by element. NaN matches NaN only, an infinity itself only.
 *
 * @throws Error naming the first element that differs, the worst one, and how many do.
 */
export function expectAllClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { relative, absolute }: Tolerance,
  what = "array",
): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: ${actual.length} elements, expected ${expected.length}`);
  let wrong = 0;
  let first = -1;
  let worst = -1;
  let worstExcess = 0;
  for (let index = 0; index < expected.length; index++) {
    const a = actual[index];
    const e = expected[index];
    if (Object.is(a, e) || a === e) continue;
    if (Number.isNaN(a) && Number.isNaN(e)) continue;
    const allowed = absolute + relative * Math.abs(e);
    const error = Math.abs(a - e);
    if (Number.isFinite(e) && error <= allowed) continue;
    wrong++;
    if (first < 0) first = index;
    const excess = Number.isFinite(error) ? error / allowed : Number.POSITIVE_INFINITY;
    if (worst < 0 || excess > worstExcess) {
      worst = index;
      worstExcess = excess;
    }
  }
  if (wrong === 0) return;
  const at = (index: number) => `[${index}] = ${actual[index]}, expected ${expected[index]}`;
  throw new Error(
    `${what}: ${wrong} of ${expected.length} elements differ by more than ${absolute} + ${relative}·|expected|; first ${at(first)}; worst ${at(worst)} (${worstExcess.toPrecision(3)} × allowed)`,
  );
}
