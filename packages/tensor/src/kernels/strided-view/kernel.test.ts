import { testKernel } from "../../testing/index.ts";
import { stridedViewKernel } from "./index.ts";

await testKernel(stridedViewKernel);
