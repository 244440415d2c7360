import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { InvalidInputError } from "../errors.ts";
import { testDevices } from "../testing/index.ts";
import { bernoulli, categorical, hostPermutation, permutation, rademacher } from "./discrete.ts";
import { child, key, split } from "./key.ts";

for (const { label, open } of await testDevices())
  describe(`discrete random draws on ${label}`, () => {
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

    it("are the same as on cpu, bit for bit", async () => {
      using signs = rademacher(key(1), [7, 31], { device });
      using signsThere = rademacher(key(1), [7, 31], { device: cpu });
      expect(await signs.data()).toEqual(await signsThere.data());
      using events = bernoulli(key(2), 0.3, [200], { device });
      using eventsThere = bernoulli(key(2), 0.3, [200], { device: cpu });
      expect(await events.data()).toEqual(await eventsThere.data());
    });

    it("are signs of either dtype", async () => {
      using single = rademacher(key(1), [50], { device });
      const values = [...(await single.data())];
      expect(new Set(values)).toEqual(new Set([-1, 1]));
      if (!device.description.dtypes.includes("float64")) return;
      using double = rademacher(key(1), [50], { device, dtype: "float64" });
      expect([...(await double.data())]).toEqual(values);
    });

    it("happen never at 0, always at 1, and by the probability of their place", async () => {
      using never = bernoulli(key(3), 0, [300], { device });
      using always = bernoulli(key(3), 1, [300], { device });
      using both = device.tensor<"float32">(Float32Array.of(0, 1));
      using byPlace = bernoulli(key(3), both, [40, 2], { device });
      expect((await never.data()).some((value) => value !== 0)).toBe(false);
      expect((await always.data()).every((value) => value === 1)).toBe(true);
      expect([...(await byPlace.data())]).toEqual(Array.from({ length: 80 }, (_, k) => k % 2));
    });

    it("permute as the host does, in one round and in several", async () => {
      for (const [n, rounds] of [
        [0, 1],
        [1, 1],
        [50, 1],
        [3000, 2],
      ]) {
        using order = permutation(key(4), n, { device });
        const keys = Array.from({ length: rounds }, (_, round) => child(key(4), round));
        const values = await order.data();
        expect(values).toEqual(hostPermutation(keys, n));
        expect(values.slice().sort()).toEqual(Int32Array.from({ length: n }, (_, k) => k));
      }
    });

    it("never choose a category of −∞, and always one of +∞", async () => {
      const [never, always] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
      using logits = device.tensor(Float32Array.of(never, 0, never, 0, always, 0), [2, 3]);
      using chosen = categorical(key(5), logits, { shape: [40, 2] });
      expect([...(await chosen.data())]).toEqual(Array.from({ length: 80 }, () => 1));
    });

    it("choose along any axis, as often as asked, and leave nothing behind", () => {
      using logits = device.zeros([4, 5, 6], "float32");
      const before = device.memory().tensors;
      for (const [axis, shape] of [
        [0, [5, 6]],
        [1, [4, 6]],
        [-1, [4, 5]],
      ] as const) {
        using once = categorical(key(6), logits, { axis });
        using often = categorical(key(6), logits, { axis, shape: [3, 2, ...shape] });
        expect([once.shape, often.shape, often.dtype]).toEqual([shape, [3, 2, ...shape], "int32"]);
      }
      expect(device.memory().tensors).toBe(before);
    });

    it("are refused for bad arguments, by name", () => {
      device.scope(() => {
        const logits = device.zeros([2, 3], "float32");
        const refuses = (run: () => unknown, argument: string) =>
          expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => rademacher(key(0), [2], { device, dtype: "int32" as never }), "dtype");
        refuses(() => rademacher(key(0), [2], {} as never), "device");
        refuses(() => bernoulli(key(0), 1.5, [2], { device }), "probability");
        refuses(() => bernoulli(key(0), Number.NaN, [2], { device }), "probability");
        refuses(() => bernoulli(key(0), device.zeros([2, 1], "float32"), [2], { device }), "probability");
        refuses(() => permutation(key(0), -1, { device }), "n");
        refuses(() => permutation(undefined as never, 3, { device }), "key");
        refuses(() => permutation(key(0), 3, {} as never), "device");
        refuses(() => categorical(key(0), device.zeros([2], "int32")), "logits");
        refuses(() => categorical(key(0), device.zeros([], "float32")), "logits");
        refuses(() => categorical(key(0), logits, { axis: 2 }), "categorical: axis");
        refuses(() => categorical(key(0), logits, { shape: [3] }), "shape");
        refuses(() => categorical(key(0), logits, { shape: [] }), "shape");
      });
    });
  });

// Seeds are fixed, so that a test either always passes or never; bounds are 4 standard deviations.
describe("the distribution", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu");
  });
  afterAll(() => device.dispose());

  const COUNT = 40_000;
  const expectFrequency = (hits: number, probability: number, draws = COUNT) =>
    expect(Math.abs(hits / draws - probability)).toBeLessThan(4 * Math.sqrt((probability * (1 - probability)) / draws));

  it("of signs is fair", async () => {
    using signs = rademacher(key(7), [COUNT], { device });
    expectFrequency((await signs.data()).filter((sign) => sign > 0).length, 0.5);
  });

  it("of events has their probability", async () => {
    using events = bernoulli(key(8), 0.137, [COUNT], { device });
    expectFrequency((await events.data()).filter((event) => event === 1).length, 0.137);
  });

  it("of categories is the softmax of the logits, in either dtype", async () => {
    const logits = [0, 1, -2, 0.5];
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    for (const dtype of ["float32", "float64"] as const) {
      using x = device.tensor(logits, [4], dtype);
      using chosen = categorical(key(9), x, { shape: [COUNT] });
      const values = await chosen.data();
      for (const [category, logit] of logits.entries())
        expectFrequency(values.filter((value) => value === category).length, Math.exp(logit) / total);
    }
  });

  it("of permutations gives each order of three the same chance", async () => {
    const counts = new Map<string, number>();
    const draws = 3000;
    for (const each of split(key(10), draws)) {
      using order = permutation(each, 3, { device });
      const name = [...(await order.data())].join();
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const hits of counts.values()) expectFrequency(hits, 1 / 6, draws);
  });
});
