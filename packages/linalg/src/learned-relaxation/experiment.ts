import { atLeast, atMost, defineExperiment, type Expectation, type Report } from "@ansatz/lab";
import { child, type Key, split } from "@ansatz/tensor";
import { z } from "zod";
import { withDevice } from "../with-device.ts";
import { chebCb } from "./cheb-cb.ts";
import { DIFFUSIVITIES, HeatSequence, OFFSETS, randomSystems } from "./experiment/sequences.ts";
import { type CostTable, costsOf, playCosts, uniformNumbers } from "./index.ts";
import { type PolicyState, type RelaxationPolicy, relaxationGrid } from "./policy.ts";
import { relaxedSolve } from "./relaxed-solve.ts";
import { binnedTsallisInf, tsallisInf } from "./tsallis-inf.ts";

const parameters = z.object({
  sequence: z
    .enum(["heat", "low-variance", "high-variance"])
    .default("heat")
    .describe(
      "Systems: steps of the heat equation with a changing diffusivity, or Laplacians plus a random multiple of the unit matrix",
    ),
  intervals: z.int().min(4).max(200).default(25).describe("Intervals along each edge, heat equation"),
  steps: z.int().min(20).max(20_000).default(1000).describe("Systems of the sequence"),
  period: z
    .int()
    .min(20)
    .max(5000)
    .default(500)
    .describe("Steps in which the diffusivity has gone through once, heat equation"),
  samples: z.int().min(20).max(2000).default(240).describe("Different random systems, which a sequence draws from"),
  seeds: z.int().min(2).max(200).default(20).describe("Runs of every policy, for the confidence of its regret"),
  actions: z
    .int()
    .min(2)
    .max(100)
    .default(20)
    .describe("Relaxation parameters to choose from, in equal steps from 1 to 1.95"),
  features: z.int().min(1).max(20).default(6).describe("Chebyshev polynomials of ChebCB"),
  bins: z.int().min(1).max(50).default(6).describe("Parts of the interval of contexts, binned Tsallis-INF"),
});

type Parameters = z.output<typeof parameters>;

export default defineExperiment({
  id: "linalg/learned-relaxation",
  title: "A solver that learns its relaxation parameter from iteration counts",
  summary:
    "Over a sequence of related linear systems, bandits that see nothing but how many iterations each solve took come close to the best fixed relaxation parameter; one that also sees a number about each system beats it.",
  paper: {
    title: "Learning to Relax: Setting Solver Parameters Across a Sequence of Linear System Instances",
    section: "experiments: sequences of Laplacians, and the heat equation",
  },
  parameters,
  metrics: {
    bestFixedCost: { label: "iterations with the best fixed parameter, mean", better: "lower" },
    bestRelaxation: { label: "the best fixed parameter" },
    gaussSeidelCost: { label: "iterations with ω = 1, mean" },
    optimalCost: { label: "iterations with the best parameter of each system, mean" },
    tsallisCost: { label: "iterations with Tsallis-INF, mean", better: "lower" },
    binnedCost: { label: "iterations with binned Tsallis-INF, mean", better: "lower" },
    chebCbCost: { label: "iterations with ChebCB, mean", better: "lower" },
    tsallisRatio: { label: "Tsallis-INF over best fixed", better: "lower" },
    chebCbRatio: { label: "ChebCB over best fixed", better: "lower" },
    chebCbLateRatio: { label: "ChebCB over best fixed, last fifth", better: "lower" },
    tsallisMicroseconds: { label: "time of Tsallis-INF for one decision", unit: "µs", better: "lower" },
    chebCbMicroseconds: { label: "time of ChebCB for one decision", unit: "µs", better: "lower" },
  },
  async run({ parameters, key, signal, report }) {
    const [forSystems, forPolicies] = split(key);
    const { table, contexts } = await costTable(parameters, forSystems, report, signal);
    const order = await orderOf(parameters, table, forSystems);
    const compared = comparators(table, order);
    const { relaxations } = table;
    const options = { relaxations };
    const policies = [
      tsallisInf(options),
      binnedTsallisInf(contexts, { ...options, bins: parameters.bins }),
      chebCb(contexts, { ...options, features: parameters.features }),
    ] as unknown as RelaxationPolicy<PolicyState>[];
    const results = [];
    for (const policy of policies) {
      results.push(
        await regret(report, policy, table, { order, compared, seeds: parameters.seeds, key: forPolicies, signal }),
      );
      report.progress(table.contexts.length + results.length, table.contexts.length + policies.length, policy.name);
    }
    reportTable(report, compared, results);
    const [tsallis, binned, cheb] = results;
    const metrics = {
      bestFixedCost: compared.best,
      bestRelaxation: relaxations[compared.bestAction],
      gaussSeidelCost: compared.fixed[0],
      optimalCost: compared.optimal,
      tsallisCost: tsallis.mean,
      binnedCost: binned.mean,
      chebCbCost: cheb.mean,
      tsallisRatio: tsallis.mean / compared.best,
      chebCbRatio: cheb.mean / compared.best,
      chebCbLateRatio: cheb.late / compared.lateBest,
      tsallisMicroseconds: tsallis.microseconds,
      chebCbMicroseconds: cheb.microseconds,
    };
    return { metrics, expectations: expectationsOf(parameters, compared) };
  },
});

/** Costs of all parameters for all systems; the heat equation advances with the solution by the middle one, which differs from the others by the solver's tolerance. */
async function costTable(
  { sequence, intervals, steps, period, samples, actions }: Parameters,
  key: Key,
  report: Report,
  signal: AbortSignal,
): Promise<{ table: CostTable; contexts: readonly [number, number] }> {
  const relaxations = relaxationGrid(actions);
  return withDevice(undefined, async (device) => {
    const costs: number[] = [];
    const contexts: number[] = [];
    if (sequence === "heat") {
      const heat = new HeatSequence({ intervals, timeStep: 1 / period, steps });
      let solution: Float64Array | undefined;
      for (let index = 0; index < steps && !signal.aborted; index++) {
        const { matrix, b, start, context = 0 } = heat.instance(index, solution);
        const { iterations, solutions } = await relaxedSolve(matrix, b, relaxations, {
          device,
          ...(start && { start }),
        });
        costs.push(...iterations);
        contexts.push(context);
        solution = solutions[actions >> 1];
        report.point("diffusivity", index, context);
        if (index % 50 === 0) report.progress(index, steps + 3, "heat equation");
        if (index % Math.ceil(steps / 4) === 0)
          reportTemperature(report, `temperature, step ${index}`, solution, intervals - 1);
      }
    } else {
      const systems = await randomSystems(samples, sequence === "low-variance" ? "low" : "high", key);
      for (const [index, system] of systems.entries()) {
        if (signal.aborted) break;
        costs.push(...(await costsOf(system, relaxations, { method: "sor", device })));
        contexts.push(system.context ?? 0);
        if (index % 20 === 0) report.progress(index, systems.length + 3, "systems");
      }
    }
    const table = { costs: Float64Array.from(costs), relaxations, contexts: Float64Array.from(contexts) };
    reportCosts(report, table);
    return { table, contexts: sequence === "heat" ? DIFFUSIVITIES : OFFSETS };
  });
}

/** Which system comes when. */
async function orderOf({ sequence, steps }: Parameters, { contexts }: CostTable, key: Key): Promise<Int32Array> {
  if (sequence === "heat") return Int32Array.from(contexts, (_, index) => index);
  return Int32Array.from(await uniformNumbers(child(key, 99), steps), (u) => Math.floor(u * contexts.length));
}

interface Comparators {
  readonly fixed: Float64Array;
  readonly best: number;
  readonly bestAction: number;
  readonly optimal: number;
  /** Cost of the best fixed parameter in the last fifth. */
  readonly lateBest: number;
  /** Costs of the best fixed parameter, and of the best of each, round by round. */
  readonly ofBest: Float64Array;
  readonly ofOptimal: Float64Array;
}

function comparators({ costs, relaxations }: CostTable, order: Int32Array): Comparators {
  const actions = relaxations.length;
  const rows = Array.from(order, (instance) => costs.subarray(instance * actions, (instance + 1) * actions));
  const fixed = Float64Array.from({ length: actions }, (_, action) => mean(rows.map((row) => row[action])));
  const best = Math.min(...fixed);
  const bestAction = fixed.indexOf(best);
  const ofOptimal = Float64Array.from(rows, (row) => Math.min(...row));
  const ofBest = Float64Array.from(rows, (row) => row[bestAction]);
  return { fixed, best, bestAction, optimal: mean(ofOptimal), lateBest: mean(lastFifth(ofBest)), ofBest, ofOptimal };
}

interface PolicyResult {
  readonly name: string;
  readonly mean: number;
  /** Standard error of the mean over seeds. */
  readonly error: number;
  readonly late: number;
  readonly microseconds: number;
}

interface RegretOptions {
  readonly order: Int32Array;
  readonly compared: Comparators;
  readonly seeds: number;
  readonly key: Key;
  readonly signal: AbortSignal;
}

/** Points of a regret curve. */
const CURVE_POINTS = 100;

/** Runs a policy with many seeds and draws its regret, with two standard errors to either side. */
async function regret(
  report: Report,
  policy: RelaxationPolicy<PolicyState>,
  table: CostTable,
  { order, compared, seeds, key, signal }: RegretOptions,
): Promise<PolicyResult> {
  const runs: Float64Array[] = [];
  let milliseconds = Number.POSITIVE_INFINITY;
  for (let seed = 0; seed < seeds && !(signal.aborted && runs.length > 1); seed++) {
    const draws = await uniformNumbers(child(key, seed), order.length);
    const start = performance.now();
    runs.push(playCosts(table, policy, order, draws));
    milliseconds = Math.min(milliseconds, performance.now() - start);
  }
  const every = Math.max(1, Math.floor(order.length / CURVE_POINTS));
  for (const [name, reference] of [
    ["the best fixed ω", compared.ofBest],
    ["the best ω of each", compared.ofOptimal],
  ] as const) {
    const sums = runs.map(() => 0);
    for (let round = 0; round < order.length; round++) {
      for (const [run, costs] of runs.entries()) sums[run] += costs[round] - reference[round];
      if (round % every !== every - 1) continue;
      const [middle, error] = [mean(sums), standardError(sums)];
      report.point(`regret of ${policy.name} against ${name}`, round + 1, middle);
      report.point(`regret of ${policy.name} against ${name}, plus two standard errors`, round + 1, middle + 2 * error);
      report.point(
        `regret of ${policy.name} against ${name}, minus two standard errors`,
        round + 1,
        middle - 2 * error,
      );
    }
  }
  const means = runs.map(mean);
  return {
    name: policy.name,
    mean: mean(means),
    error: standardError(means),
    late: mean(runs.map((costs) => mean(lastFifth(costs)))),
    microseconds: (milliseconds * 1000) / order.length,
  };
}

function reportTable(report: Report, { fixed, best, optimal }: Comparators, results: readonly PolicyResult[]): void {
  report.table(
    "mean iterations per system",
    [{ name: "parameter" }, { name: "iterations" }, { name: "± two standard errors" }, { name: "of the best fixed" }],
    [
      ["ω = 1", fixed[0], null, fixed[0] / best],
      ["best fixed ω", best, null, 1],
      ["best ω of each system", optimal, null, optimal / best],
      ...results.map(({ name, mean, error }) => [name, mean, 2 * error, mean / best]),
    ],
  );
}

/** Iterations over parameters and systems; random systems are put in the order of their contexts. */
function reportCosts(report: Report, { costs, relaxations, contexts }: CostTable): void {
  const actions = relaxations.length;
  const order = Array.from(contexts.keys());
  const isSequence = contexts.length > 1 && contexts[0] === 0;
  if (!isSequence) order.sort((a, b) => contexts[a] - contexts[b]);
  const columns = order.length;
  const values = Float64Array.from(
    { length: actions * columns },
    (_, at) => costs[order[at % columns] * actions + actions - 1 - Math.floor(at / columns)],
  );
  report.heatmap("iterations", {
    ...{ rows: actions, columns, values, scale: "log", rowLabel: "ω from 1.95 (top) to 1" },
    columnLabel: isSequence ? "step" : "system, by its context",
  });
}

function reportTemperature(report: Report, name: string, solution: Float64Array, edge: number): void {
  report.heatmap(name, { rows: edge, columns: edge, values: solution, rowLabel: "x", columnLabel: "y" });
}

function expectationsOf({ sequence, steps, intervals }: Parameters, { optimal, fixed }: Comparators): Expectation[] {
  const expectations = [atLeast("chebCbCost", optimal, "no policy beats the best parameter of each system")];
  if (sequence === "heat" && steps >= 500 && intervals === 25)
    expectations.push(
      atMost("tsallisRatio", 1.15, "heat equation, one period: 1995 iterations, the best fixed parameter 1875"),
      atMost("tsallisCost", fixed[0], "paper: better than the default ω = 1"),
    );
  if (sequence !== "heat" && steps >= 5000)
    expectations.push(
      atMost("tsallisRatio", 1.25, "paper: close to the best fixed parameter after 5000 systems"),
      atMost("tsallisCost", fixed[0] / 3, "paper: far better than Gauss–Seidel"),
    );
  if (sequence === "high-variance" && steps >= 3000)
    expectations.push(atMost("chebCbRatio", 0.85, "paper: the context beats any fixed parameter"));
  return expectations;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at];
  return sum / values.length;
}

function standardError(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1) / values.length);
}

function lastFifth(costs: Float64Array): Float64Array {
  return costs.subarray(Math.floor((4 * costs.length) / 5));
}
