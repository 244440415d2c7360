import type { Device, FloatDType, Tensor } from "@ansatz/tensor";
import { digitMixture, rootMeanSquare } from "../digits/index.ts";
import { exponentialIntegrator } from "../exponential-integrator/index.ts";
import { type Model, mixtureModel } from "../models/index.ts";
import { linearSchedule, type NoiseSchedule } from "../noise-schedules/index.ts";
import { type Grid, type Solver, sample } from "../sampling/index.ts";
import { referenceNoise } from "./reference-noise.ts";

const DIMENSION = 64;

/** Evaluations of the reference trajectory by Runge–Kutta of order 4, whose error is 10⁻⁷. */
const REFERENCE_EVALUATIONS = 1000;

/** Samplers of exact handwritten digits, 8 × 8 pixels, compared at equal evaluations. */
export interface DigitErrors extends Disposable {
  /** Where the noises arrive exactly, one image after the other. */
  readonly reference: Float64Array;
  /** Where a solver carries them with so many evaluations. */
  run(solver: Solver, evaluations: number, grid?: Grid): Promise<Float64Array>;
  /** Root of the mean squared difference of all pixels from the reference. */
  error(solver: Solver, evaluations: number, grid?: Grid): Promise<number>;
}

/**
 * The digit mixture of the error figures, in the device's own floats, and the noises they are for.
 *
 * @param options samples 1 … 64 (default 64), perDigit (default 50).
 */
export async function digitErrors(
  device: Device,
  { samples = 64, perDigit = 50 }: { readonly samples?: number; readonly perDigit?: number } = {},
): Promise<DigitErrors> {
  const schedule = linearSchedule();
  const dtype: FloatDType = device.defaultFloat;
  const model = mixtureModel(await digitMixture({ perDigit }), { schedule, device, dtype });
  const values = referenceNoise().slice(0, samples * DIMENSION);
  const noise = device.tensor(Array.from(values), [samples, DIMENSION], dtype);
  const errors = await solverErrors(model, { schedule, noise });
  return {
    ...errors,
    [Symbol.dispose]() {
      model[Symbol.dispose]();
      noise.dispose();
    },
  };
}

/** Any model of digits in place of the mixture; model and noise stay the caller's. */
export async function solverErrors(
  model: Model,
  { schedule, noise }: { readonly schedule: NoiseSchedule; readonly noise: Tensor },
): Promise<Omit<DigitErrors, typeof Symbol.dispose>> {
  const run = async (solver: Solver, evaluations: number, grid?: Grid) => {
    const { x } = await sample(model, { schedule, solver, evaluations, noise, ...(grid && { grid }) });
    using end = x;
    return Float64Array.from(await end.data());
  };
  const reference = await run(exponentialIntegrator({ kind: "rhoRK", method: "rk4" }), REFERENCE_EVALUATIONS);
  return { reference, run, error: async (...given) => rootMeanSquare(await run(...given), reference) };
}
