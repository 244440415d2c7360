import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { type BranchAndBoundOptions, branchAndBound } from "./branch-and-bound.ts";
import { sineNetwork } from "./experiment/sine-network.ts";
import { isInfeasible } from "./feasibility.ts";
import { lipschitzBounds } from "./lipschitz.ts";
import { convolutionalNetwork, denseNetwork, normals, residualNetwork } from "./testing/random-network.ts";

describe("branchAndBound", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(async () => {
    expect(device.memory().tensors).toBe(0);
    await device.dispose();
  });

  const search = (widths: readonly number[], radius: number, options: BranchAndBoundOptions = {}) =>
    branchAndBound(
      sineNetwork(widths),
      { center: new Float64Array(widths[0]).fill(0.1), radius },
      { device, ...options },
    );

  it("takes the prototype's splits to the prototype's bounds, when it branches as that and keeps infeasible domains", async () => {
    const options = { branching: "width", batch: 1, discardInfeasible: false } as const;
    const near = await search([4, 8, 8, 1], 0.02, options);
    expect(near.constant).toBeCloseTo(2.539283, 6);
    expect(near.splits).toBeLessThanOrEqual(4);
    const far = await search([4, 8, 8, 1], 0.1, options);
    expect(far.constant).toBeLessThanOrEqual(3.6488);
    expect(far.splits).toBeLessThanOrEqual(140);
  });

  it.each(["area", "babsr", "width"] as const)("needs no more splits than the prototype, by %s", async (branching) => {
    const near = await search([4, 8, 8, 1], 0.02, { branching, batch: 1 });
    expect(near.constant).toBeLessThanOrEqual(2.5393);
    expect(near.splits).toBeLessThanOrEqual(4);
    const far = await search([4, 8, 8, 1], 0.1, { branching, batch: 1 });
    expect(far.constant).toBeLessThanOrEqual(3.6488);
    expect(far.splits).toBeLessThanOrEqual(140);
    const exact = await search([10, 20, 20, 1], 0.01, { branching, batch: 1 });
    expect(exact).toMatchObject({ reason: "converged", constant: expect.closeTo(2.595329, 6) });
    expect(exact.splits).toBeLessThanOrEqual(6);
    expect(exact.constant / exact.lower - 1).toBeLessThan(1e-9);
  });

  it("finds the same whichever neurons it splits and however many at once", async () => {
    const found = [];
    for (const branching of ["area", "width"] as const)
      for (const batch of [1, 32]) found.push((await search([4, 8, 8, 1], 0.1, { branching, batch })).constant);
    for (const constant of found) expect(constant).toBeCloseTo(found[0], 9);
  });

  it("is sound and less tight when it keeps the forward bounds of the box", async () => {
    const fresh = await search([4, 8, 8, 1], 0.1);
    const kept = await search([4, 8, 8, 1], 0.1, { keepForwardBounds: true });
    expect(kept.constant).toBeGreaterThanOrEqual(fresh.constant * (1 - 1e-12));
    expect(kept.constant).toBeLessThan(5.996);
  });

  it("never lets its bound rise, and keeps it above the lower one", async () => {
    const { history, lower } = await search([4, 8, 8, 1], 0.1, { batch: 2 });
    for (const [index, entry] of history.entries()) {
      expect(entry.upper).toBeGreaterThanOrEqual(lower);
      if (index > 0) expect(entry.upper).toBeLessThanOrEqual(history[index - 1].upper);
    }
  });

  it("goes on from a state kept as JSON as if it had not stopped", async () => {
    const whole = await search([4, 8, 8, 1], 0.1, { batch: 4 });
    const part = await search([4, 8, 8, 1], 0.1, { batch: 4, domainLimit: 60 });
    expect(part.reason).toBe("domain-limit");
    expect(part.constant).toBeGreaterThan(whole.constant);
    const rest = await search([4, 8, 8, 1], 0.1, { batch: 4, resume: JSON.parse(JSON.stringify(part.state)) });
    expect(rest).toMatchObject({ constant: whole.constant, splits: whole.splits, domains: whole.domains });
    await expect(search([4, 8, 8, 1], 0.05, { resume: part.state })).rejects.toThrow("options.resume");
  });

  it("stops with a sound bound when it is aborted, or out of time", async () => {
    const controller = new AbortController();
    const aborted = await search([4, 8, 8, 1], 0.1, {
      ...{ batch: 1, signal: controller.signal },
      onProgress: ({ splits }) => splits === 3 && controller.abort(),
    });
    expect(aborted).toMatchObject({ reason: "aborted", splits: 3 });
    const late = await search([4, 8, 8, 1], 0.1, { timeLimit: 0 });
    expect(late).toMatchObject({ reason: "time-limit", splits: 0 });
    for (const { constant } of [aborted, late]) expect(constant).toBeGreaterThan(3.4572);
    expect(late.constant).toBeCloseTo(5.996255, 5);
  });

  it("works on the largest of several outputs, in either norm", async () => {
    const network = denseNetwork(60, [3, 8, 8, 3], { kind: "relu" });
    const region = { center: [0.2, 0.1, -0.3], radius: 0.2 };
    for (const norm of ["infinity", "euclidean"] as const) {
      const all = await branchAndBound(network, region, { device, norm, samples: 4000 });
      const each: number[] = [];
      for (const output of [0, 1, 2])
        each.push((await branchAndBound(network, region, { device, norm, samples: 4000, outputs: [output] })).constant);
      expect(all.constant).toBeCloseTo(Math.max(...each), 8);
      const { constant, perOutput } = await lipschitzBounds(network, region, { device, norm });
      expect(all.constant).toBeLessThanOrEqual(constant[0] * (1 + 1e-12));
      for (const [index, bound] of all.perOutput.entries()) {
        expect(bound).toBeGreaterThanOrEqual(each[index] * (1 - 1e-8));
        expect(bound).toBeLessThanOrEqual(perOutput[index] * (1 + 1e-12));
      }
    }
  });

  it("splits leaky ReLUs and poolings too", async () => {
    const network = convolutionalNetwork(4, { window: 2 });
    const region = { center: normals(99, 72, 0.3), radius: 0.02 };
    const { constant } = await lipschitzBounds(network, region, { device });
    const found = await branchAndBound(network, region, { device, domainLimit: 200, batch: 16 });
    expect(found.constant).toBeLessThan(constant[0]);
    expect(found.constant).toBeGreaterThanOrEqual(found.lower);
  });

  it("splits networks with shortcuts", async () => {
    const network = residualNetwork(6, { kind: "relu" });
    const region = { center: normals(99, 32, 0.3), radius: 0.01 };
    const { constant } = await lipschitzBounds(network, region, { device });
    const found = await branchAndBound(network, region, { device });
    expect(found.reason).not.toMatch(/limit/);
    expect(found.constant).toBeLessThan(constant[0]);
    expect(found.constant).toBeGreaterThanOrEqual(found.lower);
  });

  it("refuses smooth activations, several boxes and options out of range", async () => {
    const smooth = denseNetwork(1, [2, 3, 1], { kind: "tanh" });
    await expect(branchAndBound(smooth, { center: [0, 0], radius: 1 }, { device })).rejects.toThrow("network");
    const network = denseNetwork(1, [2, 3, 1], { kind: "relu" });
    await expect(branchAndBound(network, { center: [0, 0, 1, 1], radius: 1 }, { device })).rejects.toThrow("one box");
    for (const options of [{ batch: 0 }, { timeLimit: -1 }, { domainLimit: -1 }, { gap: -1 }, { branching: "best" }])
      await expect(
        branchAndBound(network, { center: [0, 0], radius: 3 }, { device, ...(options as BranchAndBoundOptions) }),
      ).rejects.toThrow(`options.${Object.keys(options)[0]}`);
  });
});

describe("isInfeasible", () => {
  const constraint = (row: readonly number[], constant: number) => ({ row: Float64Array.from(row), constant });

  it("proves that constraints cannot be met together, and never that they cannot when they can", () => {
    expect(isInfeasible([constraint([1, 1], -1), constraint([-1, -1], 0.9)])).toBe(true);
    expect(isInfeasible([constraint([1, 1], -1), constraint([-1, -1], 1)])).toBe(false);
    expect(isInfeasible([constraint([1, 0], -1.5), constraint([0, 0], 1)])).toBe(true);
    expect(isInfeasible([constraint([1, 0], -0.5), constraint([0, 1], -0.5), constraint([-1, -1], 0.5)])).toBe(true);
    for (let seed = 0; seed < 300; seed++) {
      const numbers = normals(1000 + seed, 40);
      const point = numbers.subarray(0, 4).map(Math.tanh);
      const met = Array.from({ length: 7 }, (_, index) => {
        const row = numbers.subarray(4 + 5 * index, 8 + 5 * index);
        const value = row.reduce((sum, each, axis) => sum + each * point[axis], 0);
        // Some hold with nothing to spare.
        return { row, constant: -value + (index % 2) * Math.abs(numbers[8 + 5 * index]) };
      });
      expect(isInfeasible(met)).toBe(false);
      const [{ row, constant }] = met;
      expect(isInfeasible([...met, { row: row.map((each) => -each), constant: -constant - 0.01 }])).toBe(true);
    }
  });
});
