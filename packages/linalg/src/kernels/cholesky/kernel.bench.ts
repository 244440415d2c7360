import { factorisationBenchmark, sumOver } from "../factorisation-benchmark.ts";
import { choleskyKernel } from "./index.ts";

export const choleskyBenchmark = factorisationBenchmark(choleskyKernel, {
  title: "Cholesky factors",
  matrix: "positive definite",
  options: null,
  residual: ([l], a, n, i, j) => sumOver(Math.min(i, j) + 1, (k) => l[i * n + k] * l[j * n + k]) - a[i * n + j],
  mlMatrix: ({ CholeskyDecomposition }, a) => new CholeskyDecomposition(a),
});
