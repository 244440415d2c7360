import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { openDevice } from "../../device/open.ts";
import { InvalidInputError } from "../../errors.ts";
import { referenceArray } from "../../kernel.ts";
import { caseRandom, expectAllClose, testDerivatives, testDevices, testKernel } from "../../testing/index.ts";
import { gather } from "../gather/index.ts";
import { takeAlongAxis } from "../take-along-axis/index.ts";
import { scatter, scatterAdd, scatterAlongAxis, scatterAlongAxisSum, scatterKernel, scatterSum } from "./index.ts";

await testKernel(scatterKernel);

/** With repetitions, and beyond both ends. */
const rows = referenceArray("int32", [5], [2, 0, 2, -1, 7]);
const real = (seed: number, shape: number[]) => caseRandom(seed).array(shape, "float64");
const complex = (seed: number, shape: number[]) => caseRandom(seed).array(shape, "complex128");
/** A software GPU takes a second to compile the sorting of updates, so variants that run the same shaders are spared it. */
const WITHOUT_WEBGPU = { devices: ["tensorflow"] } as const;
await testDerivatives("scatterAdd", (x, indices, updates) => scatterAdd(x, indices, updates), [
  real(1, [4, 2]),
  rows,
  real(2, [5, 2]),
]);
await testDerivatives(
  "scatterAdd along the last axis",
  (x, indices, updates) => scatterAdd(x, indices, updates, { axis: -1 }),
  [real(1, [2, 4]), rows, real(2, [2, 5])],
  WITHOUT_WEBGPU,
);
await testDerivatives("scatterAdd, complex", (x, indices, updates) => scatterAdd(x, indices, updates), [
  complex(1, [4]),
  rows,
  complex(2, [5]),
]);
await testDerivatives("scatter", (x, indices, updates) => scatter(x, indices, updates), [
  real(1, [4, 2]),
  rows,
  real(2, [5, 2]),
]);
await testDerivatives(
  "scatter along a middle axis",
  (x, indices, updates) => scatter(x, indices, updates, { axis: 1 }),
  [real(1, [2, 4, 2]), referenceArray("int32", [1, 3], [1, 3, 1]), real(2, [2, 1, 3, 2])],
);
const each = referenceArray("int32", [3, 2], [0, 1, 1, 1, 0, -1]);
for (const mode of ["set", "add"] as const)
  await testDerivatives(
    `scatterAlongAxis, ${mode}`,
    (x, indices, updates) => scatterAlongAxis(x, indices, updates, { axis: 0, mode }),
    [real(1, [4, 2]), each, real(2, [3, 2])],
    mode === "set" ? WITHOUT_WEBGPU : {},
  );
await testDerivatives("gather with repetitions", (x, indices) => gather(x, indices), [real(1, [4, 2]), rows]);
await testDerivatives(
  "gather along the last axis",
  (x, indices) => gather(x, indices, { axis: -1 }),
  [real(1, [2, 4]), rows],
  WITHOUT_WEBGPU,
);
await testDerivatives("gather, complex", (x, indices) => gather(x, indices), [complex(1, [4]), rows]);

for (const { label, open } of await testDevices())
  describe(`scattering on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("is the transpose of gathering, whatever the indices", async () => {
      const problem = fc.record({
        extent: fc.integer({ min: 1, max: 5 }),
        inner: fc.integer({ min: 1, max: 5 }),
        indices: fc.array(fc.integer({ min: -3, max: 8 }), { minLength: 1, maxLength: 12 }),
        seed: fc.integer({ min: 0, max: 1000 }),
      });
      await fc.assert(
        fc.asyncProperty(problem, async ({ extent, inner, indices, seed }) => {
          // Integers, so that the two sums are exactly equal.
          const integers = (at: number, shape: number[]) => caseRandom(at).array(shape, "int32", { below: 50 }).data;
          const values = integers(seed, [extent, inner]);
          const weights = integers(seed + 1, [indices.length, inner]);
          const each = device.scope(() => {
            const x = device.tensor(Float32Array.from(values), [extent, inner]);
            const w = device.tensor(Float32Array.from(weights), [indices.length, inner]);
            const by = device.tensor(Int32Array.from(indices));
            const flat = device.tensor(
              Int32Array.from(weights, (_, k) => indices[Math.floor(k / inner)]),
              [indices.length, inner],
            );
            return {
              gathered: gather(x, by),
              scattered: scatterSum(w, by, extent, 0),
              taken: takeAlongAxis(x, flat, { axis: 0 }),
              put: scatterAlongAxisSum(w, flat, extent, 0),
            };
          });
          const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
            Array.from(a).reduce((sum, value, k) => sum + value * b[k], 0);
          const there = dot(await each.gathered.data(), weights);
          expect(dot(await each.scattered.data(), values)).toBe(there);
          expect(await each.taken.data()).toEqual(await each.gathered.data());
          expect(await each.put.data()).toEqual(await each.scattered.data());
          for (const tensor of Object.values(each)) tensor.dispose();
        }),
        { numRuns: 20 },
      );
    });

    it("keeps the last of several updates", async () => {
      using x = device.tensor(Float32Array.of(1, 2, 3), [3]);
      using indices = device.tensor(Int32Array.of(2, 0, 2, 2));
      using updates = device.tensor(Float32Array.of(10, 20, 30, 40));
      using set = scatter(x, indices, updates);
      using added = scatterAdd(x, indices, updates);
      expect([...(await set.data())]).toEqual([20, 2, 40]);
      expect([...(await added.data())]).toEqual([21, 2, 83]);
    });

    it("gives the same bits at every run", async () => {
      const random = caseRandom(3);
      using updates = device.tensor(Float32Array.from(random.array([4000, 3], "float32").data), [4000, 3]);
      using indices = device.tensor(Int32Array.from(random.array([4000], "int32", { below: 9 }).data));
      using first = scatterSum(updates, indices, 9, 0);
      using second = scatterSum(updates, indices, 9, 0);
      expect(await second.data()).toEqual(await first.data());
    });

    it("refuses what does not fit, naming the argument", () => {
      device.scope(() => {
        const x = device.zeros([4, 3], "float32");
        const by = device.zeros([2], "int32");
        const updates = device.zeros([2, 3], "float32");
        const refuses = (run: () => unknown, argument: string) =>
          expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => scatterAdd(x, updates, updates), "scatterAdd: indices");
        refuses(() => scatterAdd(x, by, device.zeros([3, 3], "float32")), "scatterAdd: updates");
        refuses(() => scatterAdd(x, by, device.zeros([2, 3], "int32") as never), "scatterAdd: updates");
        refuses(() => scatter(x, by, updates, { axis: 2 }), "scatter: axis");
        refuses(() => scatter(x, by, updates, { axis: 1 }), "scatter: updates");
        refuses(() => scatter(device.zeros([0, 3], "float32"), by, updates), "scatter: indices");
        refuses(() => scatterAlongAxis(x, by, updates), "scatterAlongAxis: indices");
        refuses(() => scatterAlongAxis(x, device.zeros([4, 2], "int32"), updates), "scatterAlongAxis: updates");
        const mode = "multiply" as never;
        refuses(() => scatterAlongAxis(x, device.zeros([4, 2], "int32"), updates, { mode }), "scatterAlongAxis: mode");
        const bools = device.zeros([4, 3], "bool");
        refuses(() => scatterAdd(bools, by, device.zeros([2, 3], "bool")), "scatterAdd: updates");
      });
    });
  });

describe("scattering on cpu", () => {
  it("gives the same bits whatever the number of threads", async () => {
    await using one = await openDevice("cpu", { threads: 1 });
    await using three = await openDevice("cpu", { threads: 3 });
    const random = caseRandom(4);
    const values = Float32Array.from(random.array([3000, 65], "float32").data);
    const by = Int32Array.from(random.array([3000], "int32", { below: 40 }).data);
    const results = [];
    for (const device of [one, three]) {
      using updates = device.tensor(values, [3000, 65]);
      using indices = device.tensor(by);
      using sums = scatterSum(updates, indices, 40, 0);
      results.push(await sums.data());
    }
    expect(results[1]).toEqual(results[0]);
    expectAllClose(results[0].slice(0, 1), [sumOfFirstColumn(values, by)], { relative: 0, absolute: 1e-4 });
  });
});

function sumOfFirstColumn(values: Float32Array, by: Int32Array): number {
  return by.reduce((sum, index, row) => (index === 0 ? sum + values[row * 65] : sum), 0);
}
