import { describe, expect, it } from "vitest";
import { randomArray } from "./random-array.ts";

describe("randomArray", () => {
  it("is standard normal, scaled", () => {
    const data = Float64Array.from(randomArray({ shape: [100_000], dtype: "float64", scale: 3 }, 1).data);
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + value ** 2, 0) / data.length;
    // Standard errors of mean and variance at this size are 0.0095 and 0.04.
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 9)).toBeLessThan(0.2);
  });

  it("is uniform where a range is given", () => {
    const data = Float64Array.from(randomArray({ shape: [100_000], dtype: "float64", range: [3, 5] }, 1).data);
    expect(data.every((value) => value >= 3 && value < 5)).toBe(true);
    // The mean's standard error is 0.0018.
    expect(Math.abs(data.reduce((sum, value) => sum + value, 0) / data.length - 4)).toBeLessThan(0.01);
  });

  it("holds only float32 values for float32, of any size", () => {
    for (const size of [0, 1, 7]) {
      const { data } = randomArray({ shape: [size], dtype: "float32" }, 1);
      expect([...data]).toEqual([...Float32Array.from(data)]);
      expect(data).toHaveLength(size);
    }
  });

  it("stays in the given range for integers and takes all of it", () => {
    const seen = new Set(randomArray({ shape: [1000], dtype: "int32", below: 5 }, 1).data);
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(randomArray({ shape: [100], dtype: "bool" }, 1).data)).toEqual(new Set([0, 1]));
  });

  it("is the same for the same seed only", () => {
    const draw = (seed: number) => [...randomArray({ shape: [5], dtype: "float32" }, seed).data];
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });
});
