import { type Device, jvp, openDevice, type Tensor } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linearSchedule } from "../noise-schedules/index.ts";
import { largestDifference, TEST_NOISE } from "../sampling/test-points.ts";
import {
  conversion,
  exactFlow,
  gaussianFlow,
  mixtureModel,
  mixtureNoise,
  mixturePoint,
  type Prediction,
  posteriorCovariance,
  SINGLE_GAUSSIAN,
  THREE_GAUSSIANS,
} from "./index.ts";

const schedule = linearSchedule();

describe("exact models", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  it("carries more states than a function has arguments", async () => {
    // Without noise nothing but the scale changes: u′ = σ̂² u, of which α/√(α² + σ²) is the solution.
    const states = Float64Array.from({ length: 200_000 }, (_, index) => (index % 2 === 0 ? 1 : -3));
    const [start, end] = [0.51, 0.5];
    const carried = await exactFlow((x) => new Float64Array(x.length), states, {
      schedule,
      start,
      end,
      tolerance: 1e-6,
    });
    const ratio = schedule.alpha(end) / schedule.alpha(start);
    expect(carried[0]).toBeCloseTo(ratio, 5);
    expect(carried[199_999]).toBeCloseTo(-3 * ratio, 5);
  });

  it("carry the test points where they belong", async () => {
    const single = await exactFlow(mixtureNoise(SINGLE_GAUSSIAN, schedule), TEST_NOISE, { schedule });
    expect(largestDifference(single, gaussianFlow(SINGLE_GAUSSIAN, TEST_NOISE, { schedule }))).toBeLessThan(1e-10);
    expect(largestDifference(single, [1.34672202, -1.14844703, 1.99683974, -0.44832026])).toBeLessThan(1e-8);
    const three = await exactFlow(mixtureNoise(THREE_GAUSSIANS, schedule), TEST_NOISE, { schedule });
    expect(largestDifference(three, [-0.0663798, -2.1816326, 2.25731916, 0.02470512])).toBeLessThan(1e-7);
  });

  it("predict on a device what they do on the host, and differentiate", async () => {
    using model = mixtureModel(THREE_GAUSSIANS, { schedule, device });
    using x = device.tensor(TEST_NOISE, [2, 2]);
    for (const time of [1e-3, 0.1, 0.5, 1]) {
      using noise = model.predict(x, time);
      const expected = mixtureNoise(THREE_GAUSSIANS, schedule)(TEST_NOISE, time) as Float64Array;
      expect(largestDifference(await noise.data(), expected)).toBeLessThan(1e-12);
    }
    // σ J_e = I − (α²/σ²) Cov(x₀ | x): Tweedie's second moment, along both axes.
    const time = 0.3;
    const levels = { alpha: schedule.alpha(time), sigma: schedule.sigma(time) };
    const covariance = posteriorCovariance(THREE_GAUSSIANS, TEST_NOISE.subarray(0, 2), levels);
    using point = device.tensor(TEST_NOISE.subarray(0, 2), [1, 2]);
    for (const axis of [0, 1]) {
      using direction = device.tensor(Float64Array.from([1 - axis, axis]), [1, 2]);
      const { value, tangent } = jvp((y: Tensor) => model.predict(y, time), point, direction);
      using _ = value;
      using slope = tangent;
      const expected = [0, 1].map(
        (row) =>
          ((row === axis ? 1 : 0) - (levels.alpha / levels.sigma) ** 2 * covariance[2 * row + axis]) / levels.sigma,
      );
      expect(largestDifference(await slope.data(), expected)).toBeLessThan(1e-10);
    }
  });

  it("know that x = α E[x₀] + σ E[ε]", () => {
    const levels = { alpha: 0.6, sigma: 0.8 };
    const { data, noise } = mixturePoint(THREE_GAUSSIANS, [0.3, -0.4], levels);
    for (const [index, x] of [0.3, -0.4].entries()) expect(0.6 * data[index] + 0.8 * noise[index]).toBeCloseTo(x, 13);
  });
});

describe("conversion", () => {
  it("takes every prediction into every other, also where α² + σ² is not 1", () => {
    for (const levels of [
      { alpha: 0.6, sigma: 0.8 },
      { alpha: 1, sigma: 3.5 },
    ]) {
      const { alpha, sigma } = levels;
      const [data, noise] = [0.7, -1.1];
      const x = alpha * data + sigma * noise;
      const all: Record<Prediction, number> = {
        data,
        noise,
        velocity: alpha * noise - sigma * data,
        score: -noise / sigma,
      };
      for (const from of Object.keys(all) as Prediction[])
        for (const to of Object.keys(all) as Prediction[]) {
          const [ofState, ofOutput] = conversion(from, to, levels);
          expect(ofState * x + ofOutput * all[from]).toBeCloseTo(all[to], 12);
        }
    }
  });
});
