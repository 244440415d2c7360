import { type Device, key, openDevice } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mixtureModel, SINGLE_GAUSSIAN } from "../models/index.ts";
import { ddim, sample } from "../sampling/index.ts";
import { TEST_SCHEDULE as schedule } from "../sampling/test-errors.ts";
import { stochasticDdim } from "./stochastic-ddim.ts";

const STEPS = 12;
const SAMPLES = 20_000;

describe("DDIM with noise", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  it.each([0.5, 1])("has the mean and variance that its recursion has on a Gaussian, η = %d", async (eta) => {
    using model = mixtureModel(SINGLE_GAUSSIAN, { schedule, device, dtype: "float64" });
    const solver = stochasticDdim({ eta, key: key(5) });
    const options = {
      schedule,
      solver,
      steps: STEPS,
      key: key(7),
      shape: [SAMPLES, 2],
      device,
      dtype: "float64",
    } as const;
    const { x, times } = await sample(model, options);
    using end = x;
    const values = await end.data();
    for (const coordinate of [0, 1]) {
      const own = Array.from({ length: SAMPLES }, (_, index) => values[2 * index + coordinate]);
      const mean = own.reduce((sum, value) => sum + value, 0) / SAMPLES;
      const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / SAMPLES;
      const expected = recursion(eta, times, SINGLE_GAUSSIAN.means[0][coordinate]);
      // Four standard errors.
      expect(Math.abs(mean - expected.mean)).toBeLessThan(4 * Math.sqrt(expected.variance / SAMPLES));
      expect(Math.abs(variance / expected.variance - 1)).toBeLessThan(4 * Math.sqrt(2 / SAMPLES));
    }
  });

  it("is deterministic DDIM for η = 0, and its own again for the same key", async () => {
    using model = mixtureModel(SINGLE_GAUSSIAN, { schedule, device, dtype: "float64" });
    const end = async (solver: ReturnType<typeof ddim>) => {
      const options = { schedule, solver, steps: STEPS, key: key(7), shape: [3, 2], device, dtype: "float64" } as const;
      using x = (await sample(model, options)).x;
      return Array.from(await x.data());
    };
    const plain = await end(ddim());
    for (const [index, value] of (await end(stochasticDdim({ eta: 0, key: key(1) }))).entries())
      expect(Math.abs(value - plain[index])).toBeLessThan(1e-12);
    const noisy = await end(stochasticDdim({ key: key(1) }));
    expect(await end(stochasticDdim({ key: key(1) }))).toEqual(noisy);
    expect(await end(stochasticDdim({ key: key(2) }))).not.toEqual(noisy);
  });

  it("refuses amounts of noise outside of [0, 1], and to go from data to noise", () => {
    expect(() => stochasticDdim({ eta: 1.1, key: key(1) })).toThrow("options.eta");
    expect(() => stochasticDdim({ key: key(1) }).plan({ schedule, steps: 3, start: 0.1, end: 0.9 })).toThrow(
      "taken back",
    );
  });
});

/** Mean and variance of a coordinate after the steps: the predictor of a Gaussian is affine in x, so that they follow from step to step. */
function recursion(eta: number, times: readonly number[], mean: number) {
  let [m, v] = [0, schedule.sigma(times[0]) ** 2];
  for (const [index, time] of times.slice(0, -1).entries()) {
    const next = times[index + 1];
    const [a, s, b, t] = [schedule.alpha(time), schedule.sigma(time), schedule.alpha(next), schedule.sigma(next)];
    const spread = a * a * SINGLE_GAUSSIAN.variances[0] + s * s;
    // DDPM's posterior variance in the usual form, for α² + σ² = 1.
    const added = eta * eta * (t ** 2 / s ** 2) * (1 - (a * a) / (b * b));
    const ofNoise = Math.sqrt(t * t - added) - (b / a) * s;
    const factor = b / a + (ofNoise * s) / spread;
    m = factor * m - ((ofNoise * s) / spread) * a * mean;
    v = factor * factor * v + added;
  }
  return { mean: m, variance: v };
}
