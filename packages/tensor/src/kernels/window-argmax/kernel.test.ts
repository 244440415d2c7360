import { testKernel } from "../../testing/index.ts";
import { windowArgmaxKernel } from "./index.ts";

await testKernel(windowArgmaxKernel);
