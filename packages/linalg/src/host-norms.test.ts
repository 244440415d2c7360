import { expect, it } from "vitest";
import { largestMagnitude, norm2 } from "./host-norms.ts";

it("norms take vectors longer than lists of arguments, and numbers whose squares do not fit", () => {
  const long = new Float64Array(300_000).fill(-2);
  expect(largestMagnitude(long)).toBe(2);
  expect(norm2(long)).toBeCloseTo(2 * Math.sqrt(300_000), 8);
  expect(norm2([3e200, 4e200]) / 5e200).toBeCloseTo(1, 14);
  expect(norm2([3e-200, 4e-200]) / 5e-200).toBeCloseTo(1, 14);
  expect([norm2([]), norm2([0, 0])]).toEqual([0, 0]);
  expect(norm2([1, Number.NaN])).toBeNaN();
  expect(norm2([1, Number.NEGATIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
});
