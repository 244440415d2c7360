import { testKernel } from "@ansatz/tensor/testing";
import { sparsifyKernel } from "./index.ts";

await testKernel(sparsifyKernel);
