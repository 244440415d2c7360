import { testKernel } from "../../testing/index.ts";
import { poolingKernel } from "./index.ts";

await testKernel(poolingKernel);
