import { testKernel } from "../../testing/index.ts";
import { mapKernel } from "./index.ts";

await testKernel(mapKernel);
