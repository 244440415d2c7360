import { factorisationBenchmark, sumOver } from "../factorisation-benchmark.ts";
import { luKernel } from "./index.ts";

export const luBenchmark = factorisationBenchmark(luKernel, {
  title: "LU factors with partial pivoting",
  matrix: "general",
  options: null,
  residual: ([factors, permutation], a, n, i, j) =>
    sumOver(Math.min(i, j + 1), (k) => factors[i * n + k] * factors[k * n + j]) +
    (i <= j ? factors[i * n + j] : 0) -
    a[permutation[i] * n + j],
  mlMatrix: ({ LuDecomposition }, a) => new LuDecomposition(a),
});
