import { observeExperiment } from "@ansatz/lab/testing";
import { describe, expect, it } from "vitest";
import { buckminsterfullerene, caffeine, ionLattice } from "./experiment/systems.ts";
import experiment from "./experiment.ts";

const QUICK = { points: 15, resolution: 24 };

const run = (parameters: object) => observeExperiment(experiment, { ...QUICK, ...parameters });

describe("the experiment linalg/chebyshev-tucker", () => {
  it("approximates the potential of a molecule, with tables and pictures, and meets what it expects", {
    timeout: 60_000,
  }, async () => {
    const { record, events } = await run({});
    expect(record.failure).toBeUndefined();
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    expect(record.metrics.charges).toBe(24);
    expect(record.metrics.wholeError).toBeLessThan(1e-5);
    const names = events.flatMap((event) => ("name" in event ? [event.name] : []));
    expect(new Set(names)).toEqual(
      new Set([
        "one Newton kernel, long-range part, ε = 10⁻⁷",
        "functions, ε = 10⁻⁷",
        "long-range potential",
        "error of the long-range potential",
        "whole potential",
        "evaluation throughput",
      ]),
    );
  });

  it("assembles a lattice with a vacancy", { timeout: 60_000 }, async () => {
    const { record } = await run({ system: "ions" });
    // How fast it is says little beside other tests.
    expect(record.expectations.filter(({ met, metric }) => !met && metric !== "speedup")).toEqual([]);
    expect(record.metrics.charges).toBe(1023);
    expect(record.metrics.wholeError).toBeLessThan(1e-5);
  });
});

describe("systems of charges", () => {
  const distances = (positions: ArrayLike<number>, to: number) =>
    Array.from({ length: positions.length / 3 }, (_, at) =>
      Math.hypot(...[0, 1, 2].map((axis) => positions[3 * at + axis] - positions[3 * to + axis])),
    ).sort((a, b) => a - b);

  it("have the formula and the bonds of caffeine", () => {
    const { positions, charges } = caffeine();
    const count = (nucleus: number) => charges.filter((charge) => charge === nucleus).length;
    expect([count(6), count(1), count(7), count(8)]).toEqual([8, 10, 4, 2]);
    for (let atom = 0; atom < 24; atom++) {
      const nearest = distances(positions, atom)[1];
      expect(nearest).toBeGreaterThan(1.05);
      expect(nearest).toBeLessThan(1.5);
    }
  });

  it("have three bonds of two lengths at each atom of C60, on a sphere", () => {
    const { positions, charges } = buckminsterfullerene();
    expect(charges).toHaveLength(60);
    for (let atom = 0; atom < 60; atom++) {
      const [, first, second, third, fourth] = distances(positions, atom);
      expect(first).toBeCloseTo(1.401, 10);
      expect(second).toBeCloseTo(1.458, 10);
      expect(third).toBeCloseTo(1.458, 10);
      expect(fourth).toBeGreaterThan(2);
      // The measured radius is 3.55 Å.
      expect(Math.hypot(...positions.subarray(3 * atom, 3 * atom + 3))).toBeCloseTo(3.55, 1);
    }
  });

  it("are neutral but for the vacancy of the lattice", () => {
    const { charges } = ionLattice(4);
    expect(charges).toHaveLength(127);
    expect(charges.reduce((sum, charge) => sum + charge, 0)).toBe(-1);
  });
});
