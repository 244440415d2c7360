import type { Device, FloatDType, Key, Tensor } from "@ansatz/tensor";
import { type GaussianMixture, type MixtureModel, mixtureModel } from "../models/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import { type Grid, type Guidance, type Solver, sample } from "../sampling/index.ts";

/** The process under which it is sampled. */
export const GUIDED_SCHEDULE = linearSchedule();

/** A mixture whose sampling is guided to some of its components, strongly: where multistep methods blow up. */
export interface GuidedMixture {
  readonly mixture: GaussianMixture;
  /** Components that are asked for, from the first to before the second. */
  readonly wanted: readonly [from: number, to: number];
  /** Weight of classifier-free guidance. */
  readonly scale: number;
}

/** The model that is guided, and how, in the device's own floats. */
export interface GuidedModels extends Disposable {
  readonly model: MixtureModel;
  readonly guidance: Guidance;
}

/** The wanted components as the conditional model, all of them as the unconditional one. */
export function guidedModels(device: Device, { mixture, wanted, scale }: GuidedMixture): GuidedModels {
  const settings = { schedule: GUIDED_SCHEDULE, device, dtype: device.defaultFloat as FloatDType };
  const { means, variances, weights } = mixture;
  const share = weights.slice(...wanted).reduce((sum, weight) => sum + weight, 0);
  const asked = {
    means: means.slice(...wanted),
    variances: variances.slice(...wanted),
    weights: weights.slice(...wanted).map((weight) => weight / share),
  };
  const unconditional = mixtureModel(mixture, settings);
  const model = mixtureModel(asked, settings);
  return {
    model,
    guidance: { kind: "classifier-free", unconditional, scale },
    [Symbol.dispose]() {
      model[Symbol.dispose]();
      unconditional[Symbol.dispose]();
    },
  };
}

/** Samples [count, D] of a solver after so many steps. */
export async function guidedSamples(
  device: Device,
  guided: GuidedMixture,
  options: {
    readonly solver: Solver;
    readonly steps: number;
    readonly count: number;
    readonly key: Key;
    readonly grid: Grid;
  },
): Promise<Tensor> {
  const { count, ...rest } = options;
  using models = guidedModels(device, guided);
  const { x } = await sample(models.model, {
    ...rest,
    ...{ schedule: GUIDED_SCHEDULE, device, dtype: device.defaultFloat, guidance: models.guidance },
    shape: [count, guided.mixture.means[0].length],
  });
  return x;
}

/** Mean and standard deviation of each coordinate of a mixture. */
export function mixtureMoments({ weights, means, variances }: GaussianMixture): {
  readonly means: number[];
  readonly standardDeviations: number[];
} {
  const average = (value: (k: number) => number) => weights.reduce((sum, weight, k) => sum + weight * value(k), 0);
  const centre = means[0].map((_, d) => average((k) => means[k][d]));
  const deviations = centre.map((mean, d) => Math.sqrt(average((k) => variances[k] + (means[k][d] - mean) ** 2)));
  return { means: centre, standardDeviations: deviations };
}
