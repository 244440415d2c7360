import { holm } from "./holm.ts";
import { signedRankBounds, signedRankTest } from "./signed-rank.ts";

/** What is promised and asked. Sizes are relative: 0.02 is two per cent slower. */
export interface DecisionRules {
  /** Slow-downs up to this are nobody's business. */
  readonly margin: number;
  /** Chance of any false alarm among all workloads. */
  readonly level: number;
  /** A workload is cleared when slow-downs beyond this can be excluded. */
  readonly resolution: number;
}

/** Measured on busy two-core machines: below 2 % two copies of one build differ by where they lie in memory. */
export const DEFAULT_RULES: DecisionRules = { margin: 0.02, level: 0.05, resolution: 0.05 };

export type DecisionState = "regression" | "no-regression" | "inconclusive";

/** What the log-ratios of one workload say. Ratios are head / base − 1: positive is slower. */
export interface Decision {
  readonly state: DecisionState;
  readonly processes: number;
  /** Middle of the ratios (Hodges–Lehmann). */
  readonly estimate: number;
  /** The slow-down is at least and at most this, each with probability 1 − `level` / 2; −1 and ∞ where too few processes say nothing. */
  readonly lower: number;
  readonly upper: number;
  /** Of the exact signed-rank test against the margin, Holm-adjusted; 1 where the screening ended it. */
  readonly p: number;
  /** The smallest slow-down that these processes, with their spread, would have called a regression; ∞ where none. */
  readonly minimumDetectable: number;
}

/** The log-ratios of one workload, one per process. */
export interface Evidence {
  readonly logRatios: readonly number[];
  /** The screening found nothing suspicious: it can no longer become a regression. */
  readonly screened: boolean;
}

/** Chance that an unchanged workload is looked at again. Generous: what is dropped here is never found. */
const SUSPICION = 0.25;

/** Whether the processes so far leave a slow-down beyond the margin so likely that more are worth their time. */
export function isSuspicious(logRatios: readonly number[], { margin }: DecisionRules): boolean {
  return signedRankTest(logRatios, Math.log1p(margin)) <= SUSPICION;
}

/**
 * Decides all workloads of a comparison. A regression needs Holm's adjusted p at most `level`. A screened workload counts with p = 1, so that looking early
 * can only lose alarms, never add false ones.
 */
export function decide(evidence: readonly Evidence[], rules: DecisionRules): Decision[] {
  const center = Math.log1p(rules.margin);
  const adjusted = holm(evidence.map(({ logRatios, screened }) => (screened ? 1 : signedRankTest(logRatios, center))));
  return evidence.map(({ logRatios }, index) => decision(logRatios, adjusted[index], evidence.length, rules));
}

function decision(logRatios: readonly number[], p: number, workloads: number, rules: DecisionRules): Decision {
  // Half the level: there are two looks, after the screening and at the end.
  const bounds = signedRankBounds(logRatios, rules.level / 2);
  const upper = Math.expm1(bounds.upper);
  const cleared = upper <= rules.resolution ? "no-regression" : "inconclusive";
  return {
    state: p <= rules.level ? "regression" : cleared,
    processes: logRatios.length,
    estimate: Math.expm1(bounds.estimate),
    lower: Math.expm1(bounds.lower),
    upper,
    p,
    minimumDetectable: minimumDetectable(logRatios, rules.level / workloads, rules.margin),
  };
}

/**
 * The smallest slow-down that the test would call one at `level`, were the ratios spread about it as they are about their middle: by inversion of the exact test,
 * the distance from their middle to their lower bound, beyond the margin.
 */
export function minimumDetectable(logRatios: readonly number[], level: number, margin: number): number {
  const { estimate, lower } = signedRankBounds(logRatios, level);
  return Math.expm1(Math.log1p(margin) + estimate - lower);
}
