import { testKernel } from "@ansatz/tensor/testing";
import { pointCloudSweepKernel } from "./index.ts";

await testKernel(pointCloudSweepKernel);
