import { testKernel } from "@ansatz/tensor/testing";
import { stabilityMapKernel } from "./index.ts";

await testKernel(stabilityMapKernel);
