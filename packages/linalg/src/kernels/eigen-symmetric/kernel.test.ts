import { add, matmul } from "@ansatz/tensor";
import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { transposed } from "../../matrix-parts.ts";
import { separated } from "./cases.ts";
import { eigenSymmetric, eigenSymmetricKernel, eigenvaluesSymmetric } from "./index.ts";

await testKernel(eigenSymmetricKernel);

const point = [separated(caseRandom(4), [2, 4, 4], "float64")];
await testDerivatives("eigenvaluesSymmetric", (a) => eigenvaluesSymmetric(add(a, transposed(a))), point, {
  devices: [],
});
await testDerivatives(
  "values and vectors of eigenSymmetric",
  (a) => {
    const { values, vectors } = eigenSymmetric(add(a, transposed(a)));
    return matmul(vectors, values.reshape([2, 4, 1]));
  },
  point,
  { devices: [] },
);
