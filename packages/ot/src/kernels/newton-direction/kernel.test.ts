import { testKernel } from "@ansatz/tensor/testing";
import { newtonDirectionKernel } from "./index.ts";

await testKernel(newtonDirectionKernel);
