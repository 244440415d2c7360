import { testKernel } from "../../testing/index.ts";
import { randomKernel } from "./index.ts";

await testKernel(randomKernel);
