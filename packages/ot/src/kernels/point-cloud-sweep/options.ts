import type { NamedMetric } from "../../point-cloud/index.ts";
import type { LogPlanOptions } from "../log-plan/log-plan.ts";

export interface PointCloudSweepOptions extends LogPlanOptions {
  readonly metric: NamedMetric;
  /** float32: step of the grid that coarse parts lie on, a power of two; remainders are kept within half a step. float64 ignores it. */
  readonly grid: number;
}

/** What the implementations call a metric. */
export const METRIC_CODES: Readonly<Record<NamedMetric, number>> = { "squared-euclidean": 0, euclidean: 1, l1: 2 };
