import { testKernel } from "../../testing/index.ts";
import { fftKernel } from "./index.ts";

await testKernel(fftKernel);
