import { add, matmul } from "@ansatz/tensor";
import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { clearPivots } from "./cases.ts";
import { lu, luKernel } from "./index.ts";

await testKernel(luKernel);

for (const dtype of ["float64", "complex128"] as const)
  await testDerivatives(
    `lu, two matrices of ${dtype}`,
    (x) => luKernel.run([x], null)[0],
    [clearPivots(caseRandom(1), [2, 4, 4], dtype)],
    { devices: ["webgpu"] },
  );

await testDerivatives(
  "both factors of lu",
  (x) => {
    const { lower, upper } = lu(x);
    return add(lower, matmul(upper, lower));
  },
  [clearPivots(caseRandom(2), [4, 4], "float64")],
  { devices: [] },
);
