import { type Device, grad, key, matmul, multiply, normal, openDevice, split, sum, type Tensor } from "@ansatz/tensor";
import { expectAllClose, testDevices } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sinkhorn } from "../sinkhorn/index.ts";
import { sparseTransport } from "./index.ts";
import {
  combineExperts,
  dispatchTokens,
  expertChoiceRouter,
  type Routing,
  routingStatistics,
  sparseRouter,
  topKRouter,
} from "./router.ts";

const TOKENS = 256;
const EXPERTS = 8;
const CAPACITY = 32;

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu", { threads: 1 });
});
afterAll(() => device.dispose());

/** Tokens N(0, I₁₆), a router N(0, 1)/4. */
function drawScores(on: Device, dtype: "float32" | "float64" = "float64"): Tensor {
  const [forTokens, forRouter] = split(key(3));
  return on.scope(() =>
    multiply(
      matmul(
        normal(forTokens, [TOKENS, 16], { device: on, dtype }),
        normal(forRouter, [16, EXPERTS], { device: on, dtype }),
      ),
      0.25,
    ),
  );
}

/** Share of tokens with a positive entry, most entries of an expert, and mean score of the entries. */
function summary(plan: ArrayLike<number>, scores: ArrayLike<number>) {
  const taken = new Set<number>();
  const loads = new Array<number>(EXPERTS).fill(0);
  let total = 0;
  for (let at = 0; at < plan.length; at++) {
    if (!(plan[at] > 0)) continue;
    taken.add(Math.floor(at / EXPERTS));
    loads[at % EXPERTS]++;
    total += scores[at];
  }
  return {
    coverage: taken.size / TOKENS,
    fullest: Math.max(...loads),
    meanScore: total / loads.reduce((a, b) => a + b, 0),
  };
}

/** For each expert, the tokens with the largest entries. */
function largestPerExpert(entries: ArrayLike<number>, count: number): Float64Array {
  const kept = new Float64Array(entries.length);
  for (let expert = 0; expert < EXPERTS; expert++) {
    const order = Array.from({ length: TOKENS }, (_, token) => token * EXPERTS + expert).sort(
      (a, b) => entries[b] - entries[a],
    );
    for (const at of order.slice(0, count)) kept[at] = 1;
  }
  return kept;
}

// Fifty steps on a software GPU take ten seconds; the tests of the layer take some there.
const devices = (await testDevices()).filter(({ label }) => !label.startsWith("webgpu"));

describe("routing by sparse transport", () => {
  it("covers all tokens at full capacity, where balanced routers without sparsity and experts' choice do not", async () => {
    using drawn = drawScores(device);
    const scores = (await drawn.data()) as Float64Array;
    const largest = scores.reduce((a, b) => Math.max(a, b));
    const problem = {
      costMatrix: { data: Float64Array.from(scores, (score) => (largest - score) / largest), shape: [TOKENS, EXPERTS] },
      rowMarginal: new Float64Array(TOKENS).fill(1 / TOKENS),
      columnMarginal: new Float64Array(EXPERTS).fill(1 / EXPERTS),
    };
    const tight = await sparseTransport(
      { ...problem, regularization: 0.8, maximumEntries: CAPACITY },
      { maximumIterations: 2000 },
    );
    const sparse = summary(tight.plan().data, scores);
    expect(sparse.fullest).toBeLessThanOrEqual(CAPACITY);
    expect(sparse.coverage).toBeGreaterThanOrEqual(0.99);
    const loose = await sparseTransport({ ...problem, regularization: 0.8, maximumEntries: 40 });
    expect(loose.reason).toBe("converged");
    expect(loose.marginalViolation).toBeLessThan(1e-6);
    expect(loose.history.length).toBeLessThan(tight.history.length);
    expect(summary(loose.plan().data, scores)).toMatchObject({ coverage: 1 });

    const balanced = await sinkhorn({ ...problem, regularization: 0.05 }, { tolerance: 1e-6, maximumSweeps: 2000 });
    const cut = summary(largestPerExpert(balanced.plan().data, CAPACITY), scores);
    const chosen = summary(largestPerExpert(scores, CAPACITY), scores);
    expect(cut.coverage).toBeLessThan(sparse.coverage - 0.02);
    expect(chosen.coverage).toBeLessThan(0.9);
    // Coverage is bought with score, a little.
    expect(sparse.meanScore).toBeLessThan(chosen.meanScore);
    expect(sparse.meanScore).toBeGreaterThan(0.9 * cut.meanScore);
  });

  it.each(devices)(
    "loads experts alike and takes nearly all tokens, in a fixed number of steps on $label",
    async ({ open }) => {
      await using on = await open();
      using scores = drawScores(on, "float32");
      const routing = sparseRouter(scores);
      const { coverage, droppedTokens, tokensPerExpert, loadImbalance } = await routingStatistics(routing);
      expect(routing.expertCapacity).toBe(CAPACITY);
      expect(coverage).toBeGreaterThanOrEqual(0.97);
      expect(droppedTokens).toBe(Math.round((1 - coverage) * TOKENS));
      for (const tokens of tokensPerExpert) expect(tokens).toBeLessThanOrEqual(CAPACITY);
      expect(loadImbalance).toBeLessThan(1.02);
      const choice = expertChoiceRouter(scores);
      expect((await routingStatistics(choice)).coverage).toBeLessThan(0.9);
      free(routing, choice);
    },
  );

  it("weighs experts by shares of the token, which sum to 1, or by the softmax", async () => {
    using scores = drawScores(device);
    const routing = sparseRouter(scores, { capacityFactor: 2, steps: 200 });
    using ones = device.full([EXPERTS, routing.expertCapacity, 1], 1, "float64");
    using sums = combineExperts(ones, routing);
    expectAllClose(await sums.data(), new Float64Array(TOKENS).fill(1), { relative: 0, absolute: 0.05 });
    const soft = sparseRouter(scores, { capacityFactor: 2, steps: 200, weights: "softmax" });
    const [indices, weights, mask, values] = await Promise.all(
      [soft.tokenIndices, soft.combineWeights, soft.dispatchMask, scores].map((tensor) => tensor.data()),
    );
    for (const [slot, weight] of weights.entries()) {
      const [token, expert] = [indices[slot], Math.floor(slot / soft.expertCapacity)];
      const own = Array.from(values.slice(token * EXPERTS, (token + 1) * EXPERTS), (score) => Math.exp(score));
      const expected = mask[slot] ? own[expert] / own.reduce((a, b) => a + b, 0) : 0;
      expect(weight).toBeCloseTo(expected, 12);
    }
    free(routing, soft);
  });

  it("dispatches tokens to their slots, and combines the answers", async () => {
    using scores = drawScores(device);
    const routing = topKRouter(scores, { expertsPerToken: 2, capacityFactor: EXPERTS });
    using numbers = device.tensor(
      Float64Array.from({ length: TOKENS }, (_, token) => token + 1),
      [TOKENS, 1],
    );
    using sent = dispatchTokens(numbers, routing);
    const [slots, indices, mask] = [
      await sent.data(),
      await routing.tokenIndices.data(),
      await routing.dispatchMask.data(),
    ];
    for (const [slot, value] of slots.entries()) expect(value).toBe(mask[slot] ? indices[slot] + 1 : 0);
    using answers = combineExperts(sent, routing);
    const values = await scores.data();
    const combined = await answers.data();
    for (let token = 0; token < TOKENS; token += 37) {
      const own = Array.from(values.slice(token * EXPERTS, (token + 1) * EXPERTS), (score) => Math.exp(score));
      const [first, second] = own.toSorted((a, b) => b - a);
      expect(combined[token]).toBeCloseTo(((token + 1) * (first + second)) / own.reduce((a, b) => a + b, 0), 10);
    }
    free(routing);
  });

  it("has a gradient in the scores", async () => {
    using scores = drawScores(device);
    for (const weights of ["plan", "softmax"] as const) {
      using gradient = device.scope(() =>
        grad((x: Tensor) => {
          const { combineWeights } = sparseRouter(x, { weights, steps: 10 });
          return sum(multiply(combineWeights, combineWeights));
        })(scores),
      );
      const values = await gradient.data();
      expect(values.every(Number.isFinite)).toBe(true);
      expect(values.some((value) => Math.abs(value) > 1e-6)).toBe(true);
    }
    expect(device.memory().tensors).toBe(1);
  });

  it("takes tokens that all score alike", async () => {
    using scores = device.zeros([16, 4], "float64");
    const routing = sparseRouter(scores, { capacityFactor: 4 });
    expect((await routingStatistics(routing)).coverage).toBe(1);
    free(routing);
  });

  it("refuses scores and options that make no sense", () => {
    using scores = drawScores(device);
    using vector = device.zeros([4], "float64");
    expect(() => sparseRouter(vector)).toThrow("scores");
    expect(() => sparseRouter(scores, { expertCapacity: 31 })).toThrow("at least 32");
    expect(() => sparseRouter(scores, { expertCapacity: 1.5 })).toThrow("expertCapacity");
    expect(() => sparseRouter(scores, { capacityFactor: 0 })).toThrow("capacityFactor");
    expect(() => sparseRouter(scores, { weights: "hard" as never })).toThrow("weights");
    expect(() => topKRouter(scores, { expertsPerToken: 9 })).toThrow("expertsPerToken");
  });
});

function free(...routings: readonly Routing[]): void {
  for (const { tokenIndices, dispatchMask, combineWeights } of routings)
    for (const tensor of [tokenIndices, dispatchMask, combineWeights]) tensor.dispose();
}
