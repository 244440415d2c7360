import { matmul } from "@ansatz/tensor";
import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { wellConditioned } from "./cases.ts";
import { pivotedQr, qr, qrKernel } from "./index.ts";

await testKernel(qrKernel);

const random = caseRandom(3);
const product = (a: Parameters<typeof qr>[0]) => {
  const { q, r } = qr(a);
  return matmul(matmul(r, r, { transposeB: true }), q, { transposeB: true });
};
const shapes = Object.entries({ square: [2, 4, 4], tall: [5, 3], wide: [3, 5] });
for (const [name, shape] of shapes) {
  const point = [wellConditioned(random, shape, "float64")];
  await testDerivatives(`both factors of qr, ${name}`, product, point, { devices: ["webgpu"] });
  await testDerivatives(`q, ${name}`, (a) => qr(a).q, point, { devices: [] });
  await testDerivatives(`r of pivotedQr, ${name}`, (a) => pivotedQr(a).r, point, { devices: [] });
}
for (const [name, shape] of shapes) {
  const point = [wellConditioned(random, shape, "complex128")];
  const devices = name === "tall" ? (["webgpu"] as const) : [];
  await testDerivatives(`both factors of qr of complex numbers, ${name}`, product, point, { devices });
}
await testDerivatives(
  "r of pivotedQr of complex numbers",
  (a) => pivotedQr(a).r,
  [wellConditioned(random, [4, 3], "complex128", true)],
  { devices: [] },
);
