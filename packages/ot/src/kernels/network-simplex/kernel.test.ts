import { testKernel } from "@ansatz/tensor/testing";
import { networkSimplexKernel } from "./index.ts";

await testKernel(networkSimplexKernel);
