import { type FloatDType, normal, openDevice } from "@ansatz/tensor";
import type { ModelStatistics } from "../dpm-solver-v3/statistics.ts";
import { exactFlow, type GaussianMixture, mixtureModel } from "../models/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import type { SolverProblem } from "./problem.ts";
import { distanceToReference } from "./qualities.ts";

/** What the problem is made of; plain data. */
export interface MixtureProblem {
  readonly mixture: GaussianMixture;
  readonly dtype: FloatDType;
  readonly statistics?: ModelStatistics;
}

/** Far below any solver's error. */
const REFERENCE_TOLERANCE = 1e-8;

/** The exact denoiser of a mixture under the linear schedule, judged by the distance to the exact flow; one thread's. Imported by its URL. */
export default async function openMixtureProblem(parameters: MixtureProblem): Promise<SolverProblem> {
  const { mixture, dtype, statistics } = parameters;
  const device = await openDevice("cpu", { threads: 1 });
  const schedule = linearSchedule();
  const model = mixtureModel(mixture, { schedule, device, dtype });
  const { weights, means } = mixture;
  const dimension = means[0].length;
  return {
    ...{ schedule, model, device, quality: distanceToReference, ...(statistics && { statistics }) },
    dispose: () => device.dispose(),
    dataMean: means[0].map((_, d) => means.reduce((sum, mean, k) => sum + weights[k] * mean[d], 0)),
    async draw(key, samples) {
      using drawn = normal(key, [samples, dimension], { device, dtype: "float64" });
      const noise = Float64Array.from(await drawn.data());
      using exactModel = mixtureModel(mixture, { schedule, device, dtype: "float64" });
      const field = async (values: Float64Array, time: number) => {
        using x = device.tensor(Float64Array.from(values), [samples, dimension]);
        using answer = exactModel.predict(x, time);
        return Float64Array.from(await answer.data());
      };
      const target = Float64Array.from(await exactFlow(field, noise, { schedule, tolerance: REFERENCE_TOLERANCE }));
      return { noise, shape: [samples, dimension], dtype, target };
    },
  };
}
