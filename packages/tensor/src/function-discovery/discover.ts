import { InvalidInputError } from "../errors.ts";
import { child, type Key, key as rootKey } from "../random/key.ts";
import { RandomStream } from "../random/stream.ts";
import { TaskPool } from "../task-pool/index.ts";
import { CandidateEvaluator, type EvaluationSettings, type FitRule } from "./candidate-evaluator.ts";
import type { CoefficientRule } from "./coefficients.ts";
import {
  chebyshevSpaced,
  checkMeasure,
  type ErrorMeasure,
  equallySpaced,
  type Samples,
  sample,
} from "./error-measure.ts";
import type { Arithmetic } from "./evaluate.ts";
import { evaluationPool } from "./evaluation-pool.ts";
import { timePrograms } from "./kernel-time.ts";
import { LeastSquaresFit } from "./least-squares.ts";
import type { SelectionOptions } from "./pareto.ts";
import {
  checkProgram,
  coefficientsOf,
  countOperations,
  identity,
  LEAVES,
  type Leaf,
  OPERATIONS,
  type Operation,
  type Program,
  printProgram,
  withCoefficients,
} from "./program.ts";
import { checkFormat, type Format, roundTo } from "./rounding.ts";
import {
  advance,
  type CostRule,
  initialSearch,
  type Member,
  nextCandidates,
  paretoFront,
  type SearchRules,
  type SearchState,
} from "./search.ts";
import { checkTarget, type Target } from "./targets.ts";

/** @see discoverFunction */
export interface DiscoveryOptions {
  /** What programs are made of; `"coefficient"` is a number to be fitted. Default add, multiply and coefficient. */
  readonly operations?: readonly (Operation | Leaf)[];
  /** What every operation rounds to. Default float64, which stands for the reals. */
  readonly format?: Format;
  /** Programs that evolution starts from. Default (the paper's) the identity, f(x) = x; give others to have them improved. */
  readonly initial?: readonly Program[];
  /** Whether `fma` rounds once. `"fused"` is computed in plain TypeScript, much slower. Default `"separate"`. */
  readonly fma?: Arithmetic["fma"];
  /** Default relative; for narrower formats units in the last place. */
  readonly measure?: ErrorMeasure;
  /** Default operations that depend on x. */
  readonly cost?: CostRule;
  /** Operations beyond which no program grows. Default 10. */
  readonly maximumOperations?: number;
  /** Default 200. The paper's demonstration: unlimited. */
  readonly maximumGenerations?: number;
  /**
   * Whether, before a fit, subexpressions of coefficients alone become one coefficient and every use of a coefficient one of its own, which costs no operation.
   * Default true; the paper's search leaves them tied.
   */
  readonly freeCoefficients?: boolean;
  /** Programs that are selected in a generation. Default 100 (the paper: 100 to 1000, its demonstration 5). */
  readonly parents?: number;
  /** Programs that are made of them. Default 200 (the paper: twice the parents). */
  readonly children?: number;
  /** Whether parents compete with their children. Default true; the paper's demonstration: false. */
  readonly elitism?: boolean;
  /** Share of children that are their parent, fitted anew. Default 0.1; the paper's demonstration: 0.5. */
  readonly identityRate?: number;
  /**
   * A first, cheap fit may be so many times worse than the best known program of no higher cost for the whole fit to follow. Default 3: least squares on
   * samples that are dense at the ends come that close to the least of largest errors. Evolution strategies need more, 10 and above.
   */
  readonly hurdle?: number;
  /** Bands of quality and of 1/cost that are selected, and whether uncrowded programs go first within a front. Default no bands, crowding. */
  readonly selection?: Partial<SelectionOptions>;
  /** Where fits start. Default Lamarckian, over two decades. */
  readonly coefficients?: Partial<CoefficientRule>;
  /** How coefficients are fitted. Default least squares from two starts; the paper: `{ method: "evolution-strategy" }`. */
  readonly fit?:
    | { readonly method: "least-squares"; readonly starts?: number }
    | ({ readonly method: "evolution-strategy" } & Partial<Extract<FitRule, { method: "evolution-strategy" }>>);
  /** Numbers of the format to either side that are tried for each rounded coefficient. Default 4; 0 for float64. */
  readonly roundingSearch?: number;
  /** Samples that they are tried on: the more, the closer to the worst of all numbers. Default 4096, equally spaced. */
  readonly roundingSamples?: number;
  /** Samples that coefficients are fitted on. Default 64, dense at the ends; 1024 equally spaced for the evolution strategy (the paper). */
  readonly trainingSamples?: number;
  /** Random samples that the reported error is measured on. Default 10 000 (the paper). */
  readonly validationSamples?: number;
  /** Threads that evaluate programs; the result does not depend on it, unless the cost is a time. Default all of this machine; 1 is the calling thread. */
  readonly threads?: number;
  /** Default `key(0)`. */
  readonly key?: Key;
  /** Goes on from where another search with the same options was. */
  readonly resume?: SearchState;
  /** Stops after the candidates that are being evaluated; what has been found is returned. */
  readonly signal?: AbortSignal;
  /** Called after every generation. */
  readonly onProgress?: (progress: DiscoveryProgress) => void;
}

export interface DiscoveryProgress {
  readonly state: SearchState;
  readonly seconds: number;
}

/** A program of the front, with its coefficients at their best. */
export interface DiscoveredProgram {
  readonly program: Program;
  /** As an expression. */
  readonly code: string;
  /** Operations whose value depends on x. */
  readonly operations: number;
  readonly cost: number;
  /** In the chosen measure, on the validation samples. */
  readonly error: number;
}

export interface DiscoveryResult {
  /** None is both cheaper and better than another; cheapest first. */
  readonly front: readonly DiscoveredProgram[];
  readonly reason: "generation-limit" | "aborted";
  /** What to do about it. */
  readonly remedy: string;
  /** The smallest error at each cost, after each generation. */
  readonly history: readonly { readonly generation: number; readonly errors: Readonly<Record<string, number>> }[];
  /** To go on from, or to save. */
  readonly state: SearchState;
  readonly statistics: { readonly candidates: number; readonly programValues: number; readonly seconds: number };
}

const REMEDIES: Readonly<Record<DiscoveryResult["reason"], string>> = {
  "generation-limit":
    "Programs may become better yet: go on with `resume: result.state` and a larger maximumGenerations.",
  aborted: "The search was stopped from outside: go on with `resume: result.state`.",
};

/**
 * Evolves programs of few operations that approximate a function: AutoNumerics-Zero. Starting from f(x) = x, programs are mutated, their coefficients fitted, and those
 * selected that no other beats in both accuracy and cost.
 *
 * The same key gives the same front whatever the number of threads; with the cost being a measured time it does not. A search over the reals is in float64, whose
 * rounding limits errors to some 10⁻¹⁵.
 *
 * @throws InvalidInputError naming the argument at fault: an interval that is none, a function that is not finite on it, no operations, numbers out of range.
 *
 * Source: "AutoNumerics-Zero: Automated Discovery of State-of-the-Art Mathematical Functions". The fit by least squares and the neighbourhood search of rounded
 * coefficients are additions; `fit: { method: "evolution-strategy" }` fits as the paper does.
 */
export async function discoverFunction(target: Target, options: DiscoveryOptions = {}): Promise<DiscoveryResult> {
  checkTarget("target", target);
  const rules = searchRules(options);
  const { maximumGenerations = 200, threads = TaskPool.available(), signal, onProgress, resume } = options;
  checkCount("options.maximumGenerations", maximumGenerations, 0);
  checkCount("options.threads", threads, 1);
  const key = resume?.key ?? options.key ?? rootKey(0);
  const settings = evaluationSettings(target, options, key);
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const history: DiscoveryResult["history"][number][] = [];
  let state = resume ?? initialSearch(key);
  {
    using pool = evaluationPool(settings, threads);
    while (state.generation < maximumGenerations && !signal?.aborted) {
      const candidates = nextCandidates(state, rules);
      const evaluations = await pool.run(candidates, signal);
      if (!evaluations) break;
      state = advance(state, candidates, evaluations, rules);
      const errors = Object.fromEntries(state.front.map(({ cost, error }) => [String(cost), error]));
      history.push({ generation: state.generation, errors });
      onProgress?.({ state, seconds: seconds() });
    }
  }
  const reason = state.generation < maximumGenerations ? "aborted" : "generation-limit";
  const polished = state.front.map((member) => polish(member, target, settings, options));
  const front = paretoFront(
    rules.cost.kind === "time" ? timedAgain(polished, rules.cost.reference, settings) : polished,
  ).map(({ program, cost, error }) => ({
    ...{ program, cost, error },
    ...{ code: printProgram(program), operations: countOperations(program) },
  }));
  const { candidates, programValues } = state;
  const statistics = { candidates, programValues, seconds: seconds() };
  return { front, reason, remedy: REMEDIES[reason], history, state, statistics };
}

/** Dense enough, and the norm's power high enough, that the largest error is within a percent of the least possible. */
const POLISH_SAMPLES = 257;
const POLISH_STAGES = [64, 128, 256, 512, 1024].map((power) => ({ power, steps: 8 }));

/** Over the reals: fits the coefficients once more, to the largest error on more samples. */
function polish(member: Member, target: Target, settings: EvaluationSettings, options: DiscoveryOptions): Member {
  if (settings.arithmetic.format !== "float64") return member;
  const measure = measureOf(options);
  const dense = sample(target, chebyshevSpaced(target.interval, POLISH_SAMPLES), measure);
  const start = coefficientsOf(member.program);
  const { coefficients } = new LeastSquaresFit(member.program, dense).fit(start, POLISH_STAGES);
  const program = withCoefficients(member.program, coefficients);
  const error = new CandidateEvaluator(settings).errorOf(program);
  return error < member.error ? { ...member, program, error } : member;
}

/**
 * The least of thousands of noisy times is noise above all. So those that are reported are measured again, all in turn, when the threads are gone.
 */
function timedAgain(members: readonly Member[], reference: Program, { arithmetic }: EvaluationSettings): Member[] {
  const times = timePrograms([...members.map(({ program }) => program), reference], arithmetic.format, {
    batches: 100,
  });
  return members.map((member, index) => ({ ...member, cost: times[index].relative }));
}

function measureOf({ measure, format = "float64" }: DiscoveryOptions): ErrorMeasure {
  return measure ?? (format === "float64" ? { kind: "relative" } : { kind: "ulp", format });
}

function evaluationSettings(target: Target, options: DiscoveryOptions, key: Key): EvaluationSettings {
  const { format = "float64", fma = "separate", cost } = options;
  checkFormat("options.format", format);
  const measure = measureOf(options);
  checkMeasure("options.measure", measure);
  const fit = fitRule(options.fit);
  const isStrategy = fit.method === "evolution-strategy";
  const { trainingSamples = isStrategy ? 1024 : 64, validationSamples = 10_000, roundingSearch = 4 } = options;
  checkCount("options.trainingSamples", trainingSamples, 2);
  checkCount("options.validationSamples", validationSamples, 1);
  const { roundingSamples = 4096 } = options;
  checkCount("options.roundingSearch", roundingSearch, 0);
  checkCount("options.roundingSamples", roundingSamples, 2);
  const [lowest, highest] = target.interval;
  // A stream that no generation has.
  const random = new RandomStream(child(key, 2 ** 32 - 1));
  const drawn = Float64Array.from({ length: validationSamples }, () => lowest + (highest - lowest) * random.uniform());
  const spaced = (isStrategy ? equallySpaced : chebyshevSpaced)(target.interval, trainingSamples);
  const rounded = (x: Float64Array): Samples =>
    sample(
      target,
      x.map((each) => roundTo(format, each)),
      measure,
    );
  return {
    ...{ arithmetic: { format, fma }, coefficients: coefficientRule(options), fit },
    roundingSearch: format === "float64" ? 0 : roundingSearch,
    timeAgainst: cost?.kind === "time" ? cost.reference : null,
    ...{ training: rounded(spaced), validation: rounded(drawn) },
    rounding: format === "float64" ? null : rounded(equallySpaced(target.interval, roundingSamples)),
  };
}

function searchRules(options: DiscoveryOptions): SearchRules {
  const { operations = ["add", "multiply", "coefficient"], maximumOperations = 10, cost } = options;
  const known: readonly string[] = [...OPERATIONS, ...LEAVES];
  if (operations.length === 0 || operations.some((each) => !known.includes(each)))
    throw new InvalidInputError("options.operations", `some of ${known.join(", ")}`, operations);
  if (operations.every((each) => (LEAVES as readonly string[]).includes(each)))
    throw new InvalidInputError("options.operations", `one of ${OPERATIONS.join(", ")} among them`, operations);
  if (cost?.kind === "time") checkProgram("options.cost.reference", cost.reference);
  const { parents = 100, children = 2 * parents, elitism = true, identityRate = 0.1, hurdle = 3 } = options;
  const { freeCoefficients = true, initial = [identity] } = options;
  if (initial.length === 0) throw new InvalidInputError("options.initial", "at least one program", initial);
  for (const [index, program] of initial.entries()) checkProgram(`options.initial[${index}]`, program);
  checkCount("options.maximumOperations", maximumOperations, 1);
  checkCount("options.parents", parents, 1);
  checkCount("options.children", children, 1);
  checkShare("options.identityRate", identityRate);
  if (!(hurdle >= 1)) throw new InvalidInputError("options.hurdle", "a number ≥ 1", hurdle);
  return {
    ...{ operations, coefficients: coefficientRule(options), cost: cost ?? { kind: "operations" }, maximumOperations },
    ...{ initial, freeCoefficients, parents, children, elitism, identityRate, hurdle },
    selection: { crowding: true, ...options.selection },
  };
}

function coefficientRule({ coefficients }: DiscoveryOptions): CoefficientRule {
  const rule = { kind: "lamarckian", scale: 2, anchorMutation: 0.5, ...coefficients } as const;
  if (!["non-anchored", "anchored", "lamarckian"].includes(rule.kind))
    throw new InvalidInputError("options.coefficients.kind", '"non-anchored", "anchored" or "lamarckian"', rule.kind);
  if (!(rule.scale >= 0 && rule.scale <= 300))
    throw new InvalidInputError("options.coefficients.scale", "a number in [0, 300]", rule.scale);
  if (!(rule.anchorMutation >= 0 && rule.anchorMutation < Number.POSITIVE_INFINITY))
    throw new InvalidInputError("options.coefficients.anchorMutation", "a number ≥ 0", rule.anchorMutation);
  return rule;
}

function fitRule(fit: DiscoveryOptions["fit"] = { method: "least-squares" }): FitRule {
  if (fit.method === "least-squares") {
    const { starts = 2 } = fit;
    checkCount("options.fit.starts", starts, 1);
    return { method: "least-squares", starts };
  }
  if (fit.method !== "evolution-strategy")
    throw new InvalidInputError("options.fit.method", '"least-squares" or "evolution-strategy"', fit);
  const rule: FitRule = {
    ...{ populationSize: 128, initialStep: 0.1, maximumGenerations: 10_000, parametrisation: "linear" },
    ...{ hurdleGenerations: 50, ...fit },
  };
  checkCount("options.fit.populationSize", rule.populationSize, 2);
  checkCount("options.fit.maximumGenerations", rule.maximumGenerations, 1);
  checkCount("options.fit.hurdleGenerations", rule.hurdleGenerations, 1);
  if (!(rule.initialStep > 0 && rule.initialStep < Number.POSITIVE_INFINITY))
    throw new InvalidInputError("options.fit.initialStep", "a positive number", rule.initialStep);
  if (!["linear", "log-magnitude"].includes(rule.parametrisation))
    throw new InvalidInputError("options.fit.parametrisation", '"linear" or "log-magnitude"', rule.parametrisation);
  return rule;
}

function checkCount(argument: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) throw new InvalidInputError(argument, `an integer ≥ ${least}`, value);
}

function checkShare(argument: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new InvalidInputError(argument, "a number in [0, 1]", value);
}
