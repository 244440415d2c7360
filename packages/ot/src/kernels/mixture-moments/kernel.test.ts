import { InvalidInputError } from "@ansatz/tensor";
import { testKernel } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { mixtureMomentsKernel } from "./index.ts";

await testKernel(mixtureMomentsKernel);

describe("mixture-moments", () => {
  it("names the input that does not fit", () => {
    const float32 = (...shape: number[]) => ({ shape, dtype: "float32" as const });
    const fits = [float32(5, 2), float32(3), float32(3, 2), float32(3, 2), float32(3, 2), float32(3, 2, 2)];
    expect(mixtureMomentsKernel.infer(fits, {}).map(({ shape }) => shape)).toEqual([[5], [3], [3, 2], [3, 2, 2]]);
    for (const [index, name] of ["points", "offsets", "centers", "quadratic", "linear", "rotations"].entries()) {
      const wrong = fits.map((spec, position) => (position === index ? float32(4, 4, 4) : spec));
      expect(() => mixtureMomentsKernel.infer(wrong, {}), name).toThrow(InvalidInputError);
      expect(() => mixtureMomentsKernel.infer(wrong, {})).toThrow(`mixture-moments: ${name}`);
    }
  });
});
