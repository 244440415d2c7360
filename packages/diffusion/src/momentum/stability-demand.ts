import { InvalidInputError, type Key, multiply, normal, square, sum, type Tensor } from "@ansatz/tensor";
import { noiseRatio } from "../exponential-integrator/coefficients.ts";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { combine, type Evaluate } from "../sampling/index.ts";

export interface StabilityDemandOptions {
  readonly schedule: NoiseSchedule;
  readonly time: number;
  /** Where the step ends. */
  readonly nextTime: number;
  /** Of the first direction. */
  readonly key: Key;
  /** Evaluations of power iteration beside one at the state. Default 6. */
  readonly iterations?: number;
}

/** Distance of the differences, as a part of the state's size: half the digits of float32. */
const STEP = 1e-3;

/**
 * How far down the negative real axis a step reaches: z = (ρ' − ρ) · μ, μ the Jacobian's dominant eigenvalue in ε(αy) as a function of y = x/α, by power iteration on differences over the whole batch. A
 * multistep method is in danger of diverging where z is below its `realStabilityInterval`: take more steps, less guidance, or a lower momentum number.
 *
 * @param evaluate of `evaluator(model, …)`, guidance included. @param x the state at the time, [batch, …]; float32 or float64.
 * @throws InvalidInputError
 * Source: the quantity λδ of "Diffusion Sampling with Momentum for Mitigating Divergence Artifacts", section 3.
 */
export async function stabilityDemand(evaluate: Evaluate, x: Tensor, options: StabilityDemandOptions): Promise<number> {
  const { schedule, time, nextTime, key, iterations = 6 } = options;
  if (!Number.isInteger(iterations) || iterations < 1)
    throw new InvalidInputError("options.iterations", "an integer ≥ 1", iterations);
  const { device, shape } = x;
  const dtype = x.dtype === "float64" ? "float64" : "float32";
  using centre = await evaluate(x, time, "noise");
  const distance = STEP * Math.max(1, await rootMeanSquare(x));
  let direction: Tensor = normal(key, shape, { device, dtype });
  let quotient = 0;
  try {
    for (let iteration = 0; iteration < iterations; iteration++) {
      const size = await rootMeanSquare(direction);
      using there = combine([
        [1, x],
        [distance / size, direction],
      ]);
      using noise = await evaluate(there, time, "noise");
      const image = combine([
        [size / distance, noise],
        [-size / distance, centre],
      ]);
      quotient = (await total(multiply(direction, image))) / (await total(square(direction)));
      direction.dispose();
      direction = image;
    }
  } finally {
    direction.dispose();
  }
  return (noiseRatio(schedule, nextTime) - noiseRatio(schedule, time)) * schedule.alpha(time) * quotient;
}

async function rootMeanSquare(x: Tensor): Promise<number> {
  return Math.sqrt((await total(square(x))) / x.size);
}

/** Takes over the values. */
async function total(values: Tensor): Promise<number> {
  using given = values;
  using result = sum(given);
  return Number(await result.item());
}
