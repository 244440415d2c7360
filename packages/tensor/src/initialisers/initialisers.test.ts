import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { InvalidInputError } from "../errors.ts";
import { key } from "../random/key.ts";
import { expectAllClose, testDevices } from "../testing/index.ts";
import {
  fanInNormal,
  fanInUniform,
  type Initialiser,
  kaimingNormal,
  kaimingUniform,
  ones,
  spectralUniform,
  xavierNormal,
  xavierUniform,
  zeros,
} from "./index.ts";

/** fanIn 12 · 6 = 72, fanOut 40 · 6 = 240. */
const SHAPE = [40, 12, 3, 2];

interface Distribution {
  readonly name: string;
  readonly initialiser: Initialiser;
  readonly mean: number;
  readonly variance: number;
  /** Of the largest distance from the mean; undefined for normal ones. */
  readonly halfWidth?: number;
}

const uniformOf = (name: string, initialiser: Initialiser, variance: number): Distribution => ({
  name,
  initialiser,
  mean: 0,
  variance,
  halfWidth: Math.sqrt(3 * variance),
});

const DISTRIBUTIONS: readonly Distribution[] = [
  uniformOf("fanInUniform", fanInUniform, 1 / (3 * 72)),
  { name: "fanInNormal", initialiser: fanInNormal, mean: 0, variance: 1 / 72 },
  uniformOf("xavierUniform", xavierUniform, 2 / 312),
  {
    name: "xavierNormal for tanh",
    initialiser: (...given) => xavierNormal(given[0], given[1], { ...given[2], gain: 5 / 3 }),
    mean: 0,
    variance: (25 / 9) * (2 / 312),
  },
  uniformOf("kaimingUniform", kaimingUniform, 2 / 72),
  { name: "kaimingNormal", initialiser: kaimingNormal, mean: 0, variance: 2 / 72 },
  {
    name: "kaimingNormal backwards",
    initialiser: (...given) => kaimingNormal(given[0], given[1], { ...given[2], gain: 1, fan: "out" }),
    mean: 0,
    variance: 1 / 240,
  },
  {
    name: "spectralUniform",
    initialiser: spectralUniform,
    mean: 0.5 / 480,
    variance: 1 / (12 * 480 ** 2),
    halfWidth: 0.5 / 480,
  },
];

for (const { label, open } of await testDevices())
  describe(`initialisers on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it.each(DISTRIBUTIONS)("have the mean, variance and bounds they promise: $name", async (given) => {
      const before = device.memory().tensors;
      using weights = given.initialiser(key(5), SHAPE, { device });
      expect(device.memory().tensors).toBe(before + 1);
      expect(weights.shape).toEqual(SHAPE);
      expect(weights.dtype).toBe("float32");
      const values = Float64Array.from(await weights.data());
      const mean = values.reduce((total, value) => total + value, 0) / values.length;
      const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
      // Five standard errors of 2880 draws; the kurtosis of these distributions is at most that of the normal.
      expect(Math.abs(mean - given.mean)).toBeLessThan(5 * Math.sqrt(given.variance / values.length));
      expect(Math.abs(variance / given.variance - 1)).toBeLessThan(5 * Math.sqrt(2 / values.length));
      if (given.halfWidth === undefined) return;
      const farthest = values.reduce((most, value) => Math.max(most, Math.abs(value - given.mean)), 0);
      expect(farthest).toBeLessThanOrEqual(given.halfWidth * (1 + 2 ** -22));
      expect(farthest).toBeGreaterThan(0.99 * given.halfWidth);
    });

    it("give the same numbers for the same key, others for another", async () => {
      using one = fanInUniform(key(1), SHAPE, { device });
      using again = fanInUniform(key(1), SHAPE, { device });
      using other = fanInUniform(key(2), SHAPE, { device });
      expect(await again.data()).toEqual(await one.data());
      expect(await other.data()).not.toEqual(await one.data());
    });

    it("fill with constants, and make tensors without elements", async () => {
      using none = kaimingNormal(key(0), [3, 0], { device });
      expect(await none.data()).toEqual(new Float32Array(0));
      using empty = zeros(key(0), [2], { device });
      using full = ones(key(0), [2], { device });
      expectAllClose([...(await empty.data()), ...(await full.data())], [0, 0, 1, 1], { relative: 0, absolute: 0 });
    });
  });

describe("initialisers", () => {
  it("draw float64 of their own where the device has it", async () => {
    const [{ open }] = await testDevices();
    await using device = await open();
    if (device.defaultFloat !== "float64") return;
    using weights = fanInNormal(key(3), [4, 4], { device, dtype: "float64" });
    expect(weights.dtype).toBe("float64");
    expect((await weights.data()).some((value) => Math.fround(value) !== value)).toBe(true);
  });

  it("refuse shapes without fan and options that make no sense, naming them", async () => {
    const [{ open }] = await testDevices();
    await using device = await open();
    const refuses = (run: () => unknown, argument: string) =>
      expect(run, argument).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
    refuses(() => fanInUniform(key(0), [3], { device }), "fanInUniform: shape");
    refuses(() => xavierNormal(key(0), [], { device }), "xavierNormal: shape");
    refuses(() => spectralUniform(key(0), [2, -1], { device }), "spectralUniform: shape");
    refuses(() => xavierUniform(key(0), [2, 2], { device, gain: 0 }), "xavierUniform: options.gain");
    refuses(() => kaimingNormal(key(0), [2, 2], { device, fan: "both" as "in" }), "kaimingNormal: options.fan");
    refuses(() => fanInNormal(key(0), [2, 2], { device: undefined as never }), "device");
  });
});
