import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { InvalidInputError } from "../../errors.ts";
import { testDevices, testKernel } from "../../testing/index.ts";
import { gather, gatherKernel } from "./index.ts";

await testKernel(gatherKernel);

for (const { label, open } of await testDevices())
  describe(`gather on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("picks rows when no axis is named", async () => {
      using table = device.tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
      using rows = device.tensor(Int32Array.of(2, 0));
      using picked = gather(table, rows);
      expect(picked.shape).toEqual([2, 2]);
      expect([...(await picked.data())]).toEqual([5, 6, 1, 2]);
    });

    it("keeps the bits of integers that no float holds", async () => {
      using x = device.tensor(Int32Array.of(2 ** 31 - 1, -(2 ** 31), 16777217));
      using indices = device.tensor(Int32Array.of(2, 1, 0));
      using picked = gather(x, indices);
      expect([...(await picked.data())]).toEqual([16777217, -(2 ** 31), 2 ** 31 - 1]);
    });

    it("undoes a permutation by its inverse", async () => {
      const permutation = fc.integer({ min: 1, max: 40 }).chain((length) => {
        const positions = Array.from({ length }, (_, position) => position);
        return fc.shuffledSubarray(positions, { minLength: length });
      });
      await fc.assert(
        fc.asyncProperty(permutation, async (order) => {
          const inverse = order.map((_, position) => order.indexOf(position));
          using values = device.tensor(Float32Array.from(order, (_, position) => position / 3));
          using forth = device.tensor(Int32Array.from(order));
          using back = device.tensor(Int32Array.from(inverse));
          using shuffled = gather(values, forth);
          using restored = gather(shuffled, back);
          expect(await restored.data()).toEqual(await values.data());
        }),
        { numRuns: 20 },
      );
    });

    it("refuses what it cannot pick, naming the argument", () => {
      device.scope(() => {
        const x = device.zeros([2, 3], "float32");
        const indices = device.zeros([2], "int32");
        const refuses = (run: () => unknown, argument: string) =>
          expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => gather(x, device.zeros([2], "float32")), "gather: indices");
        refuses(() => gather(x, indices, { axis: 2 }), "gather: axis");
        refuses(() => gather(x, indices, { axis: 0.5 }), "gather: axis");
        refuses(() => gather(device.zeros([], "float32"), indices), "gather: x");
        refuses(() => gather(device.zeros([0, 3], "float32"), indices), "gather: indices");
        const many = device.zeros([2 ** 14, 1], "float32");
        refuses(() => gather(many, device.zeros([2 ** 17], "int32"), { axis: 1 }), "gather: shape of the result");
      });
    });
  });
