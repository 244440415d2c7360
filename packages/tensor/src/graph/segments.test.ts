import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { InvalidInputError } from "../errors.ts";
import { referenceArray } from "../kernel.ts";
import { segmentMax } from "../kernels/segment-max/index.ts";
import { caseRandom, expectAllClose, testDerivatives, testDevices } from "../testing/index.ts";
import { segmentMean, segmentSoftmax, segmentSum } from "./segments.ts";

const point = [caseRandom(1).array([6, 2], "float64"), referenceArray("int32", [6], [3, 0, 3, 1, 0, 3])];
// On webgpu as part of segmentMean.
await testDerivatives("segmentSum", (x, ids) => segmentSum(x, ids, 4), point, { devices: ["tensorflow"] });
await testDerivatives("segmentMean", (x, ids) => segmentMean(x, ids, 4), point);
await testDerivatives("segmentSoftmax", (x, ids) => segmentSoftmax(x, ids, 4), point, { devices: ["webgpu"] });
const sorted = [point[0], referenceArray("int32", [6], [0, 0, 1, 1, 1, 3])];
await testDerivatives("segmentSum of sorted ids", (x, ids) => segmentSum(x, ids, 4, { sorted: true }), sorted);

/** Rows of each segment by a plain loop. */
function rowsOf(segment: number, ids: readonly number[]): number[] {
  return ids.flatMap((id, row) => (id === segment ? [row] : []));
}

for (const { label, open } of await testDevices())
  describe(`reductions by segment on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("give what plain loops give", async () => {
      const problem = fc
        .record({ segments: fc.integer({ min: 1, max: 5 }), seed: fc.integer({ min: 0, max: 999 }) })
        .chain(({ segments, seed }) =>
          fc.record({
            segments: fc.constant(segments),
            seed: fc.constant(seed),
            ids: fc.array(fc.integer({ min: 0, max: segments - 1 }), { minLength: 1, maxLength: 12 }),
          }),
        );
      await fc.assert(
        fc.asyncProperty(problem, async ({ segments, seed, ids }) => {
          const values = Float32Array.from(caseRandom(seed).array([ids.length], "float32").data);
          using x = device.tensor(values);
          using by = device.tensor(Int32Array.from(ids));
          using sums = segmentSum(x, by, segments);
          using means = segmentMean(x, by, segments);
          const lists = Array.from({ length: segments }, (_, segment) =>
            rowsOf(segment, ids).map((row) => values[row]),
          );
          const sumOf = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0);
          // A dozen standard normal numbers, each rounded.
          const tolerance = { relative: 0, absolute: 12 * 4 * 2 ** -24 };
          expectAllClose(await sums.data(), lists.map(sumOf), tolerance);
          expectAllClose(
            await means.data(),
            lists.map((list) => sumOf(list) / Math.max(1, list.length)),
            tolerance,
          );
          if (device.kind === "tensorflow") return;
          using largest = segmentMax(x, by, segments);
          expect([...(await largest.data())]).toEqual(lists.map((list) => Math.max(...list)));
          using shares = segmentSoftmax(x, by, segments);
          const totals = lists.map((list) => sumOf(list.map(Math.exp)));
          const expected = ids.map((id, row) => Math.exp(values[row]) / totals[id]);
          expectAllClose(await shares.data(), expected, { relative: 1e-5, absolute: 0 });
        }),
        { numRuns: 20 },
      );
    });

    it("give 0 for sums and means of nothing", async () => {
      using x = device.zeros([0, 2], "float32");
      using ids = device.zeros([0], "int32");
      using sums = segmentSum(x, ids, 2);
      using means = segmentMean(x, ids, 2);
      expect([...(await sums.data())]).toEqual([0, 0, 0, 0]);
      expect([...(await means.data())]).toEqual([0, 0, 0, 0]);
    });

    it("do not overflow in a softmax of large numbers", async () => {
      if (device.kind === "tensorflow") return;
      using x = device.tensor(Float32Array.of(1000, 1000, -1000));
      using ids = device.tensor(Int32Array.of(0, 0, 1));
      using shares = segmentSoftmax(x, ids, 2);
      expect([...(await shares.data())]).toEqual([0.5, 0.5, 1]);
    });

    it("refuse what does not fit, naming the argument", () => {
      device.scope(() => {
        const x = device.zeros([2, 3], "float32");
        const ids = device.zeros([2], "int32");
        const refuses = (run: () => unknown, argument: string) =>
          expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => segmentSum(x, device.zeros([3], "int32"), 2), "segmentSum: segmentIds");
        refuses(() => segmentSum(x, ids, 0), "segmentSum: segments");
        refuses(() => segmentMean(device.zeros([2], "int32"), ids, 2), "segmentMean: x");
        refuses(() => segmentSoftmax(device.zeros([2], "int32"), ids, 2), "segmentSoftmax: x");
      });
    });
  });
