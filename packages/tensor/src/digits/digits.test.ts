import { runExperiment } from "@ansatz/lab";
import { describe, expect, it } from "vitest";
import { disposeTree } from "../optimisers/optimiser.ts";
import { key } from "../random/key.ts";
import { expectAllClose, testDevices } from "../testing/index.ts";
import experiment from "./experiment.ts";
import { loadDigitClass, loadDigits } from "./images.ts";
import { train } from "./training.ts";

const STEPS = 20;

/** The losses of the first steps, from the same seed. */
async function firstLosses(
  open: Awaited<ReturnType<typeof testDevices>>[number]["open"],
  batch: number,
): Promise<number[]> {
  const { training } = await loadDigits();
  await using device = await open();
  const losses: number[] = [];
  const enough = new AbortController();
  const onStep = (step: number, _: number, loss: number) => {
    losses.push(loss);
    if (step === STEPS) enough.abort();
  };
  disposeTree(
    await train(device, training, {
      key: key(3),
      epochs: 1,
      batch,
      learningRate: 0.002,
      signal: enough.signal,
      onStep,
    }),
  );
  expect(device.memory().tensors).toBe(0);
  return losses;
}

describe("digits", async () => {
  const devices = await testDevices();
  // A software GPU takes seconds a step.
  it.each(devices)("go down the same way on $label", { timeout: 240_000 }, async ({ open }) => {
    const expected = await firstLosses(devices[0].open, 3);
    const losses = await firstLosses(open, 3);
    expect(losses.length).toBe(STEPS);
    const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length;
    expect(mean(losses.slice(STEPS / 2))).toBeLessThan(mean(losses.slice(0, STEPS / 2)));
    // Rounding differences in float32 grow with the steps.
    expectAllClose(losses, expected, { relative: 2e-3, absolute: 2e-3 });
  });

  it("are learnt well enough from a few hundred, with pictures of the mistakes", async () => {
    const events: string[] = [];
    const record = await runExperiment(experiment, {
      parameters: { trainingImages: 500, epochs: 2, batch: 25 },
      device: "cpu",
      seed: 1,
      onEvent: ({ type }) => void events.push(type),
    });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.metrics.accuracy).toBeGreaterThan(0.75);
    expect(new Set(events)).toEqual(new Set(["point", "progress", "heatmap", "table", "image"]));
  });

  it("can be had digit by digit, in the package's order", async () => {
    const threes = await loadDigitClass(3);
    expect(threes.count).toBe(1032);
    expect(new Set(threes.labels)).toEqual(new Set([3]));
    const { test } = await loadDigits();
    const first = test.labels.indexOf(3);
    // The first of each digit is kept for the test.
    expect(threes.pixels.subarray(0, 784)).toEqual(test.pixels.subarray(784 * first, 784 * (first + 1)));
    await expect(loadDigitClass(10)).rejects.toThrow(/digit/);
  });
});
