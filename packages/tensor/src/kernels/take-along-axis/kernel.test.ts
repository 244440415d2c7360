import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { InvalidInputError } from "../../errors.ts";
import { referenceArray } from "../../kernel.ts";
import { caseRandom, testDerivatives, testDevices, testKernel } from "../../testing/index.ts";
import { takeAlongAxis, takeAlongAxisKernel } from "./index.ts";

await testKernel(takeAlongAxisKernel);

const repeated = referenceArray("int32", [2, 4, 2], [0, 2, 1, 1, 0, 0, 7, -1, 2, 2, 1, 0, 0, 1, 0, 2]);
await testDerivatives(
  "takeAlongAxis along a middle axis, with repeated indices and such as lie outside",
  (x, indices) => takeAlongAxis(x, indices, { axis: 1 }),
  [caseRandom(1).array([2, 3, 2], "float64"), repeated],
);
await testDerivatives("takeAlongAxis along the last axis, complex", (x, indices) => takeAlongAxis(x, indices), [
  caseRandom(2).array([2, 3], "complex128"),
  referenceArray("int32", [2, 4], [0, 2, 2, 1, 1, 1, 0, 2]),
]);

for (const { label, open } of await testDevices())
  describe(`takeAlongAxis on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("picks what a plain loop picks", async () => {
      const lines = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(([rows, extent]) =>
        fc.record({
          values: fc.array(fc.array(fc.float({ noNaN: true }), { minLength: extent, maxLength: extent }), {
            minLength: rows,
            maxLength: rows,
          }),
          picks: fc.array(fc.array(fc.integer({ min: 0, max: extent - 1 }), { minLength: rows, maxLength: rows }), {
            minLength: 1,
            maxLength: 5,
          }),
        }),
      );
      await fc.assert(
        fc.asyncProperty(lines, async ({ values, picks }) => {
          using x = device.tensor(Float32Array.from(values.flat()), [values.length, values[0].length]);
          const byRow = values.map((_, row) => picks.map((pick) => pick[row]));
          using indices = device.tensor(Int32Array.from(byRow.flat()), [values.length, picks.length]);
          using picked = takeAlongAxis(x, indices);
          const expected = values.flatMap((line, row) => byRow[row].map((index) => line[index]));
          expect(await picked.data()).toEqual(Float32Array.from(expected));
        }),
        { numRuns: 20 },
      );
    });

    it("refuses what it cannot pick, naming the argument", () => {
      device.scope(() => {
        const x = device.zeros([2, 3], "float32");
        const refuses = (run: () => unknown, argument: string) =>
          expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => takeAlongAxis(x, device.zeros([2, 3], "float32")), "takeAlongAxis: indices");
        refuses(() => takeAlongAxis(x, device.zeros([3, 3], "int32")), "takeAlongAxis: indices");
        refuses(() => takeAlongAxis(x, device.zeros([2], "int32")), "takeAlongAxis: indices");
        refuses(() => takeAlongAxis(x, device.zeros([2, 3], "int32"), { axis: 2 }), "takeAlongAxis: axis");
        refuses(
          () => takeAlongAxis(device.zeros([2, 0], "float32"), device.zeros([2, 1], "int32")),
          "takeAlongAxis: indices",
        );
        refuses(() => takeAlongAxis(device.zeros([], "float32"), device.zeros([], "int32")), "takeAlongAxis: x");
      });
    });
  });
