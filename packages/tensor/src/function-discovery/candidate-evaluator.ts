import type { Key } from "../random/key.ts";
import { RandomStream } from "../random/stream.ts";
import { type CoefficientRule, startingCoefficients } from "./coefficients.ts";
import type { Samples } from "./error-measure.ts";
import type { Arithmetic } from "./evaluate.ts";
import { evolutionStrategy } from "./evolution-strategy.ts";
import { timePrograms } from "./kernel-time.ts";
import { FULL_STAGES, LeastSquaresFit, QUICK_STAGES } from "./least-squares.ts";
import { coefficientsOf, type Program, withCoefficients } from "./program.ts";
import { type ErrorFunction, ProgramMemory } from "./program-memory.ts";
import { neighbour, roundTo } from "./rounding.ts";

/**
 * How coefficients are fitted:
 * - `"least-squares"`: Levenberg–Marquardt from several starts, then norms of growing power: thousands of programs per second;
 * - `"evolution-strategy"`: CMA-ES, as in the paper: some ten programs per second.
 */
export type FitRule =
  | { readonly method: "least-squares"; readonly starts: number }
  | {
      readonly method: "evolution-strategy";
      readonly populationSize: number;
      readonly initialStep: number;
      readonly maximumGenerations: number;
      readonly parametrisation: "linear" | "log-magnitude";
      /** Generations after which a candidate must have taken its hurdle. */
      readonly hurdleGenerations: number;
    };

/** Everything that an evaluation depends on besides the candidate. Plain data, for workers. */
export interface EvaluationSettings {
  readonly arithmetic: Arithmetic;
  readonly coefficients: CoefficientRule;
  readonly fit: FitRule;
  /** Steps of the search among neighbouring numbers of the format, for formats narrower than float64; per coefficient, to either side. */
  readonly roundingSearch: number;
  /** Whether programs that have taken their hurdle are timed beside the reference. */
  readonly timeAgainst: Program | null;
  /** What coefficients are fitted on, and what the error is measured on that counts. */
  readonly training: Samples;
  readonly validation: Samples;
  /** What rounded coefficients are chosen on; null over the reals. */
  readonly rounding: Samples | null;
}

export interface Candidate {
  readonly program: Program;
  /** Of the random numbers of its fit. */
  readonly key: Key;
  /** An error that a first, cheap fit must come below to be followed by the whole one. */
  readonly hurdle: number;
}

export interface Evaluation {
  readonly coefficients: number[];
  /** On validation samples: the reported one; on training samples where the hurdle was not taken. Infinite where a value is none. */
  readonly error: number;
  readonly trainingError: number;
  /** Whether the candidate has taken its hurdle and was fitted to the end. */
  readonly tookHurdle: boolean;
  /** Kernel time over that of the reference, where that was asked for and the hurdle taken. */
  readonly relativeTime?: number;
  /** Programs with one set of coefficients at one sample, computed for this. */
  readonly programValues: number;
}

/** Fits and measures candidates. The result depends on the candidate and the settings alone. */
export class CandidateEvaluator {
  readonly #settings: EvaluationSettings;
  readonly #memory: ProgramMemory;
  readonly #training: ReturnType<ProgramMemory["load"]>;
  readonly #validation: ReturnType<ProgramMemory["load"]>;
  readonly #rounding: ReturnType<ProgramMemory["load"]> | null;

  constructor(settings: EvaluationSettings) {
    this.#settings = settings;
    this.#memory = new ProgramMemory(settings.arithmetic);
    this.#training = this.#memory.load(settings.training);
    this.#validation = this.#memory.load(settings.validation);
    this.#rounding = settings.rounding && this.#memory.load(settings.rounding);
  }

  /** On validation samples; infinite where a value is none. */
  errorOf(program: Program): number {
    return finite(this.#memory.compile(program)(this.#validation)(coefficientsOf(program), 1)[0]);
  }

  evaluate({ program, key, hurdle }: Candidate): Evaluation {
    const { fit, coefficients: rule, training, validation, arithmetic, timeAgainst } = this.#settings;
    const random = new RandomStream(key);
    const carried = coefficientsOf(program);
    const compile = once(() => this.#memory.compile(program));
    const trainingErrors: ErrorFunction = (coefficients, sets) => compile()(this.#training)(coefficients, sets);
    const fitted =
      fit.method === "least-squares"
        ? fitBySquares(new LeastSquaresFit(program, training), carried, { starts: fit.starts, rule, random, hurdle })
        : fitByStrategy(trainingErrors, startingCoefficients(carried, rule, random), { fit, random, hurdle });
    const { tookHurdle, error: trainingError } = fitted;
    let programValues = fitted.evaluations * training.x.length;
    // Whoever stays behind is good for a parent at most: nobody asks for more digits of its error.
    if (!tookHurdle) return { ...fitted, trainingError, programValues };
    let { coefficients } = fitted;
    if (this.#rounding) {
      const searched = searchNeighbours(compile()(this.#rounding), coefficients, this.#settings);
      coefficients = searched.coefficients;
      programValues += searched.evaluations * this.#rounding.samples.x.length;
    }
    const error = finite(compile()(this.#validation)(coefficients, 1)[0]);
    programValues += validation.x.length;
    const evaluation = { coefficients, error, trainingError, tookHurdle, programValues };
    if (!timeAgainst) return evaluation;
    const own = withCoefficients(program, coefficients);
    return { ...evaluation, relativeTime: timePrograms([own, timeAgainst], arithmetic.format)[0].relative };
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

function finite(error: number): number {
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

interface Fitted {
  readonly coefficients: number[];
  /** On the training samples, over the reals where it comes from least squares. */
  readonly error: number;
  readonly tookHurdle: boolean;
  readonly evaluations: number;
}

/** From what the program carries and from new draws: the best of the quick fits goes on. */
function fitBySquares(
  fit: LeastSquaresFit,
  carried: readonly number[],
  given: { starts: number; rule: CoefficientRule; random: RandomStream; hurdle: number },
): Fitted {
  const { starts, rule, random, hurdle } = given;
  const anew = { ...rule, kind: "non-anchored" } as const;
  let best = fit.fit(startingCoefficients(carried, rule, random), QUICK_STAGES);
  let evaluations = best.steps + 1;
  for (let start = 1; start < starts && carried.length > 0; start++) {
    const other = fit.fit(startingCoefficients(carried, anew, random), QUICK_STAGES);
    evaluations += other.steps + 1;
    if (other.error < best.error) best = other;
  }
  const tookHurdle = best.error < hurdle;
  if (!tookHurdle || carried.length === 0) return { ...best, tookHurdle, evaluations };
  const full = fit.fit(best.coefficients, FULL_STAGES);
  return { ...(full.error < best.error ? full : best), tookHurdle, evaluations: evaluations + full.steps + 1 };
}

function fitByStrategy(
  errors: ErrorFunction,
  start: readonly number[],
  given: { fit: Extract<FitRule, { method: "evolution-strategy" }>; random: RandomStream; hurdle: number },
): Fitted {
  const { fit, random, hurdle } = given;
  const result = evolutionStrategy(errors, start, random, {
    ...fit,
    proceed: (generation, best) => generation !== fit.hurdleGenerations || best < hurdle,
  });
  return {
    coefficients: result.point,
    error: result.value,
    tookHurdle: result.reason !== "stopped" && result.value < hurdle,
    evaluations: result.generations * fit.populationSize + 1,
  };
}

/**
 * Rounds coefficients to the format, then moves one at a time to the best of its neighbours until none is better: what is best over the reals is not best once
 * every operation rounds.
 */
function searchNeighbours(
  errors: ErrorFunction,
  coefficients: readonly number[],
  { arithmetic: { format }, roundingSearch }: Pick<EvaluationSettings, "arithmetic" | "roundingSearch">,
): { coefficients: number[]; error: number; evaluations: number } {
  let best = coefficients.map((value) => roundTo(format, value));
  let error = errors(best, 1)[0];
  let evaluations = 1;
  const offsets = Array.from({ length: roundingSearch }, (_, k) => [k + 1, -k - 1]).flat();
  for (let improved = roundingSearch > 0; improved; ) {
    improved = false;
    for (const [place, value] of best.entries()) {
      const sets = offsets.map((steps) =>
        best.map((each, k) => (k === place ? neighbour(format, value, steps) : each)),
      );
      const found = errors(sets.flat(), sets.length);
      evaluations += sets.length;
      for (const [index, each] of found.entries())
        if (each < error || Number.isNaN(error)) [best, error, improved] = [sets[index], each, true];
    }
  }
  return { coefficients: best, error, evaluations };
}

/** Evaluation as the task of a pool. */
export function evaluationRunner(settings: EvaluationSettings): (candidate: Candidate) => Evaluation {
  const evaluator = new CandidateEvaluator(settings);
  return (candidate) => evaluator.evaluate(candidate);
}
