import { InvalidInputError } from "@ansatz/tensor";
import { testKernel } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { mixtureDrawKernel } from "./index.ts";

await testKernel(mixtureDrawKernel);

describe("mixture-draw", () => {
  it("refuses a regularization that is not positive", () => {
    const float32 = (...shape: number[]) => ({ shape, dtype: "float32" as const });
    const fits = [float32(5, 2), float32(5), float32(5, 2), float32(3), float32(3, 2), float32(3, 2)];
    expect(mixtureDrawKernel.infer(fits, { regularization: 1 })[0].shape).toEqual([5, 2]);
    for (const regularization of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => mixtureDrawKernel.infer(fits, { regularization })).toThrow(InvalidInputError);
  });
});
