import { referenceArray, type Tensor } from "@ansatz/tensor";
import { testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { csrProductKernel } from "./index.ts";

await testKernel(csrProductKernel);

const indices = (...values: number[]) => referenceArray("int32", [values.length], values);

await testDerivatives(
  "csr-product",
  (values: Tensor, x: Tensor, pointers: Tensor, columns: Tensor, rows: Tensor) =>
    csrProductKernel.run([values, x, pointers, columns, rows], null)[0],
  [
    referenceArray("float64", [4], [0.3, -0.8, 1.2, 0.5]),
    referenceArray("float64", [3, 2], [0.1, 0.7, -0.4, 0.9, 1.1, -0.6]),
    indices(0, 2, 2, 4),
    indices(0, 2, 2, 1),
    indices(0, 0, 2, 2),
  ],
  { devices: ["webgpu"] },
);
