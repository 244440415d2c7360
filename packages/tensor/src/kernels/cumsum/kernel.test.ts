import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { openDevice } from "../../device/open.ts";
import { InvalidInputError } from "../../errors.ts";
import { caseRandom, expectAllClose, testDerivatives, testDevices, testKernel } from "../../testing/index.ts";
import { cumsum, cumsumKernel } from "./index.ts";

await testKernel(cumsumKernel);

const point = [caseRandom(1).array([2, 3, 2], "float64")];
await testDerivatives("cumsum along the last axis", (x) => cumsum(x), point);
await testDerivatives("cumsum along a middle axis, reverse", (x) => cumsum(x, { axis: 1, reverse: true }), point);
await testDerivatives("cumsum, exclusive", (x) => cumsum(x, { axis: 0, exclusive: true }), point);
await testDerivatives(
  "cumsum, exclusive and reverse",
  (x) => cumsum(x, { axis: 1, exclusive: true, reverse: true }),
  point,
);
await testDerivatives("cumsum, complex", (x) => cumsum(x), [caseRandom(2).array([2, 4], "complex128")]);

for (const { label, open } of await testDevices())
  describe(`cumsum on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("adds up integers as a plain loop does", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer(), { minLength: 1, maxLength: 50 }), async (values) => {
          using x = device.tensor(Int32Array.from(values));
          using y = cumsum(x);
          let sum = 0;
          expect([...(await y.data())]).toEqual(values.map((value) => (sum = (sum + value) | 0)));
        }),
        { numRuns: 20 },
      );
    });

    it("refuses what it cannot add up, naming the argument", () => {
      device.scope(() => {
        const refuses = (run: () => unknown, argument: string) =>
          expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => cumsum(device.zeros([], "float32")), "cumsum: x");
        refuses(() => cumsum(device.zeros([2], "bool")), "cumsum: x");
        refuses(() => cumsum(device.zeros([2], "float32"), { axis: 1 }), "cumsum: axis");
      });
    });
  });

describe("cumsum on cpu", () => {
  it("gives the same bits whatever the number of threads", async () => {
    await using one = await openDevice("cpu", { threads: 1 });
    await using three = await openDevice("cpu", { threads: 3 });
    for (const dtype of ["float32", "float64"] as const)
      for (const shape of [[90_001], [30_000, 3], [2, 45_000]]) {
        const values = caseRandom(5).array(shape, dtype).data;
        const results = [];
        for (const device of [one, three]) {
          using x = device.tensor(Array.from(values), shape, dtype);
          using y = cumsum(x, { axis: 0 });
          using z = cumsum(x);
          results.push([await y.data(), await z.data()]);
        }
        expect(results[1]).toEqual(results[0]);
      }
  });

  it("does not lose small terms beside large ones that cancel", async () => {
    await using device = await openDevice("cpu");
    // 1 + 1e100 + 1 − 1e100 is 2; adding one by one gives 0.
    const terms = [1, 1e100, 1, -1e100];
    using line = device.tensor(Float64Array.from(terms));
    using columns = device.tensor(Float64Array.from(terms.flatMap((term) => [term, -term, term])), [4, 3]);
    using sums = cumsum(line);
    using columnSums = cumsum(columns, { axis: 0 });
    expect((await sums.data()).at(-1)).toBe(2);
    expect([...(await columnSums.data()).slice(-3)]).toEqual([2, -2, 2]);
    using many = device.full([1 << 20], 0.1, "float32");
    using total = cumsum(many);
    // Half an ulp of the sum.
    const expected = Math.fround(0.1) * 2 ** 20;
    expectAllClose((await total.data()).slice(-1), [expected], { relative: 2 ** -24, absolute: 0 });
  });
});
