import { type Device, openDevice } from "@ansatz/tensor";
import { caseRandom } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Regularizer, sparseConjugateKernel } from "../kernels/sparse-conjugate/index.ts";

const ROWS = 8;
const SAMPLES = 1000;
const GAMMA = 0.7;

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu", { threads: 1 });
});
afterAll(() => device.dispose());

const scores = caseRandom(1).array([SAMPLES, ROWS], "float64").data as Float64Array;
const masses = Float64Array.from({ length: SAMPLES }, (_, sample) => 0.25 + (sample % 7) / 4);

/** Values and masses of all samples, as columns of one problem. */
async function conjugates(
  from: Float64Array,
  maximumEntries: number,
  regularizer: Regularizer,
  mass: "bound" | "free",
) {
  const tensors = device.scope(() =>
    sparseConjugateKernel.run(
      [
        device.tensor(
          from.map((score) => -score),
          [1, SAMPLES, ROWS],
        ),
        device.zeros([1, ROWS], "float64"),
        mass === "bound" ? device.tensor(masses, [1, SAMPLES]) : device.zeros([1, SAMPLES], "float64"),
      ],
      { maximumEntries, regularizer, regularization: GAMMA, columnInput: mass === "bound" ? "masses" : "potentials" },
    ),
  );
  const [values, entries, indices] = await Promise.all(tensors.map((tensor) => tensor.data()));
  for (const tensor of tensors) tensor.dispose();
  return { values, entries, indices };
}

/** max ⟨s, t⟩ − γ Ω(t) over t ≥ 0 on a support, by its conditions of optimality and no order of the scores. */
function bestOn(own: readonly number[], regularizer: Regularizer, mass: number | undefined): number {
  const omega = (t: number) => (regularizer === "quadratic" ? (t * t) / 2 : t > 0 ? t * Math.log(t) : 0);
  const worth = (t: readonly number[]) =>
    t.reduce((total, each, index) => total + own[index] * each - GAMMA * omega(each), 0);
  if (regularizer === "entropic") {
    const weights = own.map((s) => Math.exp(s / GAMMA - 1));
    const sum = weights.reduce((a, b) => a + b, 0);
    return worth(weights.map((weight) => (mass === undefined ? weight : (mass * weight) / sum)));
  }
  if (mass === undefined) return worth(own.map((s) => Math.max(s, 0) / GAMMA));
  // Every set of active entries whose solution is feasible is a candidate; the best of them is the maximum.
  let best = Number.NEGATIVE_INFINITY;
  for (let set = 1; set < 2 ** own.length; set++) {
    const active = own.filter((_, index) => (set >> index) & 1);
    const threshold = (active.reduce((a, b) => a + b, 0) - GAMMA * mass) / active.length;
    if (active.some((s) => s < threshold)) continue;
    best = Math.max(best, worth(own.map((s, index) => ((set >> index) & 1 ? (s - threshold) / GAMMA : 0))));
  }
  return best;
}

const SUPPORTS = Array.from({ length: 2 ** ROWS }, (_, set) =>
  Array.from(Array(ROWS).keys()).filter((row) => (set >> row) & 1),
);

/** The best over all supports of k entries, which contain the smaller ones. */
function bruteForce(
  sample: number,
  maximumEntries: number,
  regularizer: Regularizer,
  mass: number | undefined,
): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const support of SUPPORTS) {
    if (support.length !== maximumEntries) continue;
    const own = support.map((row) => scores[sample * ROWS + row]);
    best = Math.max(best, bestOn(own, regularizer, mass));
  }
  return best;
}

describe.each([
  ["quadratic", "bound"],
  ["quadratic", "free"],
  ["entropic", "bound"],
  ["entropic", "free"],
] as const)("the conjugate of the k-sparse %s regularizer, masses %s", (regularizer, mass) => {
  it("is the best over all supports, for every k", async () => {
    for (let k = 1; k <= ROWS; k++) {
      const { values } = await conjugates(scores, k, regularizer, mass);
      // With masses bound a brute force has 2^k sets for each support.
      const stride = regularizer === "quadratic" && mass === "bound" && k > 2 ? 25 : 1;
      let worst = 0;
      for (let sample = 0; sample < SAMPLES; sample += stride) {
        const expected = bruteForce(sample, k, regularizer, mass === "bound" ? masses[sample] : undefined);
        worst = Math.max(worst, Math.abs(values[sample] - expected) / Math.max(1, Math.abs(expected)));
      }
      expect(worst).toBeLessThanOrEqual(1e-12);
    }
  });

  it("has the plan's column for its gradient, away from ties", async () => {
    const step = 1e-5;
    for (const k of [1, 3, ROWS]) {
      const { entries, indices } = await conjugates(scores, k, regularizer, mass);
      const gradient = new Float64Array(SAMPLES * ROWS);
      for (const [at, entry] of entries.entries()) gradient[Math.floor(at / k) * ROWS + indices[at]] += entry;
      for (let row = 0; row < ROWS; row++) {
        const moved = (by: number) => scores.map((score, at) => (at % ROWS === row ? score + by : score));
        const [above, below] = [
          await conjugates(moved(step), k, regularizer, mass),
          await conjugates(moved(-step), k, regularizer, mass),
        ];
        let worst = 0;
        for (let sample = 0; sample < SAMPLES; sample++) {
          const own = scores.slice(sample * ROWS, (sample + 1) * ROWS).sort();
          const isNearKink = own.some((score, at) => at > 0 && score - own[at - 1] < 4 * step);
          if (isNearKink) continue;
          const slope = (above.values[sample] - below.values[sample]) / (2 * step);
          // Second derivatives jump where an entry gets mass: an error of the step over γ.
          worst = Math.max(worst, Math.abs(slope - gradient[sample * ROWS + row]));
        }
        expect(worst).toBeLessThan(step / GAMMA);
      }
    }
  });
});
