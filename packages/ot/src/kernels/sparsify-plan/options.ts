import type { LogPlanOptions } from "../log-plan/log-plan.ts";

export interface SparsifyOptions extends LogPlanOptions {
  /** Room for entries: at least as many as are kept. */
  readonly capacity: number;
}
