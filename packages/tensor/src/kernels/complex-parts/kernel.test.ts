import { referenceArray } from "../../kernel.ts";
import { testDerivatives, testKernel } from "../../testing/index.ts";
import { complex, complexPartsKernel, conj, imag, real } from "./index.ts";

await testKernel(complexPartsKernel);

const point = referenceArray("complex128", [3], [0.3, -0.7, 1.1, 0.2, -0.4, 0.9]);
const re = referenceArray("float64", [3], [0.3, -0.7, 1.1]);
const im = referenceArray("float64", [3], [0.5, 0.1, -0.8]);
await testDerivatives("real", real, [point]);
await testDerivatives("imag", imag, [point]);
await testDerivatives("conj", conj, [point]);
await testDerivatives("complex", complex, [re, im], { devices: ["webgpu"] });
