/** What the first line of a file of a solver says. */
export const GENOME_FORMAT = "ansatz diffusion solver";
export const GENOME_VERSION = 1;

/** Points of the past that one update sees at most: its start, and three others. */
export const MOST_ACTIVE = 3;
export const HIGHEST_ORDER = 4;

/**
 * Factor 1 + O(h) on the first derivative's term, h being the step in λ (−h unless in noise prediction).
 *
 * - `"none"`: 1.
 * - `"dpm-2"`: ½h(e^h − 1)/(e^h − 1 − h), of DPM-Solver-2, DPM-Solver++(2M) and UniPC's B₂ (bh2).
 * - `"bh1"`: ½h²/(e^h − 1 − h), UniPC's B₁.
 * - `"half-exponential"`, `"minus-half-exponential"`: 1 ± ½(e^h − 1).
 * - `{ linear: c }`: 1 + c·h with the step itself in every prediction, |c| ≤ 1.
 */
export type DerivativeScaling =
  | "none"
  | "dpm-2"
  | "bh1"
  | "half-exponential"
  | "minus-half-exponential"
  | { readonly linear: number };

export const NAMED_SCALINGS = ["none", "dpm-2", "bh1", "half-exponential", "minus-half-exponential"] as const;

/** One exponential-integrator update. Points are counted from the newest evaluated one, −1, back. */
export interface GenomeUpdate {
  /** The point it starts from: −1 as multistep methods do, −2 and −3 as the later stages of singlestep methods. */
  readonly start: number;
  /** Terms of the Taylor expansion: 1 … 4. */
  readonly order: number;
  /** Other points whose differences from the start give the derivatives: at least order − 1 of them, at most three. */
  readonly active: readonly number[];
  /** `"full"`: every derivative from all active points; `"low"`: the k-th from the first k. */
  readonly derivatives: "full" | "low";
  readonly scaling: DerivativeScaling;
}

/** Corrects the state with the evaluation at the predicted state; `"implicit"` evaluates once more there, `"pseudo"` keeps what it has. */
export interface GenomeCorrector extends GenomeUpdate {
  readonly kind: "pseudo" | "implicit";
}

/**
 * What a step expands: predicted noise, predicted data, or what the model's statistics leave of it (the prediction of DPM-Solver-v3, which wants statistics beside the genome).
 */
export type GenomePrediction = "noise" | "data" | "statistics";

export const GENOME_PREDICTIONS = ["noise", "data", "statistics"] as const satisfies readonly GenomePrediction[];

/** From one time to the next. */
export interface GenomeStep extends GenomeUpdate {
  readonly prediction: GenomePrediction;
  /** In the same prediction; point −1 is the predicted one. None in the last step. */
  readonly corrector: GenomeCorrector | null;
}

/** What is taken for the first evaluation without asking the model: nothing, or the data's mean in place of x₀. */
export type AnalyticalFirstStep = "none" | { readonly dataMean: number | readonly number[] };

/** A solver as data: the sampler of a unified framework in which every ingredient may differ from step to step. JSON. */
export interface SolverGenome {
  readonly format: typeof GENOME_FORMAT;
  readonly version: typeof GENOME_VERSION;
  /** Evaluations of the model: steps, less the analytical first step, plus implicit correctors. */
  readonly evaluations: number;
  readonly analyticalFirstStep: AnalyticalFirstStep;
  /** steps + 1 of them, falling: where sampling starts, and where each step ends. */
  readonly times: readonly number[];
  readonly steps: readonly GenomeStep[];
  /** Where it comes from. */
  readonly name?: string;
}

/** The evaluations that steps cost. */
export function evaluationsOf({ steps, analyticalFirstStep }: Pick<SolverGenome, "steps" | "analyticalFirstStep">) {
  const implicit = steps.filter(({ corrector }) => corrector?.kind === "implicit").length;
  return steps.length - (analyticalFirstStep === "none" ? 0 : 1) + implicit;
}

/** A genome with its evaluations counted. */
export function genomeOf(given: Omit<SolverGenome, "format" | "version" | "evaluations">): SolverGenome {
  return { format: GENOME_FORMAT, version: GENOME_VERSION, evaluations: evaluationsOf(given), ...given };
}

/** The text of a file. Numbers keep all their digits. */
export function encodeGenome(genome: SolverGenome): string {
  return `${JSON.stringify(genome, null, 2)}\n`;
}
