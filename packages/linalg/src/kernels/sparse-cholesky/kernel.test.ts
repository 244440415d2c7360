import { testKernel } from "@ansatz/tensor/testing";
import { sparseCholeskyKernel } from "./index.ts";

await testKernel(sparseCholeskyKernel);
