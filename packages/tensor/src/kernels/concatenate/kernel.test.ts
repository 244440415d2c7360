import { testKernel } from "../../testing/index.ts";
import { concatenateKernel } from "./index.ts";

await testKernel(concatenateKernel);
