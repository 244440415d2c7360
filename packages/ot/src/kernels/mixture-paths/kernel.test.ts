import { InvalidInputError } from "@ansatz/tensor";
import { testKernel } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { mixturePathsKernel } from "./index.ts";

await testKernel(mixturePathsKernel);

describe("mixture-paths", () => {
  it("refuses a number of steps that its keeping of states does not divide", () => {
    const float32 = (...shape: number[]) => ({ shape, dtype: "float32" as const });
    const fits = [float32(5, 2), float32(5, 6, 2), float32(6, 3), float32(6, 3, 2), float32(6, 3, 2)];
    const options = { regularization: 1, stepSize: 1 / 6, every: 2 };
    expect(mixturePathsKernel.infer(fits, options)[0].shape).toEqual([5, 3, 2]);
    for (const wrong of [{ every: 4 }, { every: 0 }, { stepSize: 0 }, { regularization: Number.NaN }])
      expect(() => mixturePathsKernel.infer(fits, { ...options, ...wrong })).toThrow(InvalidInputError);
  });
});
