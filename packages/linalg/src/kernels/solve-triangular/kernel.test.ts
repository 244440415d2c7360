import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { wellConditioned } from "./cases.ts";
import { solveTriangular, solveTriangularKernel } from "./index.ts";

await testKernel(solveTriangularKernel);

const random = caseRandom(2);
const point = [wellConditioned(random, [4, 4], "float64"), random.array([2, 4, 3], "float64")];
for (const options of [
  {},
  { lower: false },
  { transpose: true },
  { lower: false, transpose: true, unitDiagonal: true },
])
  await testDerivatives(
    `solveTriangular ${JSON.stringify(options)}, one matrix for two right-hand sides`,
    (t, b) => solveTriangular(t, b, options),
    point,
    { devices: ["webgpu"] },
  );
