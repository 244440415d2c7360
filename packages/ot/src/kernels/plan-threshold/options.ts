import type { LogPlanOptions } from "../log-plan/log-plan.ts";

export interface PlanThresholdOptions extends LogPlanOptions {
  /** K: how many of the largest entries are wanted, from 1 to all. */
  readonly count: number;
}
