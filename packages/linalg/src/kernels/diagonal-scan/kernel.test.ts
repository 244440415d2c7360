import { InvalidInputError, openDevice } from "@ansatz/tensor";
import { caseRandom, expectAllClose, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { diagonalScan, diagonalScanKernel } from "./index.ts";

await testKernel(diagonalScanKernel);

const factors = caseRandom(1).array([3], "complex128", { scale: 0.5 });
const terms = caseRandom(2).array([2, 4, 3], "complex128");
const options = { devices: ["webgpu"] as const };
await testDerivatives("diagonal-scan", (a, b) => diagonalScan(a, b), [factors, terms], options);
await testDerivatives(
  "diagonal-scan, reverse",
  (a, b) => diagonalScan(a, b, { reverse: true }),
  [factors, terms],
  options,
);
await testDerivatives(
  "diagonal-scan from given states",
  (a, b, initial) => diagonalScan(a, b, { initial }),
  [factors, terms, caseRandom(3).array([2, 3], "complex128")],
  options,
);

describe("diagonal-scan", () => {
  it("goes on from the states where it stopped", async () => {
    await using device = await openDevice("cpu");
    const values = Array.from(caseRandom(4).array([20, 3], "complex128").data);
    const rows = (from: number, to: number) =>
      device.tensor(values.slice(6 * from, 6 * to), [to - from, 3], "complex128");
    using a = device.tensor(Array.from(factors.data), [3], "complex128");
    for (const reverse of [false, true]) {
      using whole = diagonalScan(a, rows(0, 20), { reverse });
      const expected = await whole.data();
      using first = diagonalScan(a, reverse ? rows(8, 20) : rows(0, 8), { reverse });
      const before = (await first.data()).slice(...(reverse ? [0, 6] : [-6]));
      using initial = device.tensor(before, [3], "complex128");
      using second = diagonalScan(a, reverse ? rows(0, 8) : rows(8, 20), { reverse, initial });
      // The sum with the initial states is rounded once more.
      const tolerance = { relative: 1e-14, absolute: 1e-14 };
      expectAllClose(await second.data(), reverse ? expected.slice(0, 48) : expected.slice(48), tolerance);
    }
  });

  it("gives the same bits whatever the number of threads", async () => {
    await using one = await openDevice("cpu", { threads: 1 });
    await using three = await openDevice("cpu", { threads: 3 });
    for (const dtype of ["complex64", "complex128"] as const)
      for (const shape of [
        [9001, 3],
        [2, 3000, 21],
      ]) {
        const values = caseRandom(5).array(shape, dtype).data;
        const a = caseRandom(6).array(shape.slice(-1), dtype, { scale: 0.4 }).data;
        const results = [];
        for (const device of [one, three]) {
          using factorsThere = device.tensor(Array.from(a), shape.slice(-1), dtype);
          using termsThere = device.tensor(Array.from(values), shape, dtype);
          using x = diagonalScan(factorsThere, termsThere);
          results.push(await x.data());
        }
        expect(results[1]).toEqual(results[0]);
      }
  });

  it("refuses what does not fit, naming the argument", async () => {
    await using device = await openDevice("cpu");
    device.scope(() => {
      const a = device.zeros([3], "complex64");
      const refuses = (run: () => unknown, argument: string) =>
        expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
      refuses(() => diagonalScan(a, device.zeros([4, 3], "float32")), "diagonalScan: terms");
      refuses(() => diagonalScan(a, device.zeros([3], "complex64")), "diagonalScan: terms");
      refuses(() => diagonalScan(a, device.zeros([4, 2], "complex64")), "diagonalScan: factors");
      refuses(() => diagonalScan(a, device.zeros([4, 3], "complex128")), "diagonalScan: factors");
      const initial = device.zeros([2, 3], "complex64");
      refuses(() => diagonalScan(a, device.zeros([4, 3], "complex64"), { initial }), "diagonalScan: options.initial");
    });
  });
});
