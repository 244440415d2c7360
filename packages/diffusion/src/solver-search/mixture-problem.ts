import type { FloatDType } from "@ansatz/tensor";
import type { GaussianMixture } from "../models/index.ts";
import type { MixtureProblem } from "./mixture-problem-worker.ts";
import type { ProblemModule } from "./problem.ts";

/**
 * The search problem of a Gaussian mixture under the linear variance-preserving schedule, from standard normal noise: solvers are judged by the root mean square distance, per
 * sample, to the exact flow.
 */
export function mixtureProblem(
  mixture: GaussianMixture,
  { dtype = "float64" }: { readonly dtype?: FloatDType } = {},
): ProblemModule {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const module = new URL(`./mixture-problem-worker.${extension}`, import.meta.url).href;
  return { module, parameters: { mixture, dtype } satisfies MixtureProblem };
}
