import { describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { InvalidInputError } from "../errors.ts";
import { referenceArray } from "../kernel.ts";
import { besselRatioI } from "../kernels/log-bessel/index.ts";
import { divide } from "../kernels/map/binary.ts";
import { sqrt, square } from "../kernels/map/unary.ts";
import { sum } from "../kernels/reduce/index.ts";
import { normal } from "../random/draw.ts";
import { key, split } from "../random/key.ts";
import { expectAllClose, testDerivatives, testDevices } from "../testing/index.ts";
import {
  fitConcentration,
  fitVonMisesFisher,
  meanLogLikelihood,
  meanResultantLength,
  sampleVonMisesFisher,
  vonMisesFisherEntropy,
  vonMisesFisherLogDensity,
  vonMisesFisherLogNormalizer,
} from "./index.ts";

/** R_v(x) = 1 / (b₀ + 1 / (b₁ + …)), b_j = 2 (v + 1 + j) / x, by Lentz's method: another way to the ratio than the kernel's. */
function ratioByContinuedFraction(v: number, x: number): number {
  let c = (2 * (v + 1)) / x;
  let d = 0;
  let denominator = c;
  for (let j = 1; ; j++) {
    const b = (2 * (v + 1 + j)) / x;
    d = 1 / (b + d);
    c = b + 1 / c;
    denominator *= c * d;
    if (Math.abs(c * d - 1) < 2 ** -52) return 1 / denominator;
  }
}

// Values of mpmath with 36 digits.
const RESULTANT_LENGTHS = [
  [2048, 100, 0.0487123734746822],
  [2048, 3000, 0.7153926901184158],
  [8192, 2e4, 0.815972086964904],
  [32768, 5e3, 0.1491917599583104],
  [32768, 1e5, 0.8494964037127563],
  [3, 2, 0.5373147207275483],
] as const;

describe("von Mises–Fisher distributions", () => {
  it.each(RESULTANT_LENGTHS)(
    "have the mean resultant length in %d dimensions with concentration %d",
    (p, k, expected) => {
      expect(Math.abs(meanResultantLength(p, k) / expected - 1)).toBeLessThan(2e-15);
      expect(Math.abs(ratioByContinuedFraction(p / 2 - 1, k) / besselRatioI(p / 2 - 1, k) - 1)).toBeLessThan(1e-14);
    },
  );

  it.each([
    [2048, 3000],
    [8192, 2e4],
    [32768, 1e5],
    [2048, 100],
    [3, 2],
    [2, 0.1],
  ])("give back their concentration from the mean's length, p = %d, κ = %d, in four steps", (p, k) => {
    const { concentration, reason, history } = fitConcentration(p, meanResultantLength(p, k));
    expect(reason).toBe("converged");
    expect(Math.abs(concentration / k - 1)).toBeLessThan(1e-11);
    expect(history.length).toBeLessThanOrEqual(5);
  });

  it("are elementary in three dimensions", () => {
    for (const k of [0.1, 2, 40]) {
      const logSinh = k + Math.log1p(-Math.exp(-2 * k)) - Math.LN2;
      const expected = Math.log(k / (4 * Math.PI)) - logSinh;
      expectAllClose([vonMisesFisherLogNormalizer(3, k)], [expected], { relative: 1e-14, absolute: 1e-14 });
      const entropy = -expected - k * (1 / Math.tanh(k) - 1 / k);
      expectAllClose([vonMisesFisherEntropy(3, k)], [entropy], { relative: 1e-13, absolute: 1e-13 });
    }
  });

  it("tend to the uniform distribution, whose entropy is the logarithm of the sphere's area", () => {
    expectAllClose([vonMisesFisherEntropy(3, 0)], [Math.log(4 * Math.PI)], { relative: 1e-15, absolute: 0 });
    for (const p of [2, 5, 100, 4096]) {
      const none = vonMisesFisherLogNormalizer(p, 0);
      // Each of the two large logarithms is rounded.
      expectAllClose([vonMisesFisherLogNormalizer(p, 1e-9)], [none], { relative: 1e-13, absolute: 1e-14 });
    }
    expect(fitConcentration(5, 0).concentration).toBe(0);
  });

  it("refuse what they cannot take, naming the argument", async () => {
    await using device = await openDevice("cpu");
    const argument = (name: string) => expect.objectContaining({ name: InvalidInputError.name, argument: name });
    expect(() => meanResultantLength(1, 3)).toThrow(argument("dimension"));
    expect(() => vonMisesFisherLogNormalizer(3, -1)).toThrow(argument("concentration"));
    expect(() => fitConcentration(3, 1)).toThrow(argument("samples"));
    expect(() => fitConcentration(3, Number.NaN)).toThrow(argument("resultantLength"));
    const sample = (meanDirection: number[], count: number) =>
      sampleVonMisesFisher(key(1), { meanDirection, concentration: 1 }, count, { device });
    expect(() => sample([1, 1], 3)).toThrow(argument("meanDirection"));
    expect(() => sample([1, 0], -1)).toThrow(argument("count"));
    using equal = device.tensor(Float64Array.of(0, 1, 0, 1), [2, 2]);
    await expect(fitVonMisesFisher(equal)).rejects.toThrow(/degenerate/);
    using long = device.tensor(Float64Array.of(0, 1, 0, 1.1), [2, 2]);
    await expect(fitVonMisesFisher(long)).rejects.toThrow(argument("samples"));
    expect(device.memory().tensors).toBe(2);
  });

  it("have samples whose cosines are distributed as their density says", async () => {
    await using device = await openDevice("cpu");
    for (const [p, k] of [
      [2, 3],
      [3, 0],
      [4, 30],
      [50, 20],
    ]) {
      const meanDirection = Float64Array.from({ length: p }, (_, index) => (index === 0 ? 1 : 0));
      using samples = sampleVonMisesFisher(key(5), { meanDirection, concentration: k }, 4000, {
        device,
        dtype: "float64",
      });
      const cosines = (await samples.data()).filter((_, index) => index % p === 0).sort();
      // The distribution function by the trapezoid rule on exp(κ cos φ) sin(φ)^(p−2), and Kolmogorov's distance: 1.95 / √n is exceeded once in a thousand.
      const steps = 20_000;
      const density = (angle: number) => Math.exp(k * (Math.cos(angle) - 1)) * Math.sin(angle) ** (p - 2);
      const cumulated = new Float64Array(steps + 1);
      for (let step = 1; step <= steps; step++)
        cumulated[step] = cumulated[step - 1] + density((Math.PI * (step - 0.5)) / steps);
      let distance = 0;
      for (const [index, cosine] of cosines.entries()) {
        const share = 1 - cumulated[Math.round((Math.acos(cosine) / Math.PI) * steps)] / cumulated[steps];
        distance = Math.max(distance, Math.abs(share - (index + 0.5) / cosines.length));
      }
      expect(distance, `p = ${p}, κ = ${k}`).toBeLessThan(1.95 / Math.sqrt(cosines.length));
    }
  });
});

describe("fits of von Mises–Fisher distributions", async () => {
  const devices = await testDevices();

  it.each([
    [2048, 500],
    [8192, 3000],
    [32768, 2e4],
  ])("find the likeliest concentration in %d dimensions, true one %d", { timeout: 60_000 }, async (p, k) => {
    await using device = await openDevice("cpu");
    const [forDirection, forSamples] = split(key(3));
    using direction = device.scope(() => {
      const x = normal(forDirection, [p], { device, dtype: "float64" });
      return divide(x, sqrt(sum(square(x))));
    });
    const meanDirection = await direction.data();
    using samples = sampleVonMisesFisher(forSamples, { meanDirection, concentration: k }, 500, { device });
    const fit = await fitVonMisesFisher(samples);
    expect(fit.reason).toBe("converged");
    expect(Math.abs(meanResultantLength(p, fit.concentration) - fit.meanResultantLength)).toBeLessThan(1e-12);
    for (const factor of [1 - 1e-3, 1 + 1e-3])
      expect(meanLogLikelihood(p, fit.meanResultantLength, factor * fit.concentration)).toBeLessThan(fit.logLikelihood);
    const cosine = fit.meanDirection.reduce((total, value, index) => total + value * meanDirection[index], 0);
    // The samples' mean is as long as √(A² + (1 − A²)/n), the part orthogonal to the true direction being noise.
    const length = meanResultantLength(p, k);
    expect(cosine).toBeGreaterThan((0.95 * length) / Math.sqrt(length ** 2 + (1 - length ** 2) / 500));
    expectAllClose([fit.meanResultantLength], [Math.sqrt(length ** 2 + (1 - length ** 2) / 500)], {
      relative: 0.02,
      absolute: 0,
    });
  });

  const concentrationOn = async (open: () => Promise<Device>) => {
    await using device = await open();
    const parameters = { meanDirection: [0.6, 0, 0.8, 0, 0], concentration: 12 };
    using samples = sampleVonMisesFisher(key(9), parameters, 300, { device });
    const { concentration } = await fitVonMisesFisher(samples);
    expect(device.memory().tensors).toBe(1);
    return concentration;
  };

  it.each(devices)("agree between devices: $label", { timeout: 60_000 }, async ({ open }) => {
    const expected = await concentrationOn(devices[0].open);
    // The estimate's standard error is about κ √(2 / ((p − 1) n)): 0.5.
    expect(Math.abs(expected - 12)).toBeLessThan(1.5);
    // Samples and their mean are float32; the concentration is as uncertain as 1 − R̄, a sixth.
    expectAllClose([await concentrationOn(open)], [expected], { relative: 1e-5, absolute: 0 });
  });
});

await testDerivatives(
  "the logarithm of the density, in all its arguments",
  (x, meanDirection, concentration) => vonMisesFisherLogDensity(x, meanDirection, concentration),
  [
    referenceArray("float64", [2, 3], [0.6, 0, 0.8, 0, 1, 0]),
    referenceArray("float64", [3], [0.8, 0.6, 0]),
    referenceArray("float64", [2], [2, 40]),
  ],
  // The kernel is checked there by itself.
  { devices: [] },
);
