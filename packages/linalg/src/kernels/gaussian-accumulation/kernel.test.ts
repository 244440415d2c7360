import { testKernel } from "@ansatz/tensor/testing";
import { expect, it } from "vitest";
import { gaussianAccumulationKernel } from "./index.ts";

await testKernel(gaussianAccumulationKernel);

it("refuses amplitudes that are not one for each exponent", () => {
  const specs = [[4, 3], [4], [5], [6], [2], [2], [2]].map((shape) => ({ shape, dtype: "float64" as const }));
  expect(() => gaussianAccumulationKernel.infer(specs, null)).toThrow(/amplitudes/);
});
