import { key, openDevice } from "@ansatz/tensor";
import { testDevices } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { batchMoments } from "./batch-moments.ts";
import { energyDistance, projectedDistance, sampleMoments, unexplainedVariance } from "./comparison.ts";
import { lightBridge } from "./index.ts";
import { gaussianPoints, knownBridge, swissRoll } from "./known-bridges.ts";
import { lossGradient } from "./loss-gradient.ts";
import type { MixturePotential } from "./potential.ts";
import { rotate } from "./rotation.ts";

const source = await gaussianPoints(key(11), 4000, 2);
const roll = await swissRoll(key(12), 4000);
const problem = { source, target: roll, regularization: 0.1 };
const quick = { components: 20, steps: 60 };

describe("the gradient of the loss", () => {
  for (const rotated of [false, true])
    it(`agrees with differences of the loss, ${rotated ? "full" : "diagonal"} covariances`, async () => {
      await using device = await openDevice("cpu", { threads: 1 });
      const [components, dimension] = [3, 3];
      const at = await gaussianPoints(key(1), 40, dimension);
      const to = await gaussianPoints(key(2), 50, dimension);
      const draws = (await gaussianPoints(key(3), 30, 1)).data;
      const rotations = Float64Array.from({ length: 27 }, (_, i) => ((i % 9) % 4 === 0 ? 1 : 0));
      for (let k = 0; k < components; k++)
        rotate(rotations.subarray(9 * k, 9 * k + 9), dimension, [0.5, -0.3 * k, 0.8]);
      const potential: MixturePotential = {
        regularization: 0.7,
        dimension,
        components,
        logWeights: draws.slice(0, 3),
        centers: draws.slice(3, 12),
        logEigenvalues: draws.slice(12, 21),
        ...(rotated && { rotations }),
      };
      const moments = (each: MixturePotential) => batchMoments(device, "float64", each, at.data, to.data);
      const loss = async (each: MixturePotential) => {
        const [normalizer, density] = await moments(each);
        return normalizer.logSum - density.logSum;
      };
      const gradient = lossGradient(potential, ...(await moments(potential)));
      const h = 1e-5;
      for (const field of ["logWeights", "centers", "logEigenvalues"] as const)
        for (const index of potential[field].keys()) {
          const moved = (by: number) => ({
            ...potential,
            [field]: potential[field].map((x, i) => (i === index ? x + by : x)),
          });
          const slope = ((await loss(moved(h))) - (await loss(moved(-h)))) / (2 * h);
          expect(Math.abs(gradient[field][index] - slope), `${field} ${index}`).toBeLessThan(1e-8);
        }
      expect(gradient.rotations.length).toBe(rotated ? 9 : 0);
      for (const index of gradient.rotations.keys()) {
        const turned = (by: number) => {
          const all = Float64Array.from(rotations);
          const k = Math.floor(index / 3);
          rotate(
            all.subarray(9 * k, 9 * k + 9),
            dimension,
            [0, 1, 2].map((pair) => (pair === index % 3 ? by : 0)),
          );
          return { ...potential, rotations: all };
        };
        const slope = ((await loss(turned(h))) - (await loss(turned(-h)))) / (2 * h);
        expect(Math.abs(gradient.rotations[index] - slope), `rotation ${index}`).toBeLessThan(1e-8);
      }
    });
});

describe("training", () => {
  it("goes on from a state as if it had never stopped", async () => {
    const whole = await lightBridge(problem, quick);
    const half = await lightBridge(problem, { ...quick, steps: 31 });
    const rest = await lightBridge(problem, { ...quick, state: JSON.parse(JSON.stringify(half.state), revived) });
    expect(rest.bridge.potential).toEqual(whole.bridge.potential);
    expect(rest.state).toEqual(whole.state);
  });

  it("does not depend on the number of threads, and does on the key", async () => {
    const results = await Promise.all(
      [1, 3].map(async (threads) => {
        await using device = await openDevice("cpu", { threads });
        return (await lightBridge(problem, { ...quick, device })).bridge.potential;
      }),
    );
    expect(results[1]).toEqual(results[0]);
    const other = await lightBridge(problem, { ...quick, key: key(1) });
    expect(other.bridge.potential.centers).not.toEqual(results[0].centers);
  });

  it("stops when aborted, with the state so far, and reports progress", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const result = await lightBridge(problem, {
      ...quick,
      signal: controller.signal,
      onProgress: ({ step }) => {
        seen.push(step);
        if (step === 10) controller.abort();
      },
    });
    expect(result.reason).toBe("aborted");
    expect(result.state.step).toBe(10);
    expect(result.remedy).toContain("state");
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await expect(result.bridge.simulate(source, { signal: controller.signal })).rejects.toThrow();
  });

  it("trains log weights directly where epsilon is small", async () => {
    const { history, bridge } = await lightBridge(
      { ...problem, regularization: 0.01 },
      { ...quick, steps: 100, weightVariable: "log", learningRate: 1e-2 },
    );
    expect(history.at(-1)!.loss).toBeLessThan(history[0].loss);
    expect(bridge.potential.logWeights.every(Number.isFinite)).toBe(true);
  });

  it("holds eigenvalues within their bounds, and counts how often it had to", async () => {
    // All targets are one point: its component would shrink forever.
    const { state, bridge } = await lightBridge(
      { source: [[-1], [1]], target: [[2], [2]], regularization: 1 },
      { components: 1, batchSize: "all", initialVariance: 1e-7, learningRate: 1, steps: 40 },
    );
    expect(state.clampedEigenvalues).toBeGreaterThan(0);
    expect(bridge.potential.logEigenvalues[0]).toBeGreaterThanOrEqual(-Math.log(1e8));
  });

  it("refuses what does not fit, by name, before any work", async () => {
    const refusals: readonly (readonly [object, object, string])[] = [
      [{ regularization: 0 }, {}, "regularization: expected a positive number"],
      [{ regularization: Number.NaN }, {}, "regularization"],
      [{ target: [[1]] }, {}, "target: expected points of dimension 2"],
      [{ source: [] }, {}, "source"],
      [{ source: [[1, 2], [1]] }, {}, "source[1]"],
      [{ source: [[1, Number.POSITIVE_INFINITY]] }, {}, "source[0][1]: expected a finite number"],
      [{}, { components: 0 }, "options.components"],
      [{ target: [[1, 2]] }, { components: 2 }, "options.components: expected at most 1"],
      [{}, { steps: -1 }, "options.steps"],
      [{}, { batchSize: 0 }, "options.batchSize"],
      [{}, { learningRate: 0 }, "options.learningRate"],
      [{}, { tolerance: 1e-3 }, "options.tolerance"],
      [{}, { covariance: "round" }, "options.covariance"],
      [{}, { weightVariable: "root" }, "options.weightVariable"],
      [{}, { initialVariance: 0 }, "options.initialVariance"],
    ];
    for (const [change, options, message] of refusals)
      await expect(lightBridge({ ...problem, ...change }, options), message).rejects.toThrow(message);
    const { state } = await lightBridge(problem, { ...quick, steps: 1 });
    await expect(lightBridge({ ...problem, regularization: 0.2 }, { state })).rejects.toThrow("options.state");
  });
});

for (const { label, open } of await testDevices())
  describe(`a light bridge on ${label}`, () => {
    it("is trained to the same potential as on cpu, and its paths end where the plan says", async () => {
      await using device = await open();
      const reference = await lightBridge(problem, { ...quick, steps: 20 });
      const here = await lightBridge(problem, { ...quick, steps: 20, device });
      // float32 gradients of 10⁻⁶ relative accuracy; Adam's first steps depend on their signs alone.
      for (const [index, value] of reference.bridge.potential.centers.entries())
        expect(Math.abs(here.bridge.potential.centers[index] - value)).toBeLessThan(1e-3);
      if (device.kind === "tensorflow") {
        await expect(here.bridge.simulate(source, { device })).rejects.toThrow("sequential");
        return;
      }
      const bridge = await knownBridge(key(4), 2, 0.5);
      const starts = await gaussianPoints(key(6), device.kind === "webgpu" ? 20_000 : 10_000, 2);
      const paths = await bridge.simulate(starts, { device, steps: 128, key: key(7) });
      const exact = await bridge.sampleTarget(starts, { device, key: key(8) });
      const simulated = { data: paths.data, shape: exact.shape };
      // Moments within 3 % (100 steps), and no direction in which the distributions differ beyond what chance does once in a thousand.
      const [a, b] = [sampleMoments(simulated), sampleMoments(exact)];
      const deviation = Math.sqrt(b.covariance[0] + b.covariance[3]);
      for (const i of [0, 1]) expect(Math.abs(a.mean[i] - b.mean[i])).toBeLessThan(0.03 * deviation);
      for (const i of [0, 1, 2, 3])
        expect(Math.abs(a.covariance[i] - b.covariance[i])).toBeLessThan(0.03 * deviation ** 2);
      expect(projectedDistance(simulated, exact)).toBeLessThan(1.95);
    });
  });

describe("the process", () => {
  it("is where its bridges are at every time, simulated with the drift or drawn exactly", async () => {
    const bridge = await knownBridge(key(4), 2, 0.5);
    const starts = await gaussianPoints(key(6), 10_000, 2);
    const { data, times } = await bridge.simulate(starts, { steps: 128, every: 32, key: key(9) });
    expect([...times]).toEqual([0.25, 0.5, 0.75, 1]);
    const exact = await bridge.samplePaths(starts, [0.25, 0.5, 0.75], { key: key(13) });
    const slice = (paths: { data: Float64Array<ArrayBuffer> }, kept: number, l: number) => ({
      data: Float64Array.from({ length: 20_000 }, (_, i) => paths.data[(Math.floor(i / 2) * kept + l) * 2 + (i % 2)]),
      shape: [10_000, 2] as const,
    });
    for (const l of [0, 1, 2]) {
      const simulated = slice({ data }, 4, l);
      expect(projectedDistance(simulated, slice(exact, 3, l))).toBeLessThan(1.95);
      expect(projectedDistance(simulated, await bridge.sampleAt(starts, times[l], { key: key(20 + l) }))).toBeLessThan(
        1.95,
      );
    }
  });

  it("recovers a known bridge: the benchmark, scaled", async () => {
    const truth = await knownBridge(key(21), 2, 1);
    const starts = await gaussianPoints(key(22), 40_000, 2);
    const target = await truth.sampleTarget(starts, { key: key(23) });
    const { bridge } = await lightBridge(
      { source: await gaussianPoints(key(24), 40_000, 2), target, regularization: 1 },
      { steps: 1500 },
    );
    const test = await gaussianPoints(key(25), 200, 2);
    const { covariance } = sampleMoments(target);
    const variance = covariance[0] + covariance[3];
    const exact = await truth.conditionalMoments(test);
    const error = unexplainedVariance(await bridge.conditionalMoments(test), exact, variance);
    // 4000 steps reach 0.03 %; after 1500 the loss still falls.
    expect(error).toBeLessThan(0.5);
    expect(unexplainedVariance(exact, exact, variance)).toBeLessThan(1e-10);
    const independent = sampleMoments(target);
    const independentPlan = {
      means: Float64Array.from({ length: 400 }, (_, i) => independent.mean[i % 2]),
      covariances: Float64Array.from({ length: 800 }, (_, i) => independent.covariance[i % 4]),
    };
    expect(unexplainedVariance(independentPlan, exact, variance)).toBeGreaterThan(50);
  });

  it("turns a cloud into a swiss roll", async () => {
    const { bridge } = await lightBridge(problem, { components: 100, steps: 1200 });
    const ends = await bridge.sampleTarget(await gaussianPoints(key(31), 1000, 2), { key: key(32) });
    const [one, two] = await Promise.all([swissRoll(key(33), 1000), swissRoll(key(34), 1000)]);
    const reached = await energyDistance(ends, one);
    const start = await energyDistance(await gaussianPoints(key(31), 1000, 2), one);
    // With 1200 steps of the 10 000; the experiment holds the factor 2 over two samples of the target.
    expect(reached).toBeLessThan(start / 3);
    expect(await energyDistance(two, one)).toBeLessThan(reached + 0.05);
  });
});

/** JSON turns typed arrays into objects with numbers as keys. */
function revived(_: string, value: unknown): unknown {
  const isArray = value !== null && typeof value === "object" && "0" in value;
  return isArray ? Float64Array.from(Object.values(value as object)) : value;
}
