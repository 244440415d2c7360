import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { InvalidInputError } from "../../errors.ts";
import { referenceArray } from "../../kernel.ts";
import type { Tensor } from "../../tensor.ts";
import { testDerivatives, testDevices, testKernel } from "../../testing/index.ts";
import { argsort, argsortKernel, sort, topK } from "./index.ts";

await testKernel(argsortKernel);

/** No two are closer than finite differences step. */
const apart = referenceArray("float64", [2, 4, 2], [3, 1, -2, 0.5, 7, 2, 1, -1, 0, 4, 2.5, -3, -1.5, 6, 5, 0.25]);
await testDerivatives("sort along a middle axis", (x) => sort(x, { axis: 1 }), [apart]);
/** A software GPU takes a second to compile a sorting network, so variants that run the same shaders are spared it. */
const WITHOUT_WEBGPU = { devices: ["tensorflow"] } as const;
const descending = (x: Tensor) => sort(x, { descending: true });
const smallest = (x: Tensor) => topK(x, 1, { which: "smallest" }).values;
await testDerivatives("sort along the last axis, descending", descending, [apart], WITHOUT_WEBGPU);
await testDerivatives("the values of topK", (x) => topK(x, 2, { axis: 1 }).values, [apart]);
await testDerivatives("the values of topK, smallest", smallest, [apart], WITHOUT_WEBGPU);

for (const { label, open } of await testDevices())
  describe(`sorting on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("gives what JavaScript's sort gives, NaN last", async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.float(), { minLength: 1, maxLength: 70 }),
          fc.boolean(),
          async (list, descending) => {
            const values = Float32Array.from(list, (value) => value + 0);
            using x = device.tensor(values, [values.length], "float32");
            using sorted = sort<"float32">(x, { descending });
            const numbers = values.filter((value) => !Number.isNaN(value)).sort();
            const expected = new Float32Array(values.length).fill(Number.NaN);
            expected.set(descending ? numbers.reverse() : numbers);
            const zeroless = (array: Float32Array) => array.map((value) => (value === 0 ? 0 : value));
            expect(zeroless(await sorted.data())).toEqual(zeroless(expected));
          },
        ),
        { numRuns: 20 },
      );
    });

    it("keeps the order of equal elements in either direction", async () => {
      using x = device.tensor(Float32Array.of(1, 0, -0, 1, 0, 1));
      using up = argsort(x);
      using down = argsort(x, { descending: true });
      expect([...(await up.data())]).toEqual([1, 2, 4, 0, 3, 5]);
      expect([...(await down.data())]).toEqual([0, 3, 5, 1, 2, 4]);
    });

    it("finds the k largest and smallest, and NaN only when nothing else is left", async () => {
      using x = device.tensor(Float32Array.of(2, Number.NaN, 5, -1, 5), [5]);
      const largest = topK(x, 3);
      const smallest = topK(x, 2, { which: "smallest" });
      const all = topK(x, 5);
      expect([...(await largest.values.data())]).toEqual([5, 5, 2]);
      expect([...(await largest.indices.data())]).toEqual([2, 4, 0]);
      expect([...(await smallest.values.data())]).toEqual([-1, 2]);
      expect([...(await all.indices.data())]).toEqual([2, 4, 0, 3, 1]);
      for (const { values, indices } of [largest, smallest, all]) for (const each of [values, indices]) each.dispose();
    });

    it("leaves nothing behind but the result", () => {
      using x = device.tensor(Float32Array.of(2, 1));
      const before = device.memory().tensors;
      using sorted = sort(x);
      expect(sorted.shape).toEqual([2]);
      expect(device.memory().tensors).toBe(before + 1);
    });

    it("refuses what it cannot sort, naming the argument", () => {
      device.scope(() => {
        const x = device.zeros([2, 3], "float32");
        const refuses = (run: () => unknown, argument: string) =>
          expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => argsort(x, { axis: 2 }), "argsort: axis");
        refuses(() => sort(device.zeros([], "float32")), "argsort: x");
        refuses(() => topK(x, 4), "argsort: count");
        refuses(() => topK(x, -1), "argsort: count");
        refuses(() => topK(x, 1.5), "argsort: count");
        refuses(() => topK(x, 1, { which: "biggest" as never }), "topK: which");
        if (device.description.dtypes.includes("complex64"))
          refuses(() => sort(device.zeros([2], "complex64")), "argsort: x");
      });
    });
  });
