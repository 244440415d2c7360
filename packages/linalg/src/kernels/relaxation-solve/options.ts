/** `"sor"`: forward sweeps; `"ssor"`: a forward and a backward one; `"ssor-cg"`: conjugate gradients preconditioned by such a pair. */
export type RelaxationMethod = "sor" | "ssor" | "ssor-cg";

export interface RelaxationSolveOptions {
  readonly method: RelaxationMethod;
  /** ε of ‖r‖ < ε · norm. */
  readonly tolerance: number;
  readonly maximumIterations: number;
  /** The norm that residuals are measured against: that of b, or of the first residual. */
  readonly relativeTo: "right-hand side" | "first residual";
  /** Whether pairs of sweeps begin with the backward one. */
  readonly backwardFirst: boolean;
}

/** How a solve ended: numbers in the third output. */
export const STATUS = { converged: 0, "iteration-limit": 1, "not-positive-definite": 2 } as const;
