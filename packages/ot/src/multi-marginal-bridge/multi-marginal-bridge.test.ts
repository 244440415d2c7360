import { child, key, openDevice } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { fitDrift } from "./drift-fit.ts";
import { earthMoversDistance, trajectoriesAt } from "./earth-movers.ts";
import { GaussianFlow } from "./gaussian-flow.ts";
import { guidedBridge } from "./guided-bridge.ts";
import { multiMarginalBridge } from "./index.ts";
import { LOTKA_VOLTERRA, populationSnapshots, REPRESSILATOR } from "./population-data.ts";
import {
  completeFamily,
  linearSpring,
  lotkaVolterra,
  type ReferenceFamily,
  repressilator,
  vortex,
} from "./reference-family.ts";
import { snapshotCoupling } from "./snapshot-coupling.ts";

/** Snapshots of Lotka's and Volterra's equations with those of even times as a problem. */
async function predatorsAndPrey(count: number, seed: number) {
  const reference = lotkaVolterra();
  const { parameters, diffusion, times, start } = LOTKA_VOLTERRA;
  const draw = (stream: number) =>
    populationSnapshots({ reference, parameters, diffusion, start, times, count, key: child(key(seed), stream) });
  const [given, heldOut, again] = await Promise.all([draw(0), draw(1), draw(2)]);
  const even = [0, 2, 4, 6, 8];
  const problem = { snapshots: even.map((i) => given[i]), times: even.map((i) => times[i]), diffusion, reference };
  return { problem, times, parameters, heldOut, again };
}

const { problem, times, parameters, heldOut, again } = await predatorsAndPrey(50, 0);
const quick = { stepSize: 0.1, outerIterations: 6 };

describe("families of references", () => {
  const families: readonly (readonly [ReferenceFamily, readonly number[], readonly number[]])[] = [
    [lotkaVolterra(), [3, 1.5], [1, 0.4, 0.5, 0.1]],
    [repressilator(), [1.2, 0.7, 2.1], [9, 2.5, 1.3, 0.8]],
    [repressilator(), [1.2, 0.7, 2.1], [-9, 2.5, -1.3, -0.8]],
    [linearSpring(3), [1, -0.5, 2], [0.7, 0.1, -0.3, 0.2]],
    [vortex(), [1, -0.5], [0.7, 0.1, -0.3]],
  ];
  for (const [family, state, theta] of families)
    it(`have the derivatives of their drift: ${family.name}`, () => {
      const { stateJacobian: _, parameterJacobian: __, ...bare } = family;
      const [own, differences] = [completeFamily(family), completeFamily(bare)];
      for (const [name, columns] of [
        ["stateJacobian", state.length],
        ["parameterJacobian", theta.length],
      ] as const) {
        const [a, b] = [new Float64Array(state.length * columns), new Float64Array(state.length * columns)];
        own[name](Float64Array.from(state), 0, Float64Array.from(theta), a);
        differences[name](Float64Array.from(state), 0, Float64Array.from(theta), b);
        // Central differences with steps of 6·10⁻⁶ are good to some 10⁻⁹.
        for (const [index, value] of a.entries()) expect(Math.abs(value - b[index])).toBeLessThan(1e-8);
      }
    });

  it("are refused when they have no drift, dimension or starting parameters that fit", () => {
    expect(() => completeFamily({ ...vortex(), drift: undefined as never })).toThrow("reference.drift");
    expect(() => completeFamily({ ...vortex(), dimension: 0 })).toThrow("reference.dimension");
    expect(() => completeFamily({ ...vortex(), initialParameters: [1] })).toThrow(
      "reference.initialParameters: expected 3 numbers",
    );
  });
});

describe("bridges between two snapshots", () => {
  it("have the correlation of the closed form under a Brownian reference", async () => {
    await using device = await openDevice("cpu");
    // Quantiles in place of samples, so that nothing but the solver can be off.
    const count = 400;
    const standard = Float64Array.from({ length: count }, (_, index) => normalQuantile((index + 0.5) / count));
    const variance = standard.reduce((sum, x) => sum + x * x, 0) / count;
    const from = { data: standard, count, dimension: 1 };
    const to = { data: standard.map((x) => 1 + x / 2), count, dimension: 1 };
    const flow = new GaussianFlow(undefined, new Float64Array(0), 1, 1);
    const plan = await snapshotCoupling(flow, from, to, {
      time: 0,
      stepSize: 0.05,
      steps: 20,
      device,
      tolerance: 1e-12,
      signal: undefined,
    });
    let product = 0;
    for (let a = 0; a < count; a++)
      for (let b = 0; b < count; b++) product += plan![a * count + b] * standard[a] * (to.data[b] - 1);
    const slope = product / variance;
    // "Light Schrödinger Bridge", one component: 0.2071 for N(0, 1) and N(1, 0.25).
    const exact = (-1 + Math.sqrt(1 + 4 * variance * 0.25 * variance)) / (2 * variance);
    expect(Math.abs(slope / exact - 1)).toBeLessThan(0.01);
    expect(Math.abs(slope / 0.2071067812 - 1)).toBeLessThan(0.03);
  });

  it("are paths of the reference given both ends: mean and variance of an Ornstein–Uhlenbeck bridge", async () => {
    const [kappa, sigma, steps] = [1.5, 0.4, 20];
    const family = completeFamily(linearSpring(1));
    const flow = new GaussianFlow(family, Float64Array.of(kappa, 0), sigma, 1);
    const stepSize = 1 / steps;
    const count = 4000;
    const noise = normalNumbers(count * steps);
    const path = new Float64Array(steps + 1);
    let [sum, square] = [0, 0];
    for (let b = 0; b < count; b++) {
      const segment = { start: Float64Array.of(2), end: Float64Array.of(-0.3), time: 0, stepSize, steps, sigma };
      guidedBridge(flow, segment, noise.subarray(b * steps, (b + 1) * steps), path);
      expect([path[0], path[steps]]).toEqual([2, -0.3]);
      sum += path[8] / count;
      square += path[8] ** 2 / count;
    }
    // The chain X ← (1 − κΔ) X + σ√Δ ξ after 8 steps, given where it is after 20.
    const a = 1 - kappa * stepSize;
    const spread = (n: number) => (sigma ** 2 * stepSize * (1 - a ** (2 * n))) / (1 - a * a);
    const gain = (spread(8) * a ** 12) / spread(20);
    const mean = 2 * a ** 8 + gain * (-0.3 - 2 * a ** 20);
    const variance = spread(8) - gain * a ** 12 * spread(8);
    expect(Math.abs(sum - mean)).toBeLessThan(4 * Math.sqrt(variance / count));
    expect(Math.abs((square - sum * sum) / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
  });

  it("recover the drift of a process that the snapshots are taken of", async () => {
    const reference = linearSpring(1);
    const snapshotTimes = [0, 0.5, 1, 1.5];
    const snapshots = await populationSnapshots({
      reference,
      parameters: [1, 0.5],
      diffusion: 0.2,
      start: [[3], [4]],
      times: snapshotTimes,
      count: 150,
      key: key(3),
    });
    const { parameters: found } = await multiMarginalBridge(
      { snapshots, times: snapshotTimes, diffusion: 0.2, reference },
      { stepSize: 0.05, outerIterations: 5 },
    );
    // Chains of Δ = 0.05 relax as e^(−κΔ) = 1 − κ'Δ: κ' is 2.5 % below κ.
    const expected = (1 - Math.exp(-0.05)) / 0.05;
    expect(Math.abs(found[0] / expected - 1)).toBeLessThan(0.05);
    expect(Math.abs(found[1] / found[0] / 0.5 - 1)).toBeLessThan(0.05);
  });
});

describe("the fit of a drift", () => {
  const samplesOf = (family: ReferenceFamily, theta: readonly number[], noise: number) => {
    const complete = completeFamily(family);
    const { dimension } = family;
    const states = normalNumbers(300 * dimension).map((x) => 2 + 0.8 * x);
    const extra = normalNumbers(300 * dimension);
    const velocities = new Float64Array(states.length);
    for (let b = 0; b < 300; b++)
      complete.drift(
        states.subarray(b * dimension, (b + 1) * dimension),
        0,
        Float64Array.from(theta),
        velocities.subarray(b * dimension, (b + 1) * dimension),
      );
    return {
      dimension,
      states,
      velocities: velocities.map((v, index) => v + noise * extra[index]),
      times: new Float64Array(300),
    };
  };

  it("is exact for affine families, and says where parameters cannot be told apart", () => {
    for (const [family, theta] of [
      [lotkaVolterra(), [1, 0.4, 0.4, 0.1]],
      [linearSpring(2), [0.7, 0.3, -0.2]],
      [vortex(), [2, 0.1, 0.4]],
    ] as const) {
      const fit = fitDrift(
        completeFamily(family),
        samplesOf(family, theta, 0),
        Float64Array.from(family.initialParameters),
        { method: "least-squares" },
      );
      for (const [p, value] of theta.entries()) expect(Math.abs(fit.parameters[p] - value)).toBeLessThan(1e-10);
      expect(fit.mismatch).toBeLessThan(1e-20);
      expect(fit.conditionNumber).toBeGreaterThan(1);
      expect(fit.conditionNumber).toBeLessThan(1e4);
    }
    const twins: ReferenceFamily = {
      ...linearSpring(1),
      parameterNames: ["one", "the same again"],
      initialParameters: [0, 0],
      drift: ([x], _, [a, b], into) => {
        into[0] = -(a + b) * x;
      },
      stateJacobian: undefined as never,
      parameterJacobian: ([x], _, __, into) => {
        into.fill(-x);
      },
    };
    const fit = fitDrift(completeFamily(twins), samplesOf(linearSpring(1), [1, 0], 0), new Float64Array(2), {
      method: "least-squares",
    });
    expect(fit.conditionNumber).toBeGreaterThan(1e10);
  });

  it("is the minimum by normal equations with noise, which Adam comes within 2 % of", () => {
    const family = completeFamily(lotkaVolterra());
    const samples = samplesOf(lotkaVolterra(), [1, 0.4, 0.4, 0.1], 0.3);
    const start = Float64Array.from(family.initialParameters);
    const exact = fitDrift(family, samples, start, { method: "least-squares" });
    // At the minimum no direction helps.
    for (const p of [0, 1, 2, 3])
      for (const by of [-1e-4, 1e-4]) {
        const moved = exact.parameters.map((value, index) => (index === p ? value + by : value));
        expect(mismatchOf(samples, moved)).toBeGreaterThan(exact.mismatch);
      }
    const { parameters: near } = fitDrift(family, samples, start, { method: "adam", learningRate: 0.01, epochs: 4000 });
    for (const [p, value] of exact.parameters.entries()) expect(Math.abs(near[p] / value - 1)).toBeLessThan(0.02);
  });

  it("finds the parameters of a drift that is not affine", () => {
    const theta = [10, 3, 1, 1];
    const fit = fitDrift(
      completeFamily(repressilator()),
      samplesOf(repressilator(), theta, 0),
      Float64Array.of(5, 2, 1.3, 0.5),
      { method: "least-squares", iterations: 100 },
    );
    for (const [p, value] of theta.entries())
      expect(Math.abs(Math.abs(fit.parameters[p]) / value - 1)).toBeLessThan(1e-6);
  });
});

describe("trajectories through snapshots", () => {
  it("reach held-out snapshots at the floor of sampling noise, find the parameters, and improve with every iteration", async () => {
    const refined = await multiMarginalBridge(problem, quick);
    const brownian = await multiMarginalBridge(problem, { ...quick, outerIterations: 1 });
    expect(refined.reason).toBe("iteration-limit");
    // With Δ = 0.1: steps of chains differ from those of the process by some Δ/2 of their rates. The experiment holds 5 % at Δ = 0.05.
    for (const [p, value] of parameters.entries())
      expect(Math.abs(refined.parameters[p] / value - 1)).toBeLessThan(0.15);
    for (const index of [1, 3, 5]) {
      const sample = { count: 50, key: key(9) };
      const to = async (of: typeof refined) =>
        earthMoversDistance(await trajectoriesAt(of.trajectories!, times[index], sample), heldOut[index]);
      const floor = await earthMoversDistance(again[index], heldOut[index]);
      const reached = await to(refined);
      expect(reached).toBeLessThan(2 * floor);
      if (index === 1) expect(await to(brownian)).toBeGreaterThan(5 * reached);
    }
    for (const [index, { mismatch }] of refined.history.entries())
      if (index > 0) expect(mismatch).toBeLessThan(1.05 * refined.history[index - 1].mismatch);
  });

  it("pass through the points of all snapshots at their times, on a grid of the given steps", async () => {
    const { trajectories } = await multiMarginalBridge(problem, { stepSize: 0.3, outerIterations: 1 });
    expect(trajectories!.shape).toEqual([250, 29, 2]);
    expect(trajectories!.times[7]).toBe(2);
    for (const [index, time] of problem.times.entries()) {
      const at = await trajectoriesAt(trajectories!, time);
      // Every trajectory starts from its own point, in the order of the snapshots.
      expect([...at.data.subarray(index * 100, (index + 1) * 100)]).toEqual([...problem.snapshots[index].data]);
      const points = new Set(
        Array.from({ length: 50 }, (_, b) => String(problem.snapshots[index].data.subarray(2 * b, 2 * b + 2))),
      );
      for (let b = 0; b < 250; b++) expect(points).toContain(String(at.data.subarray(2 * b, 2 * b + 2)));
    }
    await expect(trajectoriesAt(trajectories!, 0.1)).rejects.toThrow("time");
    await expect(trajectoriesAt(trajectories!, 2, { count: 251, key: key(0) })).rejects.toThrow("sample.count");
  });

  it("go on after a stop as if there had been none, and stop when aborted", async () => {
    const options = { stepSize: 0.5, outerIterations: 3 };
    const whole = await multiMarginalBridge(problem, options);
    const first = await multiMarginalBridge(problem, { ...options, outerIterations: 2 });
    const rest = await multiMarginalBridge(problem, {
      ...options,
      startIteration: 2,
      initialParameters: [...first.parameters],
    });
    expect(rest.parameters).toEqual(whole.parameters);
    expect(rest.trajectories).toEqual(whole.trajectories);
    const controller = new AbortController();
    const stopped = await multiMarginalBridge(problem, {
      ...options,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    expect(stopped.reason).toBe("aborted");
    expect(stopped.history).toEqual(whole.history.slice(0, 1).map((entry) => ({ ...entry })));
  });

  it("come closer to a repressilator's held-out snapshots than Brownian bridges", async () => {
    const reference = repressilator();
    const { parameters: truth, diffusion, start, times: all } = REPRESSILATOR;
    const draw = (stream: number) =>
      populationSnapshots({
        reference,
        parameters: truth,
        diffusion,
        start: [start[0], start[1]],
        times: all.slice(0, 5),
        count: 15,
        key: child(key(0), stream),
      });
    const [given, held] = await Promise.all([draw(0), draw(1)]);
    const even = [0, 2, 4];
    const genes = { snapshots: even.map((i) => given[i]), times: even.map((i) => all[i]), diffusion, reference };
    const refined = await multiMarginalBridge(genes, {
      stepSize: 0.15,
      outerIterations: 8,
      fit: { method: "adam", epochs: 40 },
    });
    const brownian = await multiMarginalBridge(genes, { stepSize: 0.15, outerIterations: 1 });
    for (const index of [1, 3]) {
      const to = async (of: typeof refined) =>
        earthMoversDistance(await trajectoriesAt(of.trajectories!, all[index]), held[index]);
      expect(await to(brownian)).toBeGreaterThan(2 * (await to(refined)));
    }
  });

  it("hold a drift that would leave all bounds, and count it", async () => {
    const wild = await multiMarginalBridge(problem, {
      stepSize: 0.5,
      outerIterations: 1,
      initialParameters: [50, 0, 0, 50],
    });
    expect(wild.history[0].clampedSteps).toBeGreaterThan(0);
  });

  it("are refused for what does not fit, by name, before any work", async () => {
    const refusals: readonly (readonly [object, object, string])[] = [
      [{ diffusion: 0 }, {}, "diffusion: expected a positive number"],
      [{ snapshots: [problem.snapshots[0]], times: [0] }, {}, "snapshots: expected at least two"],
      [{ times: [0, 1] }, {}, "times: expected 5 times"],
      [{ times: [0, 2, 2, 6, 8] }, {}, "times[2]"],
      [{ snapshots: [[[1]], ...problem.snapshots.slice(1)] }, {}, "snapshots[0]: expected points of dimension 2"],
      [{}, { stepSize: 2.5 }, "options.stepSize"],
      [{}, { outerIterations: 0 }, "options.outerIterations"],
      [{}, { startIteration: 1 }, "options.initialParameters"],
      [{}, { initialParameters: [1] }, "options.initialParameters"],
      [{}, { tolerance: 0 }, "options.tolerance"],
      [{}, { fit: { method: "guess" } }, "options.fit.method"],
      [{}, { fit: { method: "adam", epochs: 0 } }, "options.fit.epochs"],
    ];
    for (const [change, options, message] of refusals)
      await expect(multiMarginalBridge({ ...problem, ...change }, options), message).rejects.toThrow(message);
  });
});

function mismatchOf(samples: { states: Float64Array; velocities: Float64Array }, theta: Float64Array): number {
  let sum = 0;
  for (let b = 0; b < samples.states.length / 2; b++) {
    const [x, y] = samples.states.subarray(2 * b, 2 * b + 2);
    sum += (samples.velocities[2 * b] - theta[0] * x + theta[1] * x * y) ** 2;
    sum += (samples.velocities[2 * b + 1] - theta[3] * x * y + theta[2] * y) ** 2;
  }
  return sum / (samples.states.length / 2);
}

/** Standard normal numbers by a fixed rule: quantiles in an order that mixes them. */
function normalNumbers(count: number): Float64Array<ArrayBuffer> {
  let state = 12345;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return normalQuantile((state + 0.5) / 2 ** 32);
  });
}

/** The standard normal distribution's quantile, by bisection on its distribution function's asymptotically exact series. */
function normalQuantile(p: number): number {
  let [low, high] = [-9, 9];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (normalDistribution(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** ½ + φ(x) (x + x³/3 + x⁵/15 + …). */
function normalDistribution(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 400; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
