import { key, RandomStream } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { pairedRatio } from "./paired-bootstrap.ts";

describe("a paired ratio", () => {
  const random = new RandomStream(key(1));
  const errors = Float64Array.from({ length: 400 }, () => random.normal() ** 2);

  it("is certain where one error is always the same part of the other", () => {
    const { ratio, low, high } = pairedRatio(
      errors.map((error) => error / 4),
      errors,
      new RandomStream(key(2)),
    );
    for (const value of [ratio, low, high]) expect(value).toBeCloseTo(0.5, 12);
  });

  it("has the interval of the normal approximation where errors are independent", () => {
    const others = Float64Array.from({ length: 400 }, () => random.normal() ** 2);
    const { ratio, low, high } = pairedRatio(errors, others, new RandomStream(key(3)));
    // The relative variance of a mean of n squares of normal numbers is 2/n; of the root of a ratio of two such, 1/n. 2000 resamples give the ends to a tenth of the width.
    expect(Math.log(high / low) / (2 * 1.96 * Math.sqrt(1 / 400))).toBeGreaterThan(0.85);
    expect(Math.log(high / low) / (2 * 1.96 * Math.sqrt(1 / 400))).toBeLessThan(1.15);
    expect(ratio).toBeGreaterThan(low);
    expect(ratio).toBeLessThan(high);
  });
});
