import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { InvalidInputError, UnsupportedError } from "../errors.ts";
import { expectAllClose, testDevices } from "../testing/index.ts";
import { normal, randomBits, uniform } from "./draw.ts";
import { key, split } from "./key.ts";

const SAMPLES = 200_000;

for (const { label, open } of await testDevices())
  describe(`random numbers on ${label}`, () => {
    let device: Device;
    let cpu: Device;
    beforeAll(async () => {
      device = await open();
      cpu = await openDevice("cpu", { threads: 1 });
    });
    afterAll(async () => {
      await device.dispose();
      await cpu.dispose();
    });

    it("are the same uniforms as on cpu, bit for bit", async () => {
      using here = uniform(key(11), [1001, 3], { device });
      using there = uniform(key(11), [1001, 3], { device: cpu });
      expect(here.shape).toEqual([1001, 3]);
      expect(await here.data()).toEqual(await there.data());
    });

    it("are the same normals as on cpu within 8 ulp, 4 for each", async () => {
      using here = normal(key(11), [3003], { device });
      using there = normal(key(11), [3003], { device: cpu });
      expectAllClose(await here.data(), await there.data(), { relative: 2 ** -21, absolute: 0 });
    });

    it("do not depend on the shape, and are reproducible", async () => {
      const [first, second] = split(key(2));
      using long = normal(first, [40, 5], { device });
      using short = normal(first, [13], { device });
      using other = normal(second, [13], { device });
      const start = (await long.data()).slice(0, 13);
      expect(await short.data()).toEqual(start);
      expect(await other.data()).not.toEqual(start);
    });

    it("are made without elements too, and leave nothing behind", async () => {
      const before = device.memory().tensors;
      using none = normal(key(0), [4, 0], { device });
      expect(await none.data()).toEqual(new Float32Array(0));
      expect(device.memory().tensors).toBe(before + 1);
    });

    it("are refused for a bad key, shape or dtype", () => {
      expect(() => uniform(key(0), [-1], { device })).toThrow(InvalidInputError);
      expect(() => uniform(undefined as never, [1], { device })).toThrow("key: expected a key from key() or split()");
      expect(() => uniform({ seed: [1, 2 ** 32], stream: [0, 0] }, [1], { device })).toThrow(InvalidInputError);
      expect(() => uniform(key(0), [1], { device, dtype: "int32" as never })).toThrow(
        "dtype: expected float32 or float64",
      );
      expect(() => uniform(key(0), [1], {} as never)).toThrow("device: expected an open device");
    });

    it("are words of Philox4x32-10 where there is uint32, and refused where there is not", async () => {
      if (device.description.dtypes.includes("uint32")) {
        using bits = randomBits(key(0), [6], { device });
        // The first four are Random123's known answer for key and counter 0.
        const first = Uint32Array.of(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
        expect((await bits.data()).slice(0, 4)).toEqual(first);
      } else expect(() => randomBits(key(0), [6], { device })).toThrow(UnsupportedError);
    });

    it("are float64 where the device has it, and refused where it has not", async () => {
      if (device.description.dtypes.includes("float64")) {
        using x = normal(key(3), [SAMPLES], { device, dtype: "float64" });
        checkMoments(await x.data());
      } else expect(() => normal(key(3), [1], { device, dtype: "float64" })).toThrow(UnsupportedError);
    });
  });

// What follows is about the numbers, which are the same everywhere. Seeds are fixed, so that a test either always passes or never; bounds are 4 standard deviations.
describe("the distribution", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu");
  });
  afterAll(() => device.dispose());

  it("of normals has the moments of the standard normal", async () => {
    using x = normal(key(5), [SAMPLES], { device });
    checkMoments(await x.data());
  });

  it("of normals is the standard normal, by Kolmogorov and Smirnov's distance", async () => {
    using x = normal(key(6), [SAMPLES], { device });
    const sorted = (await x.data()).sort();
    const step = 1 / 64;
    let probability = 0;
    let below = 0;
    let distance = 0;
    for (let edge = -6; edge <= 6; edge += step) {
      while (sorted[below] <= edge) below++;
      distance = Math.max(distance, Math.abs(below / SAMPLES - probability));
      // Simpson's rule: the probability of the next interval to 1e-12.
      probability += (step / 6) * (density(edge) + 4 * density(edge + step / 2) + density(edge + step));
    }
    expect(distance).toBeLessThan(KOLMOGOROV);
    expect(distance).toBeGreaterThan(0);
  });

  it("of uniforms is uniform on the open interval, float32 and float64", async () => {
    for (const dtype of ["float32", "float64"] as const) {
      using x = uniform(key(7), [SAMPLES], { device, dtype });
      const sorted = (await x.data()).sort();
      let distance = 0;
      for (const [index, value] of sorted.entries())
        distance = Math.max(distance, Math.abs(value - index / SAMPLES), Math.abs(value - (index + 1) / SAMPLES));
      expect(distance).toBeLessThan(KOLMOGOROV);
      expect(sorted[0]).toBeGreaterThan(0);
      expect(sorted[SAMPLES - 1]).toBeLessThan(1);
    }
  });

  it("of bits has every bit set half of the time", async () => {
    using x = randomBits(key(8), [SAMPLES], { device });
    const counts = new Array<number>(32).fill(0);
    for (const word of await x.data()) for (let bit = 0; bit < 32; bit++) counts[bit] += (word >>> bit) & 1;
    for (const count of counts) expect(Math.abs(count / SAMPLES - 0.5)).toBeLessThan((4 * 0.5) / Math.sqrt(SAMPLES));
  });

  it("of different streams, seeds and neighbouring elements is uncorrelated", async () => {
    const count = 20_000;
    const keys = [key(0), key(1), key(2 ** 32), ...split(key(0), 3), ...split(split(key(0))[0])];
    const draws: Float32Array[] = [];
    for (const each of keys) {
      using x = normal(each, [count], { device });
      draws.push(await x.data());
    }
    const correlation = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, value, i) => sum + value * b[i], 0) / count;
    for (const [index, first] of draws.entries()) {
      for (const second of draws.slice(index + 1))
        expect(Math.abs(correlation(first, second))).toBeLessThan(4 / Math.sqrt(count));
      for (const lag of [1, 2, 3, 4])
        expect(Math.abs(correlation(first.subarray(0, -lag), first.subarray(lag)))).toBeLessThan(4 / Math.sqrt(count));
    }
  });
});

/** Bound on the distance with a significance of 0.1 %. */
const KOLMOGOROV = 1.95 / Math.sqrt(SAMPLES);

function density(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** Mean, variance, skewness and kurtosis within 4 standard deviations of those of the standard normal. */
function checkMoments(values: ArrayLike<number>): void {
  const moments = [0, 0, 0, 0];
  for (let index = 0; index < values.length; index++)
    for (let power = 0; power < 4; power++) moments[power] += values[index] ** (power + 1) / values.length;
  const expected = [0, 1, 0, 3];
  // Variances of x, x², x³, x⁴.
  const variances = [1, 2, 15, 96];
  for (const [power, moment] of moments.entries())
    expect(Math.abs(moment - expected[power])).toBeLessThan(4 * Math.sqrt(variances[power] / values.length));
}
