import { add, matmul } from "@ansatz/tensor";
import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { adjoint, castLike } from "../../matrix-parts.ts";
import { separated } from "./cases.ts";
import { eigenSymmetric, eigenSymmetricKernel, eigenvaluesSymmetric } from "./index.ts";

await testKernel(eigenSymmetricKernel);

for (const dtype of ["float64", "complex128"] as const) {
  const point = [separated(caseRandom(4), [2, 4, 4], dtype)];
  await testDerivatives(`eigenvaluesSymmetric, ${dtype}`, (a) => eigenvaluesSymmetric(add(a, adjoint(a))), point, {
    devices: [],
  });
  await testDerivatives(
    `values and vectors of eigenSymmetric, ${dtype}`,
    (a) => {
      const { values, vectors } = eigenSymmetric(add(a, adjoint(a)));
      return matmul(vectors, castLike(values.reshape([2, 4, 1]), vectors));
    },
    point,
    { devices: [] },
  );
}
