import { matmul, openDevice, subtract } from "@ansatz/tensor";
import { caseRandom, expectAllClose } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { svd } from "../kernels/svd/index.ts";
import { leftVectors } from "./coefficient-tensor.ts";

describe("leftVectors", () => {
  it("of a matrix taken block by block are those of the whole, and nothing else is left on the device", async () => {
    await using device = await openDevice("cpu");
    // More than two blocks of 4 · 6 rows and a rest; fewer rows than columns; just one more.
    for (const rows of [59, 4, 7]) {
      const { data } = caseRandom(rows).array([rows, 6], "float64");
      using matrix = device.tensor(data as Float64Array<ArrayBuffer>, [rows, 6]);
      const whole = svd(matrix);
      const before = device.memory().tensors;
      const { vectors, values } = leftVectors(matrix);
      expect(device.memory().tensors).toBe(before + 2);
      expectAllClose(await values.data(), await whole.s.data(), { relative: 1e-13, absolute: 0 });
      // Signs are free: compare the projections on the vectors.
      const kept = (v: typeof vectors) => matmul(v, v, { transposeB: true });
      const own = whole.vt;
      const difference = subtract(kept(vectors), matmul(own, own, { transposeA: true }));
      for (const value of await difference.data()) expect(Math.abs(value)).toBeLessThan(1e-12);
    }
  });
});
