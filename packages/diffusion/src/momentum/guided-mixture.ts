import type { Device, FloatDType, Key, Tensor } from "@ansatz/tensor";
import { type GaussianMixture, mixtureModel } from "../models/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import { type Grid, type Solver, sample } from "../sampling/index.ts";

/** A mixture whose sampling is guided to some of its components, strongly: where multistep methods blow up. */
export interface GuidedMixture {
  readonly mixture: GaussianMixture;
  /** Components that are asked for, from the first to before the second. */
  readonly wanted: readonly [from: number, to: number];
  /** Weight of classifier-free guidance. */
  readonly scale: number;
}

/** Samples [count, D] of a solver after so many steps, in the device's own floats. */
export async function guidedSamples(
  device: Device,
  { mixture, wanted, scale }: GuidedMixture,
  options: {
    readonly solver: Solver;
    readonly steps: number;
    readonly count: number;
    readonly key: Key;
    readonly grid: Grid;
  },
): Promise<Tensor> {
  const { count, ...rest } = options;
  const schedule = linearSchedule();
  const dtype: FloatDType = device.defaultFloat;
  const { means, variances, weights } = mixture;
  const share = weights.slice(...wanted).reduce((sum, weight) => sum + weight, 0);
  const asked = {
    means: means.slice(...wanted),
    variances: variances.slice(...wanted),
    weights: weights.slice(...wanted).map((weight) => weight / share),
  };
  using unconditional = mixtureModel(mixture, { schedule, device, dtype });
  using conditional = mixtureModel(asked, { schedule, device, dtype });
  const { x } = await sample(conditional, {
    ...rest,
    ...{ schedule, device, dtype, shape: [count, means[0].length] },
    guidance: { kind: "classifier-free", unconditional, scale },
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
