import { matmul, multiply } from "@ansatz/tensor";
import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { castLike } from "../../matrix-parts.ts";
import { separatedValues } from "./cases.ts";
import { singularValues, svd, svdKernel } from "./index.ts";

await testKernel(svdKernel);

const random = caseRandom(5);
const shapes = Object.entries({ square: [2, 3, 3], tall: [5, 3], wide: [3, 5] });
for (const dtype of ["float64", "complex128"] as const)
  for (const [name, shape] of shapes) {
    const point = [separatedValues(random, shape, dtype)];
    if (dtype === "float64" || name === "tall")
      await testDerivatives(`singularValues, ${name}, ${dtype}`, singularValues, point, { devices: [] });
    await testDerivatives(
      `all of svd, ${name}, ${dtype}`,
      (a) => {
        const { u, s, vt } = svd(a);
        const scale = castLike(s.reshape([...s.shape, 1]), vt);
        return matmul(multiply(u, u), multiply(scale, multiply(vt, multiply(vt, vt))));
      },
      point,
      { devices: [] },
    );
  }
