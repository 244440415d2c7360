import { testKernel } from "@ansatz/tensor/testing";
import { csrTriangularSolveKernel } from "./index.ts";

await testKernel(csrTriangularSolveKernel);
