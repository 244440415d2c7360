import type { Device } from "@ansatz/tensor";
import { exactFlow, type GaussianMixture, mixtureModel, mixtureNoise } from "../models/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import { type SampleOptions, sample } from "./sample.ts";
import type { Solver } from "./solver.ts";
import { largestDifference, TEST_NOISE } from "./test-points.ts";

/** The process of the error figures. */
export const TEST_SCHEDULE = linearSchedule();

const exactStates = new Map<GaussianMixture, Promise<Float64Array>>();

/** Where the exact flow of a mixture carries the test points. */
export function exactTestStates(mixture: GaussianMixture): Promise<Float64Array> {
  const known = exactStates.get(mixture);
  if (known) return known;
  const computed = exactFlow(mixtureNoise(mixture, TEST_SCHEDULE), TEST_NOISE, { schedule: TEST_SCHEDULE });
  exactStates.set(mixture, computed);
  return computed;
}

/** States that a solver carries the test points to, in float64. */
export async function testStates(
  device: Device,
  mixture: GaussianMixture,
  solver: Solver,
  options: Partial<SampleOptions> = {},
): Promise<{ readonly x: Float64Array; readonly evaluations: number }> {
  using model = mixtureModel(mixture, { schedule: TEST_SCHEDULE, device });
  using noise = device.tensor(TEST_NOISE, [2, 2]);
  const result = await sample(model, { schedule: TEST_SCHEDULE, noise, solver, ...options });
  using x = result.x;
  return { x: (await x.data()) as Float64Array, evaluations: result.evaluations };
}

/** Largest errors of a solver at the test points, for each number of steps. */
export async function testErrors(
  device: Device,
  mixture: GaussianMixture,
  solver: Solver,
  counts: readonly number[],
  options: Partial<SampleOptions> = {},
): Promise<number[]> {
  const exact = await exactTestStates(mixture);
  const errors: number[] = [];
  for (const steps of counts) {
    const { x } = await testStates(device, mixture, solver, { ...options, steps });
    errors.push(largestDifference(x, exact));
  }
  return errors;
}

/** Largest relative difference between what was found and what a table says, in units of half of the table's last of three digits. */
export function digitsOff(found: readonly number[], table: readonly number[]): number {
  return Math.max(
    ...found.map(
      (value, index) => Math.abs(value - table[index]) / (0.005 * 10 ** Math.floor(Math.log10(table[index]))),
    ),
  );
}

/** log₂ of the ratios of neighbours: the order, where steps are halved. */
export function slopes(errors: readonly number[]): number[] {
  return errors.slice(1).map((error, index) => Math.log2(errors[index] / error));
}
