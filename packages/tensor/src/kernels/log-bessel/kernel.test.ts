import { testKernel } from "../../testing/index.ts";
import { logBesselKernel } from "./index.ts";

await testKernel(logBesselKernel);
