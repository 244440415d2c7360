import { child, type Device, type Key, key, normal, openDevice } from "@ansatz/tensor";
import { afterAll, describe, expect, it } from "vitest";
import { earthMoversDistance, trajectoriesAt } from "./earth-movers.ts";
import { multiMarginalBridge } from "./index.ts";
import { type ChainDrift, simulateChains } from "./path-simulation.ts";
import { LOTKA_VOLTERRA, populationSnapshots, REPRESSILATOR } from "./population-data.ts";
import { proportionalFitting } from "./proportional-fitting.ts";
import type { ProportionalFittingOptions } from "./proportional-fitting-options.ts";
import { linearSpring, lotkaVolterra, repressilator } from "./reference-family.ts";

const device = await openDevice("cpu");
const host = await openDevice("cpu", { threads: 1 });
afterAll(() => Promise.all([device.dispose(), host.dispose()]));

async function normals(randomKey: Key, count: number, mean = 0, deviation = 1) {
  using drawn = normal(randomKey, [count, 1], { device: host, dtype: "float64" });
  return Float64Array.from(await drawn.data(), (x) => mean + deviation * x);
}

const mean = (values: Float64Array) => values.reduce((sum, x) => sum + x, 0) / values.length;

/** The bridge from N(0, 1) to N(1, ¼) with σ² T = 1, on 500 points that have these moments to the digit. */
async function gaussianBridge(options: ProportionalFittingOptions) {
  const exact = async (seed: number, center: number, deviation: number) => {
    const drawn = await normals(key(seed), 500);
    const m = mean(drawn);
    const s = Math.sqrt(mean(drawn.map((x) => (x - m) ** 2)));
    return { data: drawn.map((x) => center + (deviation * (x - m)) / s), count: 500, dimension: 1 };
  };
  const [from, to] = [await exact(1, 0, 1), await exact(2, 1, 0.5)];
  const interval = { from, to, stepSize: 0.05, steps: 20, sigma: 1, reference: undefined };
  return proportionalFitting(interval, { options, device, host, key: key(3), signal: undefined });
}

/** Slope of the regression of ends on starts, mean and deviation of the ends, over many chains. */
async function endsOf(drift: ChainDrift, on: Device) {
  const count = 10_000;
  const starts = await normals(key(7), count);
  using drawn = normal(key(8), [count, 20, 1], { device: on, dtype: "float64" });
  const noise = Float64Array.from(await drawn.data());
  const chain = { dimension: 1, stepSize: 0.05, steps: 20, sigma: 1, noise };
  const ends = await simulateChains(drift, starts, chain, () => {});
  const [from, to] = [mean(starts), mean(ends)];
  const slope = mean(starts.map((x, b) => (x - from) * (ends[b] - to))) / mean(starts.map((x) => (x - from) ** 2));
  return { slope, mean: to, deviation: Math.sqrt(mean(ends.map((x) => (x - to) ** 2))) };
}

/** Every other snapshot of Lotka's and Volterra's equations, as the paper has them, up to a time. */
async function predatorsAndPrey(until: number, seed = 0) {
  const { parameters, diffusion, start, times } = LOTKA_VOLTERRA;
  const reference = lotkaVolterra();
  const draw = (stream: number) =>
    populationSnapshots({ reference, parameters, diffusion, start, times, count: 50, key: child(key(seed), stream) });
  const [given, heldOut, again] = [await draw(0), await draw(1), await draw(2)];
  const even = times.filter((time) => time % 2 === 0 && time <= until);
  const problem = { snapshots: even.map((time) => given[time]), times: even, diffusion, reference };
  return { problem, parameters, heldOut, again };
}

describe("proportional fitting", () => {
  it("couples normal distributions as the closed form does", async () => {
    const regression = { method: "gaussian-process", inducingPoints: 30 } as const;
    using bridge = await gaussianBridge({ sweeps: 4, annealingSweeps: 0, paths: 4000, regression });
    const { slope, mean: center, deviation } = await endsOf(bridge!.forward.at, host);
    // "Light Schrödinger Bridge", one component: 0.2071 for N(0, 1) and N(1, ¼).
    expect(Math.abs(slope / 0.2071067812 - 1)).toBeLessThan(0.1);
    expect(Math.abs(center - 1)).toBeLessThan(0.05);
    expect(Math.abs(deviation / 0.5 - 1)).toBeLessThan(0.1);
    expect(bridge!.endDistance).toBeLessThan(0.01);
  });

  it("does so with a network in place of the Gaussian process, and without any mean", async () => {
    using bridge = await gaussianBridge({
      sweeps: 3,
      annealingSweeps: 0,
      paths: 500,
      mean: "zero",
      regression: { method: "network", hidden: [16], learningRate: 0.02, epochs: 120 },
    });
    const { slope, mean: center, deviation } = await endsOf(bridge!.forward.at, host);
    // Slopes of a twentieth of the paths have an error of some 1/√500 per fit, of which six follow each other.
    expect(Math.abs(slope - 0.207)).toBeLessThan(0.12);
    expect(Math.abs(center - 1)).toBeLessThan(0.15);
    expect(Math.abs(deviation / 0.5 - 1)).toBeLessThan(0.3);
  });

  it("leaves an Ornstein–Uhlenbeck process between two of its marginals as it is", async () => {
    const reference = linearSpring(1);
    const theta = [1, 0.5];
    const spring = { reference, parameters: theta, diffusion: 0.2, start: [[2], [4]] as const };
    const snapshots = await populationSnapshots({ ...spring, times: [0, 1], count: 300, key: key(3) });
    const { parameters } = await multiMarginalBridge(
      { snapshots, times: [0, 1], diffusion: 0.2, reference },
      {
        solver: "proportional-fitting",
        proportionalFitting: { sweeps: 3, paths: 1000 },
        stepSize: 0.1,
        outerIterations: 1,
        initialParameters: theta,
      },
    );
    // Chains of Δ = 0.1 that pass through both snapshots relax as e^(−κΔ) = 1 − κ'Δ.
    expect(Math.abs(parameters[0] / ((1 - Math.exp(-0.1)) / 0.1) - 1)).toBeLessThan(0.05);
    for (const x of [1.5, 3]) {
      const drift = (0.5 - x) * ((1 - Math.exp(-0.1)) / 0.1);
      expect(Math.abs((parameters[1] - parameters[0] * x) / drift - 1)).toBeLessThan(0.05);
    }
  });

  it("finds parameters, and held-out snapshots at the floor of sampling noise", async () => {
    const { problem, parameters, heldOut, again } = await predatorsAndPrey(4);
    const result = await multiMarginalBridge(problem, {
      solver: "proportional-fitting",
      proportionalFitting: { sweeps: 6 },
      stepSize: 0.2,
      outerIterations: 4,
    });
    expect(result.reason).toBe("iteration-limit");
    for (const [p, value] of parameters.entries())
      expect(Math.abs(result.parameters[p] / value - 1)).toBeLessThan(0.15);
    for (const time of [1, 3]) {
      const sample = await trajectoriesAt(result.trajectories!, time, { count: 50, key: key(9) });
      const floor = await earthMoversDistance(again[time], heldOut[time]);
      expect(await earthMoversDistance(sample, heldOut[time])).toBeLessThan(2 * floor);
    }
    for (const [index, { mismatch, endDistance }] of result.history.entries()) {
      expect(endDistance).toBeLessThan(0.1);
      if (index > 0) expect(mismatch).toBeLessThan(1.05 * result.history[index - 1].mismatch);
    }
    // Every trajectory passes through its own point.
    const at = await trajectoriesAt(result.trajectories!, 2);
    expect([...at.data.subarray(100, 200)]).toEqual([...problem.snapshots[1].data]);
  });

  it("fails without its remedies, and says so", async () => {
    const { problem } = await predatorsAndPrey(4);
    const options = { solver: "proportional-fitting", stepSize: 0.2, outerIterations: 1 } as const;
    const bare = { sweeps: 3, paths: 50, annealingSweeps: 0, mean: "zero", straightLines: false } as const;
    const failed = await multiMarginalBridge(problem, { ...options, proportionalFitting: bare });
    expect(failed.history[0].endDistance).toBeGreaterThan(0.5);
    expect(failed.reason).toBe("stalled");
    expect(failed.remedy).toContain("annealingSweeps");
  });

  it("does not need all of them where the reference is right", async () => {
    const { problem, parameters } = await predatorsAndPrey(2);
    for (const mean of ["reference", "zero"] as const) {
      const { history } = await multiMarginalBridge(problem, {
        solver: "proportional-fitting",
        proportionalFitting: {
          sweeps: 3,
          paths: 50,
          mean,
          regression: { method: "gaussian-process", exactPoints: 400 },
        },
        stepSize: 0.2,
        outerIterations: 1,
        initialParameters: parameters,
      });
      expect(history[0].endDistance).toBeLessThan(0.2);
    }
  });

  it("comes closer to a repressilator's held-out snapshots than Brownian bridges", async () => {
    const reference = repressilator();
    const { parameters, diffusion, start, times } = REPRESSILATOR;
    const draw = (stream: number) =>
      populationSnapshots({
        reference,
        parameters,
        diffusion,
        start: [start[0], start[1]],
        times: times.slice(0, 5),
        count: 30,
        key: child(key(0), stream),
      });
    const [given, held] = await Promise.all([draw(0), draw(1)]);
    const even = [0, 2, 4];
    const genes = { snapshots: even.map((i) => given[i]), times: even.map((i) => times[i]), diffusion, reference };
    const options = { solver: "proportional-fitting", proportionalFitting: { sweeps: 4 }, stepSize: 0.25 } as const;
    const brownian = await multiMarginalBridge(genes, { ...options, outerIterations: 1 });
    const refined = await multiMarginalBridge(genes, {
      ...options,
      outerIterations: 5,
      fit: { method: "adam", epochs: 60 },
    });
    for (const index of [1, 3]) {
      const to = async (of: typeof refined) =>
        earthMoversDistance(await trajectoriesAt(of.trajectories!, times[index]), held[index]);
      expect(await to(brownian)).toBeGreaterThan(2 * (await to(refined)));
    }
  });

  it("goes on after a stop as if there had been none, and stops when aborted", async () => {
    const { problem } = await predatorsAndPrey(2);
    const options = {
      solver: "proportional-fitting",
      stepSize: 0.5,
      outerIterations: 2,
      proportionalFitting: { sweeps: 2, paths: 60 },
    } as const;
    const whole = await multiMarginalBridge(problem, options);
    const first = await multiMarginalBridge(problem, { ...options, outerIterations: 1 });
    const rest = await multiMarginalBridge(problem, {
      ...options,
      startIteration: 1,
      initialParameters: [...first.parameters],
    });
    expect(rest.parameters).toEqual(whole.parameters);
    expect(rest.trajectories).toEqual(whole.trajectories);
    const stopped = await multiMarginalBridge(problem, { ...options, signal: AbortSignal.abort() });
    expect([stopped.reason, stopped.history.length]).toEqual(["aborted", 0]);
  });

  it("frees all that it makes", async () => {
    await using own = await openDevice("cpu", { threads: 1 });
    const { problem } = await predatorsAndPrey(2);
    await multiMarginalBridge(problem, {
      device: own,
      solver: "proportional-fitting",
      stepSize: 1,
      outerIterations: 1,
      proportionalFitting: {
        sweeps: 1,
        paths: 50,
        regression: { method: "gaussian-process", exactPoints: 60, inducingPoints: 20 },
      },
    });
    expect(own.memory().tensors).toBe(0);
  });

  it("is refused for what does not fit, by name, before any work", async () => {
    const { problem } = await predatorsAndPrey(2);
    const refusals: readonly (readonly [object, string])[] = [
      [{ solver: "guess" }, "options.solver"],
      [{ proportionalFitting: { sweeps: 0 } }, "options.proportionalFitting.sweeps"],
      [{ proportionalFitting: { sweeps: 2, annealingSweeps: 2 } }, "options.proportionalFitting.annealingSweeps"],
      [{ proportionalFitting: { paths: 0.5 } }, "options.proportionalFitting.paths"],
      [{ proportionalFitting: { ridge: -1 } }, "options.proportionalFitting.ridge"],
      [{ proportionalFitting: { initialDiffusion: 0 } }, "options.proportionalFitting.initialDiffusion"],
      [{ proportionalFitting: { mean: "none" } }, "options.proportionalFitting.mean"],
      [{ proportionalFitting: { regression: { method: "tree" } } }, "options.proportionalFitting.regression.method"],
      [
        { proportionalFitting: { regression: { method: "gaussian-process", lengthScale: 0 } } },
        "options.proportionalFitting.regression.lengthScale",
      ],
      [
        { proportionalFitting: { regression: { method: "network", hidden: [1.5] } } },
        "options.proportionalFitting.regression.hidden[0]",
      ],
    ];
    for (const [options, message] of refusals)
      await expect(multiMarginalBridge(problem, options), message).rejects.toThrow(message);
  });
});
