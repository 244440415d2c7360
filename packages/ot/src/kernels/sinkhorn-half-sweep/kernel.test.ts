import { testKernel } from "@ansatz/tensor/testing";
import { halfSweepKernel } from "./index.ts";

await testKernel(halfSweepKernel);
