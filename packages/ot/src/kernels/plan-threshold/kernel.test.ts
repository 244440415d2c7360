import { testKernel } from "@ansatz/tensor/testing";
import { planThresholdKernel } from "./index.ts";

await testKernel(planThresholdKernel);
