import { testKernel } from "@ansatz/tensor/testing";
import { planMarginalsKernel } from "./index.ts";

await testKernel(planMarginalsKernel);
