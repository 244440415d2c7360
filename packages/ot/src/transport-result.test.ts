import { describe, expect, it } from "vitest";
import { densePlan, type PlanSource, REMEDIES, sparsePlan } from "./transport-result.ts";

const SOURCE: PlanSource = {
  costMatrix: { data: Float64Array.of(0, 1, 2, 0.1, 0.3, 5), shape: [2, 3] },
  rowPotential: Float64Array.of(0.5, -0.25),
  columnPotential: Float64Array.of(0.125, Number.NEGATIVE_INFINITY, 0.75),
  regularization: 0.5,
  dtype: "float64",
};

describe("plans from potentials", () => {
  it("are exp((x + y − C)/ε − 1), and 0 where a mass was removed", () => {
    const { data, shape } = densePlan(SOURCE);
    expect(shape).toEqual([2, 3]);
    expect(data[0]).toBeCloseTo(Math.exp((0.5 + 0.125 - 0) / 0.5 - 1), 15);
    expect(data[5]).toBeCloseTo(Math.exp((-0.25 + 0.75 - 5) / 0.5 - 1), 15);
    expect(data[1]).toBe(0);
  });

  it("use the costs as a float32 solve has seen them", () => {
    const single = {
      costMatrix: { data: Float64Array.of(0.1), shape: [1, 1] },
      rowPotential: Float64Array.of(0.5),
      columnPotential: Float64Array.of(0.125),
      regularization: 0.5,
    };
    const [exact] = densePlan({ ...single, dtype: "float64" }).data;
    const [rounded] = densePlan({ ...single, dtype: "float32" }).data;
    expect(rounded / exact).toBeCloseTo(Math.exp((0.1 - Math.fround(0.1)) / 0.5), 15);
    expect(rounded).not.toBe(exact);
  });

  it("have the same entries above the threshold when sparse", () => {
    const dense = densePlan(SOURCE).data;
    const { rowOffsets, columnIndices, values } = sparsePlan(SOURCE, 0.1);
    const kept = [...dense.entries()].filter(([, mass]) => mass > 0.1);
    expect([...values]).toEqual(kept.map(([, mass]) => mass));
    expect([...columnIndices]).toEqual(kept.map(([index]) => index % 3));
    expect([...rowOffsets]).toEqual([0, kept.filter(([index]) => index < 3).length, kept.length]);
  });

  it("keep what carries mass by default", () => {
    expect(sparsePlan(SOURCE).values.length).toBe(4);
  });
});

it("says in a sentence what each reason to stop means", () => {
  for (const sentence of Object.values(REMEDIES)) expect(sentence).toMatch(/^[A-Z].*\.$/);
});
