import { add, matmul } from "@ansatz/tensor";
import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { identity, transposed } from "../../matrix-parts.ts";
import { cholesky, choleskyKernel } from "./index.ts";

await testKernel(choleskyKernel);

await testDerivatives(
  "cholesky, two matrices",
  (x) => cholesky(add(matmul(x, transposed(x)), identity(x, 4))),
  [caseRandom(1).array([2, 4, 4], "float64")],
  { devices: ["webgpu"] },
);
