import { type Device, openDevice } from "@ansatz/tensor";
import {
  exactFlow,
  type GaussianMixture,
  mixtureModel,
  mixtureNoise,
  SINGLE_GAUSSIAN,
  THREE_GAUSSIANS,
} from "../models/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import { type Grid, type Solver, sample } from "../sampling/index.ts";
import { largestDifference, TEST_NOISE } from "../sampling/test-points.ts";

/** The process of the error figures: variance-preserving, β linear in time. */
export const TEST_SCHEDULE = linearSchedule();

/** G1 and G2 of the error figures. */
export const TEST_MIXTURES = { G1: SINGLE_GAUSSIAN, G2: THREE_GAUSSIANS } as const;

let device: Promise<Device> | undefined;

/** A float64 device that all error figures share. */
export function errorDevice(): Promise<Device> {
  device ??= openDevice("cpu", { threads: 1 });
  return device;
}

const flows = new Map<GaussianMixture, Promise<Float64Array>>();

/** Where the two test points arrive exactly. */
export function exactEnd(mixture: GaussianMixture): Promise<Float64Array> {
  let flow = flows.get(mixture);
  if (!flow) {
    flow = exactFlow(mixtureNoise(mixture, TEST_SCHEDULE), TEST_NOISE, { schedule: TEST_SCHEDULE });
    flows.set(mixture, flow);
  }
  return flow;
}

/** Largest error at the two test points after each of the numbers of steps, in float64. */
export async function errorsAfter(
  solver: Solver,
  mixture: keyof typeof TEST_MIXTURES,
  counts: readonly number[],
  grid?: Grid,
): Promise<number[]> {
  const owner = await errorDevice();
  const schedule = TEST_SCHEDULE;
  using model = mixtureModel(TEST_MIXTURES[mixture], { schedule, device: owner, dtype: "float64" });
  const exact = await exactEnd(TEST_MIXTURES[mixture]);
  using noise = owner.tensor(TEST_NOISE, [2, 2]);
  const found: number[] = [];
  for (const steps of counts) {
    const result = await sample(model, { schedule, solver, steps, noise, ...(grid && { grid }) });
    using x = result.x;
    found.push(largestDifference(await x.data(), exact));
  }
  return found;
}
