import { type Device, openDevice } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exactFlow, mixtureModel, mixtureNoise, SINGLE_GAUSSIAN, THREE_GAUSSIANS } from "../models/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import { testSolver } from "./battery.ts";
import { ddim } from "./ddim.ts";
import { sample } from "./sample.ts";
import { largestDifference, TEST_NOISE } from "./test-points.ts";

const schedule = linearSchedule();

testSolver({ solver: ddim(), order: 1, roundTrip: 0.15 });

describe("ddim", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  const errors = async (mixture: typeof SINGLE_GAUSSIAN, counts: readonly number[]) => {
    using model = mixtureModel(mixture, { schedule, device });
    const exact = await exactFlow(mixtureNoise(mixture, schedule), TEST_NOISE, { schedule });
    using noise = device.tensor(TEST_NOISE, [2, 2]);
    const found: number[] = [];
    for (const steps of counts) {
      const result = await sample(model, { schedule, solver: ddim(), steps, noise });
      using x = result.x;
      expect(result.evaluations).toBe(steps);
      found.push(largestDifference(await x.data(), exact));
    }
    return found;
  };

  it("has the errors of order 1 on one Gaussian that the reference run has, and frees what it used", async () => {
    const before = device.memory().tensors;
    const found = await errors(SINGLE_GAUSSIAN, [10, 20, 40, 80, 160]);
    for (const [index, expected] of [0.2122, 0.1125, 0.0579, 0.0294, 0.0148].entries())
      expect(Math.abs(found[index] / expected - 1)).toBeLessThan(5e-3);
    expect(device.memory().tensors).toBe(before);
  });

  it("is at 7.5e-3 with 320 steps on three Gaussians", async () => {
    const [found] = await errors(THREE_GAUSSIANS, [320]);
    expect(Math.abs(found / 7.5e-3 - 1)).toBeLessThan(1e-2);
  });
});
