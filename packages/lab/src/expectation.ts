/** A number of the paper that a run must reproduce. */
export interface Expectation {
  /** The metric it is about: a key of the result's `metrics`. */
  readonly metric: string;
  readonly relation: "at-most" | "at-least" | "within";
  /** The bound (`at-most`, `at-least`) or the centre (`within`). */
  readonly target: number;
  /** Half width for `within`, same unit as the metric. */
  readonly tolerance?: number;
  /** Where the number comes from, e.g. `"paper, table 1"`. */
  readonly source: string;
}

/** An expectation held against the run's metrics. A metric that is null or NaN meets nothing. */
export interface CheckedExpectation extends Expectation {
  readonly actual: number | null;
  readonly met: boolean;
}

/** The metric must be ≤ `target`. */
export function atMost(metric: string, target: number, source: string): Expectation {
  return { metric, relation: "at-most", target, source };
}

/** The metric must be ≥ `target`. */
export function atLeast(metric: string, target: number, source: string): Expectation {
  return { metric, relation: "at-least", target, source };
}

/** The metric must lie within `tolerance` of `target`. */
export function within(metric: string, target: number, tolerance: number, source: string): Expectation {
  return { metric, relation: "within", target, tolerance, source };
}

/** Holds an expectation against the metrics of a run. */
export function checkExpectation(
  expectation: Expectation,
  metrics: Readonly<Record<string, number | null>>,
): CheckedExpectation {
  const actual = metrics[expectation.metric] ?? null;
  return { ...expectation, actual, met: actual !== null && holds(expectation, actual) };
}

function holds({ relation, target, tolerance = 0 }: Expectation, actual: number): boolean {
  switch (relation) {
    case "at-most":
      return actual <= target;
    case "at-least":
      return actual >= target;
    case "within":
      return Math.abs(actual - target) <= tolerance;
  }
}

/** `"≤ 1e-12"`, `"≥ 0.9"`, `"3.14 ± 0.01"`. */
export function printExpectation({ relation, target, tolerance = 0 }: Expectation): string {
  if (relation === "within") return `${target} ± ${tolerance}`;
  return `${relation === "at-most" ? "≤" : "≥"} ${target}`;
}
