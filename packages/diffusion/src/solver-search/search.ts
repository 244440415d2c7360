import { child, type Device, InvalidInputError, type Key, RandomStream } from "@ansatz/tensor";
import { empiricalGenomes } from "./empirical-schedules.ts";
import type { SolverGenome } from "./genome.ts";
import { kendallTau, type Measured, type PredictorOptions, trainPredictor } from "./predictor.ts";
import type { Probes } from "./probes.ts";
import type { SolverProblem } from "./problem.ts";
import { checkGenome } from "./validate-genome.ts";
import { crossed, mutated, type SearchSpace, stageSpace, type VariationRules, WHOLE_SPACE } from "./variation.ts";

/** Rules of a search. */
export interface SearchRules {
  /** Evaluations of the model that solvers spend. */
  readonly evaluations: number;
  /** `"predictor"`: stages that measure what the predictor likes best; `"evolution"`: children of the best are measured themselves. */
  readonly strategy: "predictor" | "evolution";
  /** Solvers that are measured before the last comparison. */
  readonly budget: number;
  /** Stages, S. */
  readonly stages: number;
  /** Solvers that are parents, P. */
  readonly parents: number;
  /** Candidates that the predictor sees in a stage, and the generations they come in. */
  readonly candidates: number;
  readonly generations: number;
  /** Share of measured candidates that are drawn at random. */
  readonly exploration: number;
  readonly crossoverRate: number;
  readonly mutationRate: number;
  /** Spread of a moved time in parts of its gap. */
  readonly timeSpread: number;
  readonly predictor: PredictorOptions;
  readonly space?: SearchSpace;
}

/** A stage as it went. */
export interface StageRecord {
  readonly stage: number;
  readonly measured: number;
  readonly bestQuality: number;
  /** Kendall's τ between predicted and true qualities of what the stage measured, foretold before it was measured; null without a predictor, or where all are alike. */
  readonly rankCorrelation: number | null;
}

/** Where a search stands. Plain data: whoever saves it can go on from it. */
export interface SolverSearchState {
  readonly key: Key;
  /** Of what is pending; 0 is the first population. */
  readonly stage: number;
  readonly measured: readonly Measured[];
  /** Candidates of the stage that are not measured yet, and what the predictor said of all of the stage's. */
  readonly pending: readonly SolverGenome[];
  readonly predicted: readonly number[] | null;
  readonly records: readonly StageRecord[];
}

/** The first population: solvers made by hand on four grids, and mutations of them where the budget asks for more. */
export function initialSearch(key: Key, problem: SolverProblem, rules: SearchRules): SolverSearchState {
  const { schedule, statistics } = problem;
  const known = empiricalGenomes({ schedule, evaluations: rules.evaluations, statistics: statistics !== undefined });
  const pending = known.slice(0, rules.budget);
  return { key, stage: 0, measured: [], pending, predicted: null, records: [] };
}

/** With the qualities of the first of the pending candidates; at the end of a stage with its record. */
export function withQualities(state: SolverSearchState, qualities: readonly number[]): SolverSearchState {
  const { stage, predicted } = state;
  const now = state.pending.slice(0, qualities.length);
  const measured = [...state.measured, ...now.map((genome, index) => ({ genome, quality: qualities[index] }))];
  const pending = state.pending.slice(qualities.length);
  if (pending.length > 0) return { ...state, measured, pending };
  const own = predicted ? measured.slice(-predicted.length) : [];
  const tau = predicted
    ? kendallTau(
        predicted,
        own.map(({ quality }) => quality),
      )
    : Number.NaN;
  const record: StageRecord = {
    ...{ stage, measured: measured.length, bestQuality: Math.min(...measured.map(({ quality }) => quality)) },
    rankCorrelation: Number.isNaN(tau) ? null : tau,
  };
  return { ...state, measured, pending, records: [...state.records, record] };
}

export function isFinished({ pending, stage, measured }: SolverSearchState, rules: SearchRules): boolean {
  return pending.length === 0 && (stage >= stagesOf(rules) || measured.length >= rules.budget);
}

/** Stream of the key that candidates come from. */
const SEARCH_STREAM = 0;

/** Children that plain evolution measures at a time. */
const EVOLUTION_BATCH = 5;

function stagesOf({ strategy, stages }: SearchRules): number {
  return strategy === "predictor" ? stages : Number.POSITIVE_INFINITY;
}

/** The candidates of the next stage. */
export async function nextStage(
  state: SolverSearchState,
  problem: SolverProblem,
  rules: SearchRules,
  { device, probes }: { readonly device: Device; readonly probes: Probes },
): Promise<SolverSearchState> {
  const stage = state.stage + 1;
  const key = child(child(state.key, SEARCH_STREAM), stage);
  const left = rules.budget - state.measured.length;
  if (rules.strategy === "evolution") {
    const random = new RandomStream(child(key, 0));
    const count = Math.min(EVOLUTION_BATCH, left);
    const pool = new CandidatePool(state.measured, variationRules(problem, rules, rules.space ?? WHOLE_SPACE));
    const parents = bestOf(state.measured, rules.parents);
    const pending = pool.children(parents, count, random, rules);
    return { ...state, stage, pending, predicted: null };
  }
  const count = Math.ceil(left / (rules.stages - state.stage));
  using predictor = await trainPredictor(
    state.measured,
    { schedule: problem.schedule, probes },
    {
      ...rules.predictor,
      ...{ key: child(key, 1), device },
    },
  );
  const random = new RandomStream(child(key, 0));
  const pool = new CandidatePool(state.measured, variationRules(problem, rules, rules.space ?? stageSpace(stage)));
  const exploring = Math.round(rules.exploration * count);
  const start = bestOf(state.measured, rules.parents);
  let parents = start;
  let best: { readonly genome: SolverGenome; readonly score: number }[] = [];
  for (let generation = 0; generation < rules.generations; generation++) {
    const children = pool.children(parents, Math.ceil(rules.candidates / rules.generations), random, rules);
    const scores = await predictor.predict(children);
    best = [...best, ...children.map((genome, index) => ({ genome, score: scores[index] }))]
      .sort((a, b) => a.score - b.score)
      .slice(0, Math.max(count, rules.parents));
    parents = [...start, ...best.slice(0, rules.parents).map(({ genome }) => genome)];
  }
  const chosen = best.slice(0, count - exploring).map(({ genome }) => genome);
  const pending = [...chosen, ...pool.children(start, exploring, random, rules)];
  return { ...state, stage, pending, predicted: Array.from(await predictor.predict(pending)) };
}

function variationRules(problem: SolverProblem, rules: SearchRules, space: SearchSpace): VariationRules {
  const { schedule, dataMean } = problem;
  const { evaluations, mutationRate, timeSpread } = rules;
  return {
    ...{ schedule, evaluations, mutationRate, timeSpread, space, statistics: problem.statistics !== undefined },
    ...(dataMean !== undefined && { dataMean }),
  };
}

/** The best, each once. */
export function bestOf(measured: readonly Measured[], count: number): SolverGenome[] {
  return ranked(measured)
    .slice(0, count)
    .map(({ genome }) => genome);
}

export function ranked(measured: readonly Measured[]): Measured[] {
  return [...measured].sort((a, b) => (a.quality === b.quality ? 0 : a.quality - b.quality));
}

/** Makes candidates, never one twice. */
class CandidatePool {
  readonly #known: Set<string>;
  readonly #rules: VariationRules;

  constructor(measured: readonly Measured[], rules: VariationRules) {
    this.#known = new Set(measured.map(({ genome }) => fingerprint(genome)));
    this.#rules = rules;
  }

  /** Each from a parent or two, always mutated. */
  children(
    parents: readonly SolverGenome[],
    count: number,
    random: RandomStream,
    { crossoverRate }: Pick<SearchRules, "crossoverRate">,
  ): SolverGenome[] {
    return Array.from({ length: count }, () => {
      for (;;) {
        const parent = random.pick(parents);
        const isCrossed = random.uniform() < crossoverRate;
        const both = isCrossed ? crossed(parent, random.pick(parents), random, this.#rules) : null;
        const own = mutated(both ?? parent, random, this.#rules);
        const print = fingerprint(own);
        if (this.#known.has(print)) continue;
        this.#known.add(print);
        return own;
      }
    });
  }
}

function fingerprint({ times, steps, analyticalFirstStep }: SolverGenome): string {
  return JSON.stringify([times, steps, analyticalFirstStep]);
}

const FORMAT = "ansatz solver search";
const VERSION = 1;

/** Where a search stands as the text of a file. */
export function encodeSolverSearch(state: SolverSearchState): string {
  return JSON.stringify({ format: FORMAT, version: VERSION, ...state }, (_, value) =>
    value === Number.POSITIVE_INFINITY ? "Infinity" : value,
  );
}

/** @throws InvalidInputError unless the text is that of `encodeSolverSearch`. */
export function decodeSolverSearch(text: string): SolverSearchState {
  const refuse = () => new InvalidInputError("text", "a search as encodeSolverSearch writes it", text);
  let decoded: SolverSearchState & { readonly format?: unknown; readonly version?: unknown };
  try {
    decoded = JSON.parse(text, (_, value) => (value === "Infinity" ? Number.POSITIVE_INFINITY : value));
  } catch {
    throw refuse();
  }
  const { format, version, ...state } = decoded ?? {};
  if (format !== FORMAT || version !== VERSION || !Array.isArray(state.measured) || !Array.isArray(state.pending))
    throw refuse();
  for (const [index, { genome }] of state.measured.entries()) checkGenome(genome, `text.measured[${index}].genome`);
  for (const [index, genome] of state.pending.entries()) checkGenome(genome, `text.pending[${index}]`);
  return state;
}
