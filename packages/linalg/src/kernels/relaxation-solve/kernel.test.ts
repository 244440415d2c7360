import { testKernel } from "@ansatz/tensor/testing";
import { expect, it } from "vitest";
import { relaxationSolveKernel } from "./index.ts";

await testKernel(relaxationSolveKernel);

it("refuses float32, whose counts of iterations mean nothing", () => {
  const [each] = relaxationSolveKernel.cases();
  const specs = each.inputs.map((input, index) => (index === 3 ? { ...input, dtype: "float32" as const } : input));
  expect(() => relaxationSolveKernel.infer(specs, each.options)).toThrow(/input 3/);
});
