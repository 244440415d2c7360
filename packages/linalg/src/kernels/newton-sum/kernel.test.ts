import { testKernel } from "@ansatz/tensor/testing";
import { expect, it } from "vitest";
import { newtonSumKernel } from "./index.ts";

await testKernel(newtonSumKernel);

it("refuses charges that are not one for each source", () => {
  const specs = [[4, 3], [5, 3], [4]].map((shape) => ({ shape, dtype: "float64" as const }));
  expect(() => newtonSumKernel.infer(specs, null)).toThrow(/charges/);
});
