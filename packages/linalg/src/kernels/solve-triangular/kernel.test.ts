import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { wellConditioned } from "./cases.ts";
import { solveTriangular, solveTriangularKernel } from "./index.ts";

await testKernel(solveTriangularKernel);

const random = caseRandom(2);
const pointOf = (dtype: "float64" | "complex128") => [
  wellConditioned(random, [4, 4], dtype),
  random.array([2, 4, 3], dtype),
];
for (const options of [
  {},
  { lower: false },
  { transpose: true },
  { lower: false, transpose: true, unitDiagonal: true },
])
  await testDerivatives(
    `solveTriangular ${JSON.stringify(options)}, one matrix for two right-hand sides`,
    (t, b) => solveTriangular(t, b, options),
    pointOf("float64"),
    { devices: ["webgpu"] },
  );
for (const options of [{ transpose: false }, { lower: false, transpose: true }])
  await testDerivatives(
    `solveTriangular ${JSON.stringify(options)} of complex numbers`,
    (t, b) => solveTriangular(t, b, options),
    pointOf("complex128"),
    { devices: options.transpose ? ["webgpu"] : [] },
  );
