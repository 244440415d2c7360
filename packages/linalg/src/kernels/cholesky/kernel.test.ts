import { add, matmul } from "@ansatz/tensor";
import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { adjoint, identity } from "../../matrix-parts.ts";
import { cholesky, choleskyKernel } from "./index.ts";

await testKernel(choleskyKernel);

for (const dtype of ["float64", "complex128"] as const)
  await testDerivatives(
    `cholesky, two matrices of ${dtype}`,
    (x) => cholesky(add(matmul(x, adjoint(x)), identity(x, 4))),
    [caseRandom(1).array([2, 4, 4], dtype)],
    { devices: ["webgpu"] },
  );
