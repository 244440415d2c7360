import { factorisationBenchmark, sumOver } from "../factorisation-benchmark.ts";
import { eigenSymmetricKernel } from "./index.ts";

export const eigenSymmetricBenchmark = factorisationBenchmark(eigenSymmetricKernel, {
  title: "Symmetric eigenvalues and eigenvectors",
  matrix: "symmetric",
  options: { vectors: true },
  residual: ([values, vectors], a, n, i, j) =>
    sumOver(n, (k) => vectors[i * n + k] * values[k] * vectors[j * n + k]) - a[i * n + j],
  mlMatrix: ({ EigenvalueDecomposition }, a) => new EigenvalueDecomposition(a, { assumeSymmetric: true }),
});
