import { matmul, multiply } from "@ansatz/tensor";
import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { separatedValues } from "./cases.ts";
import { singularValues, svd, svdKernel } from "./index.ts";

await testKernel(svdKernel);

const random = caseRandom(5);
for (const [name, shape] of Object.entries({ square: [2, 3, 3], tall: [5, 3], wide: [3, 5] })) {
  const point = [separatedValues(random, shape, "float64")];
  await testDerivatives(`singularValues, ${name}`, singularValues, point, { devices: [] });
  await testDerivatives(
    `all of svd, ${name}`,
    (a) => {
      const { u, s, vt } = svd(a);
      return matmul(multiply(u, u), multiply(s.reshape([...s.shape, 1]), multiply(vt, multiply(vt, vt))));
    },
    point,
    { devices: [] },
  );
}
