import type { RandomStream } from "../random/stream.ts";
import type { Program } from "./program.ts";

/**
 * Where the fit of a coefficient starts:
 * - `"non-anchored"`: anew for every fit, ±10^U(−scale, 0);
 * - `"anchored"`: a number that the program carries, ±10^U(−scale, 0) when the coefficient is inserted, changed a little whenever the program is inherited;
 * - `"lamarckian"`: where the parent's fit has ended; new coefficients as if anchored.
 */
export type CoefficientKind = "non-anchored" | "anchored" | "lamarckian";

export interface CoefficientRule {
  readonly kind: CoefficientKind;
  /** Decades below 1 that a first value may lie. The paper: 4, 8 or 16. */
  readonly scale: number;
  /** Anchored only: a value is inherited multiplied by a number in [1/(1+a), 1+a]. */
  readonly anchorMutation: number;
}

/** ±10^U(−scale, 0). */
export function newCoefficient({ scale }: CoefficientRule, random: RandomStream): number {
  const sign = random.uniform() < 0.5 ? -1 : 1;
  return sign * 10 ** (-scale * random.uniform());
}

/** The value that a child inherits. */
export function inherit({ vertices }: Program, rule: CoefficientRule, random: RandomStream): Program {
  if (rule.kind !== "anchored") return { vertices };
  const largest = 1 + rule.anchorMutation;
  const change = () => 1 / largest + (largest - 1 / largest) * random.uniform();
  return {
    vertices: vertices.map((each) => (each.value === undefined ? each : { ...each, value: each.value * change() })),
  };
}

/** Where a fit starts: what the program carries, or new draws. */
export function startingCoefficients(
  carried: readonly number[],
  rule: CoefficientRule,
  random: RandomStream,
): number[] {
  if (rule.kind !== "non-anchored") return [...carried];
  return carried.map((value) => Math.sign(value || 1) * Math.abs(newCoefficient(rule, random)));
}
