import { key, normal, openDevice } from "@ansatz/tensor";
import { disposeTree } from "@ansatz/tensor/optimisers";
import { describe, expect, it } from "vitest";
import { linearSchedule } from "../noise-schedules/index.ts";
import {
  type DenoiserTraining,
  digitDenoiser,
  digitMixture,
  energyDistance,
  frechetDistance,
  loadSmallDigits,
  rootMeanSquare,
  smallDigits,
  trainDigitDenoiser,
} from "./index.ts";

const schedule = linearSchedule();

function moments(values: readonly number[]): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length) };
}

describe("small digits", () => {
  it("are means of 4 × 4 pixels after two empty ones on each side", () => {
    const pixels = new Float32Array(28 * 28);
    pixels[0] = 1;
    pixels[2 * 28 + 5] = 0.5;
    const { pixels: small } = smallDigits({ count: 1, pixels, labels: Int32Array.of(3) });
    expect(small[0]).toBeCloseTo(-1 + 2 / 16, 12);
    expect(small[8 + 1]).toBeCloseTo(-1 + 1 / 16, 12);
    expect(small.filter((value) => value !== -1).length).toBe(2);
  });

  it("make a mixture of the first fifty of each class with the mean and deviation it should have", async () => {
    const { means, weights, variances } = await digitMixture();
    expect(means.length).toBe(500);
    expect(new Set(weights)).toEqual(new Set([1 / 500]));
    expect(new Set(variances)).toEqual(new Set([0.01]));
    const { mean, deviation } = moments(means.flat());
    expect(mean).toBeCloseTo(-0.8033, 4);
    expect(deviation).toBeCloseTo(0.4063, 4);
    const { test } = await loadSmallDigits();
    // The first image of the package is the first of those kept for the test.
    expect(means[0]).toEqual(Array.from(test.pixels.subarray(0, 64)));
  });

  it("refuse what there is not", async () => {
    await expect(digitMixture({ perDigit: 0 })).rejects.toThrow(/perDigit/);
    await expect(digitMixture({ perDigit: 5000 })).rejects.toThrow(/at most 863/);
    await expect(digitMixture({ variance: -1 })).rejects.toThrow(/variance/);
  });
});

describe("the digit denoiser", () => {
  it("learns, the same whether it is interrupted or not, and frees what it used", { timeout: 60_000 }, async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    const { training: images } = await loadSmallDigits();
    const before = device.memory().tensors;
    const common = { images, schedule, device, key: key(5), steps: 60, batch: 64 };
    const whole = await trainDigitDenoiser(common);
    const seen: number[] = [];
    const stop = new AbortController();
    const first = await trainDigitDenoiser({
      ...common,
      signal: stop.signal,
      onProgress: ({ step }) => {
        seen.push(step);
        if (step === 25) stop.abort();
      },
    });
    expect(first.reason).toBe("aborted");
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    const second = await trainDigitDenoiser({ ...common, resume: first.training as DenoiserTraining });
    expect(second.reason).toBe("completed");
    expect([...first.losses, ...second.losses]).toEqual(whole.losses);
    // Noise of variance 1 is what an answer of 0 would leave.
    const late = moments(whole.losses.slice(-10)).mean;
    expect(late).toBeLessThan(0.8 * whole.losses[0]);

    const model = digitDenoiser(whole.training.parameters, { digit: 3 });
    using x = normal(key(1), [5, 64], { device });
    const noise = await model.predict(x, 0.5);
    expect(noise.shape).toEqual([5, 64]);
    noise.dispose();
    disposeTree(whole.training.parameters, whole.training.optimiser);
    disposeTree(second.training.parameters, second.training.optimiser);
    x.dispose();
    expect(device.memory().tensors).toBe(before);
    expect(() => digitDenoiser(whole.training.parameters, { digit: 10 })).toThrow(/digit/);
    await expect(trainDigitDenoiser({ ...common, steps: 0 })).rejects.toThrow(/steps/);
    await expect(trainDigitDenoiser({ ...common, batch: 1.5 })).rejects.toThrow(/batch/);
    await expect(trainDigitDenoiser({ ...common, unconditionalShare: 2 })).rejects.toThrow(/unconditionalShare/);
    await expect(trainDigitDenoiser({ ...common, learningRates: [0, 1] })).rejects.toThrow(/learningRates/);
  });
});

describe("distances between samples", () => {
  it("are those of the closed forms", async () => {
    expect(rootMeanSquare([1, 2], [1, 4])).toBeCloseTo(Math.SQRT2, 14);
    // Two points against two: 2 · mean of (1, 3, 1, 1) − 2 − 2.
    expect(energyDistance([0, 2], [1, 3], 1)).toBeCloseTo(2 * 1.5 - 2 - 2, 14);
    await using device = await openDevice("cpu", { threads: 1 });
    const [a, b] = await Promise.all(
      [1, 2].map(async (seed) => {
        using drawn = normal(key(seed), [4000, 2], { device, dtype: "float64" });
        return drawn.data();
      }),
    );
    expect(Math.abs(energyDistance(a, b, 2))).toBeLessThan(0.01);
    expect(await frechetDistance(a, a, 2)).toBeCloseTo(0, 10);
    // Moved by (3, 0) and doubled: 9 + 2 (1 − 2)², exactly where the samples are the same.
    const moved = Float64Array.from(a, (value, index) => 2 * value + (index % 2 === 0 ? 3 : 0));
    const centred = await frechetDistance(a, moved, 2);
    // Sampling error of means and variances of 4000 draws.
    expect(Math.abs(centred - 11)).toBeLessThan(0.3);
    expect(() => energyDistance([1], [1, 2], 2)).toThrow(/a: expected|a /);
    await expect(frechetDistance([1, 2], [1, 2, 3, 4], 2)).rejects.toThrow(/two or more/);
    expect(() => rootMeanSquare([1], [1, 2])).toThrow(/numbers/);
  });
});
