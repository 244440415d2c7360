import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { InvalidInputError } from "../../errors.ts";
import { testDevices, testKernel } from "../../testing/index.ts";
import { max } from "../reduce/index.ts";
import { takeAlongAxis } from "../take-along-axis/index.ts";
import { argExtremumKernel, argmax, argmin } from "./index.ts";

await testKernel(argExtremumKernel);

for (const { label, open } of await testDevices())
  describe(`argmax and argmin on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("look at the flat array when no axis is named", async () => {
      using x = device.tensor(Float32Array.of(3, 1, 4, 1, 5, 9), [2, 3]);
      using largest = argmax(x);
      using smallest = argmin(x, { keepDimensions: true });
      expect(largest.shape).toEqual([]);
      expect(await largest.item()).toBe(5);
      expect(smallest.shape).toEqual([1, 1]);
      expect(await smallest.item()).toBe(1);
    });

    it("point at what max finds", async () => {
      using x = device.tensor(
        Float32Array.from({ length: 60 }, (_, k) => Math.sin(k * k)),
        [3, 4, 5],
      );
      using positions = argmax(x, { axis: 1, keepDimensions: true });
      using taken = takeAlongAxis(x, positions, { axis: 1 });
      using largest = max(x, { axes: 1, keepDimensions: true });
      expect(await taken.data()).toEqual(await largest.data());
    });

    it("take the first NaN there is", async () => {
      using x = device.tensor(Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY, Number.NaN));
      using largest = argmax(x, { axis: 0 });
      using smallest = argmin(x, { axis: 0 });
      expect([await largest.item(), await smallest.item()]).toEqual([1, 1]);
    });

    it("refuse what has no extremum, naming the argument", () => {
      device.scope(() => {
        const refuses = (run: () => unknown, argument: string) =>
          expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => argmax(device.zeros([2, 0], "float32"), { axis: 1 }), "argmax: x");
        refuses(() => argmin(device.zeros([0], "float32")), "argmin: x");
        refuses(() => argmin(device.zeros([2], "float32"), { axis: 1 }), "argmin: axis");
        if (device.description.dtypes.includes("complex64"))
          refuses(() => argmax(device.zeros([2], "complex64")), "argmax: x");
      });
    });
  });
