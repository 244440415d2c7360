import { testKernel } from "../../testing/index.ts";
import { stridedEmbedKernel } from "./index.ts";

await testKernel(stridedEmbedKernel);
