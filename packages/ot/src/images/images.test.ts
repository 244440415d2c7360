import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { sinkhornNewton } from "../sinkhorn-newton/index.ts";
import { displacementInterpolation, imageHistogram, imageProblem } from "./index.ts";

const image = (width: number, height: number, pixels: readonly number[]) => ({ width, height, pixels });

describe("imageHistogram", () => {
  it("adds a share of the mean and scales to a sum of 1", () => {
    expect([...imageHistogram(image(2, 1, [3, 1]), 0)]).toEqual([0.75, 0.25]);
    const [dark, bright] = imageHistogram(image(2, 1, [0, 2]), 0.01);
    expect(dark).toBeCloseTo(0.01 / 2.02, 15);
    expect(dark + bright).toBeCloseTo(1, 15);
  });

  it("names the pixel at fault", () => {
    const refuses = (given: Parameters<typeof imageHistogram>[0], argument: string) =>
      expect(() => imageHistogram(given)).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
    refuses(image(2, 1, [1, -1]), "image.pixels[1]");
    refuses(image(2, 1, [1, Number.NaN]), "image.pixels[1]");
    refuses(image(2, 2, [1]), "image.pixels");
    refuses(image(2, 1, [0, 0]), "image");
    refuses(image(0, 1, []), "image");
  });
});

describe("imageProblem", () => {
  it("measures distances between pixels, scaled to a maximum of 1", () => {
    const squared = imageProblem(image(3, 2, [1, 1, 1, 1, 1, 1]), image(3, 2, [1, 1, 1, 1, 1, 1]));
    expect(squared.costScale).toBe(5);
    // From the first pixel, by columns 0, 1, 2 of both rows.
    expect([...squared.costMatrix.data.slice(0, 6)]).toEqual([0, 1, 4, 1, 2, 5].map((cost) => cost / 5));
    const l1 = imageProblem(image(3, 2, [1, 1, 1, 1, 1, 1]), image(3, 2, [1, 1, 1, 1, 1, 1]), { metric: "l1" });
    expect([...l1.costMatrix.data.slice(0, 6)]).toEqual([0, 1, 2, 1, 2, 3].map((cost) => cost / 3));
  });

  it("refuses images of different sizes and unknown metrics", () => {
    expect(() => imageProblem(image(2, 1, [1, 1]), image(1, 2, [1, 1]))).toThrow(InvalidInputError);
    expect(() => imageProblem(image(2, 1, [1, 1]), image(2, 1, [1, 1]), { metric: "cosine" as "l1" })).toThrow(
      InvalidInputError,
    );
  });
});

describe("displacementInterpolation", () => {
  const single = (from: number, to: number, size: number) => ({
    shape: [size, size] as const,
    rowOffsets: Int32Array.from({ length: size + 1 }, (_, row) => (row > from ? 1 : 0)),
    columnIndices: Int32Array.of(to),
    values: Float64Array.of(1),
  });

  it("moves mass along straight lines, dividing it among the pixels around it", () => {
    // From the top left to the bottom right of 3 × 3 pixels.
    const middle = displacementInterpolation(single(0, 8, 9), { width: 3, height: 3 }, 0.5);
    expect([...middle]).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    const quarter = displacementInterpolation(single(0, 8, 9), { width: 3, height: 3 }, 0.25);
    expect([...quarter]).toEqual([0.25, 0.25, 0, 0.25, 0.25, 0, 0, 0, 0]);
    const onEdge = displacementInterpolation(single(2, 8, 9), { width: 3, height: 3 }, 0.25);
    expect([...onEdge]).toEqual([0, 0, 0.5, 0, 0, 0.5, 0, 0, 0]);
  });

  it("begins with the source and ends with the target, and keeps all mass on the way", async () => {
    const source = image(4, 3, [9, 4, 1, 0, 3, 2, 0, 0, 1, 0, 0, 0]);
    const target = image(4, 3, [0, 0, 0, 1, 0, 1, 2, 5, 0, 0, 3, 8]);
    const problem = imageProblem(source, target);
    const plan = (await sinkhornNewton({ ...problem, regularization: 0.01 })).sparsePlan(0);
    for (const [time, expected] of [[0, problem.rowMarginal] as const, [1, problem.columnMarginal] as const])
      for (const [pixel, mass] of displacementInterpolation(plan, source, time).entries())
        expect(Math.abs(mass - expected[pixel])).toBeLessThanOrEqual(1e-12);
    for (const time of [0.3, 0.7])
      expect(displacementInterpolation(plan, source, time).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  });

  it("refuses a time outside of [0, 1] and a plan of another size", () => {
    expect(() => displacementInterpolation(single(0, 8, 9), { width: 3, height: 3 }, 1.1)).toThrow(InvalidInputError);
    expect(() => displacementInterpolation(single(0, 3, 4), { width: 3, height: 3 }, 0.5)).toThrow(InvalidInputError);
  });
});
