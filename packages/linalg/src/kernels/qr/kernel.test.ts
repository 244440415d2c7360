import { matmul } from "@ansatz/tensor";
import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { wellConditioned } from "./cases.ts";
import { pivotedQr, qr, qrKernel } from "./index.ts";

await testKernel(qrKernel);

const random = caseRandom(3);
for (const [name, shape] of Object.entries({ square: [2, 4, 4], tall: [5, 3], wide: [3, 5] })) {
  const point = [wellConditioned(random, shape, "float64")];
  const product = (a: Parameters<typeof qr>[0]) => {
    const { q, r } = qr(a);
    return matmul(matmul(r, r, { transposeB: true }), q, { transposeB: true });
  };
  await testDerivatives(`both factors of qr, ${name}`, product, point, { devices: ["webgpu"] });
  await testDerivatives(`q, ${name}`, (a) => qr(a).q, point, { devices: [] });
  await testDerivatives(`r of pivotedQr, ${name}`, (a) => pivotedQr(a).r, point, { devices: [] });
}
