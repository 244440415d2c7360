import { testKernel } from "@ansatz/tensor/testing";
import { sparseCholeskySolveKernel } from "./index.ts";

await testKernel(sparseCholeskySolveKernel);
