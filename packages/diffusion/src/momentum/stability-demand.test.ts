import { type Device, key, multiply, openDevice } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mixtureModel, SINGLE_GAUSSIAN } from "../models/index.ts";
import { evaluator } from "../sampling/index.ts";
import { TEST_SCHEDULE as schedule } from "../sampling/test-errors.ts";
import { TEST_NOISE } from "../sampling/test-points.ts";
import { stabilityDemand } from "./stability-demand.ts";

describe("stabilityDemand", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  it("is the step times the slope of a Gaussian's noise, σ/V in x", async () => {
    using model = mixtureModel(SINGLE_GAUSSIAN, { schedule, device, dtype: "float64" });
    const evaluate = evaluator(model, { schedule });
    using x = device.tensor(TEST_NOISE, [2, 2]);
    const before = device.memory().tensors;
    for (const [time, nextTime] of [
      [0.9, 0.7],
      [0.5, 0.4],
      [0.1, 0.05],
    ] as const) {
      const [a, s, b, t] = [
        schedule.alpha(time),
        schedule.sigma(time),
        schedule.alpha(nextTime),
        schedule.sigma(nextTime),
      ];
      const expected = ((t / b - s / a) * a * s) / (a * a * 0.25 + s * s);
      const found = await stabilityDemand(evaluate, x, { schedule, time, nextTime, key: key(1) });
      expect(Math.abs(found / expected - 1)).toBeLessThan(1e-9);
    }
    expect(device.memory().tensors).toBe(before);
  });

  it("finds the strongest direction", async () => {
    const slopes = Float64Array.of(0.1, -0.2, 3, 0.5);
    using factors = device.tensor(slopes, [1, 4]);
    using x = device.tensor(Float64Array.of(1, 2, 3, 4), [1, 4]);
    const evaluate = evaluator((state) => multiply(state, factors), { schedule });
    const options = { schedule, time: 0.5, nextTime: 0.4, key: key(3), iterations: 12 };
    const step = schedule.sigma(0.4) / schedule.alpha(0.4) - schedule.sigma(0.5) / schedule.alpha(0.5);
    expect(await stabilityDemand(evaluate, x, options)).toBeCloseTo(3 * schedule.alpha(0.5) * step, 6);
    await expect(stabilityDemand(evaluate, x, { ...options, iterations: 0 })).rejects.toThrow("options.iterations");
  });
});
