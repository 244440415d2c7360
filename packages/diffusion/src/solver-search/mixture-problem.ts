import type { FloatDType } from "@ansatz/tensor";
import type { ModelStatistics } from "../dpm-solver-v3/statistics.ts";
import type { GaussianMixture } from "../models/index.ts";
import type { MixtureProblem } from "./mixture-problem-worker.ts";
import type { ProblemModule } from "./problem.ts";

/**
 * The search problem of a Gaussian mixture under the linear variance-preserving schedule, from standard normal noise: solvers are judged by the root mean square distance, per
 * sample, to the exact flow.
 *
 * @param options dtype: of candidates' states. Default "float64". statistics: of the mixture's model, for solvers that use them. Default: none.
 */
export function mixtureProblem(
  mixture: GaussianMixture,
  { dtype = "float64", statistics }: { readonly dtype?: FloatDType; readonly statistics?: ModelStatistics } = {},
): ProblemModule {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const module = new URL(`./mixture-problem-worker.${extension}`, import.meta.url).href;
  return { module, parameters: { mixture, dtype, ...(statistics && { statistics }) } satisfies MixtureProblem };
}
