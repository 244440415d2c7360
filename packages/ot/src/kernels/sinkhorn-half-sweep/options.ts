import type { LogPlanOptions } from "../log-plan/log-plan.ts";

export interface HalfSweepOptions extends LogPlanOptions {
  /** Which marginal to meet. */
  readonly axis: "rows" | "columns";
  /** float32: step of the grid that coarse parts lie on, a power of two; remainders are kept within half a step. float64 ignores it. */
  readonly grid: number;
}
