export { expectAllClose } from "./all-close.ts";
export { caseRandom } from "./case-random.ts";
export { type TestDevice, testDevices } from "./devices.ts";
export { type DerivativeTestOptions, testDerivatives } from "./test-derivatives.ts";
export { testKernel } from "./test-kernel.ts";
