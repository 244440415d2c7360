import { InvalidInputError } from "@ansatz/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { densityProblem, wassersteinDistance } from "./index.ts";

const uniformPoints = Float64Array.from({ length: 64 }, (_, index) => (index + 0.5) / 64);
const gaussian = (mean: number, deviation: number) => (point: number) =>
  Math.exp(-0.5 * ((point - mean) / deviation) ** 2);

describe("densityProblem", () => {
  it("weighs densities by the widths of their cells", () => {
    const { rowMarginal, columnMarginal } = densityProblem({
      points: [0, 1, 3, 4],
      source: () => 1,
      target: [0, 1, 0, 0],
      floor: 0,
    });
    // Cells reach half-way to the neighbours; the outermost are as wide as the gap beside them.
    expect([...rowMarginal]).toEqual([1, 1.5, 1.5, 1].map((width) => width / 5));
    expect([...columnMarginal]).toEqual([0, 1, 0, 0]);
  });

  it("scales costs to a maximum of 1 and says what that stands for", () => {
    const { costMatrix, costScale } = densityProblem({ points: [0, 1, 3], source: () => 1, target: () => 1, order: 3 });
    expect(costScale).toBe(27);
    expect([...costMatrix.data]).toEqual([0, 1, 27, 1, 0, 8, 27, 8, 0].map((cost) => cost / 27));
  });

  it("gives positive marginals that sum to 1, whatever the densities", () => {
    const density = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(density, (values) => {
        fc.pre(values.some((value) => value > 1e-300));
        const { rowMarginal } = densityProblem({ points: [0, 1, 2, 5, 6], source: values, target: () => 1 });
        expect(rowMarginal.every((mass) => mass > 0)).toBe(true);
        expect(rowMarginal.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
      }),
    );
  });

  it("names the point or value at fault", () => {
    const refuses = (change: object, argument: string) =>
      expect(() => densityProblem({ points: [0, 1, 2], source: () => 1, target: () => 1, ...change })).toThrow(
        expect.objectContaining({ name: InvalidInputError.name, argument }),
      );
    refuses({ points: [0] }, "points");
    refuses({ points: [0, 2, 2] }, "points[2]");
    refuses({ points: [0, Number.NaN, 2] }, "points[1]");
    refuses({ source: [1, -1, 1] }, "source[1]");
    refuses({ target: [1, 1] }, "target");
    refuses({ target: () => 0 }, "target");
    refuses({ order: 0.5 }, "order");
    refuses({ floor: -1 }, "floor");
  });
});

describe("wassersteinDistance", () => {
  it("is the shift between a density and its translate, in units of the points", async () => {
    const points = uniformPoints.map((point) => 10 * point);
    const source = (point: number) => gaussian(0.3, 0.05)(point / 10);
    const target = (point: number) => gaussian(0.55, 0.05)(point / 10);
    for (const order of [1, 2]) {
      const { distance } = await wassersteinDistance({ points, source, target, order, regularization: 1e-3 });
      // Squared costs rise by about half of ε = 10⁻³ of the largest, 10².
      expect(Math.abs(distance - (order === 1 ? 2.5 : Math.sqrt(6.25 + 0.05)))).toBeLessThanOrEqual(0.01);
    }
  });

  it("agrees for W₁ with the integral of the difference of the distributions", async () => {
    const { distance, transport } = await wassersteinDistance({
      points: uniformPoints,
      source: gaussian(0.3, 0.05),
      target: gaussian(0.6, 0.1),
      order: 1,
      regularization: 5e-4,
    });
    expect(transport.marginalError).toBeLessThanOrEqual(1e-12);
    const { rowMarginal, columnMarginal } = densityProblem({
      points: uniformPoints,
      source: gaussian(0.3, 0.05),
      target: gaussian(0.6, 0.1),
    });
    let difference = 0;
    let integral = 0;
    for (const [index, mass] of rowMarginal.entries()) {
      difference += mass - columnMarginal[index];
      integral += Math.abs(difference) / 64;
    }
    expect(Math.abs(distance - integral)).toBeLessThanOrEqual(1e-6);
  });
});
