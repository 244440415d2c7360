import { factorisationBenchmark, sumOver } from "../factorisation-benchmark.ts";
import { eigenKernel } from "./index.ts";

export const eigenBenchmark = factorisationBenchmark(eigenKernel, {
  title: "Eigenvalues and eigenvectors",
  matrix: "general",
  options: null,
  // A V − V Λ.
  residual: ([values, vectors], a, n, i, j) => {
    const [re, im] = [vectors[2 * (i * n + j)], vectors[2 * (i * n + j) + 1]];
    const [lr, li] = [values[2 * j], values[2 * j + 1]];
    const image = (part: number) => sumOver(n, (k) => a[i * n + k] * vectors[2 * (k * n + j) + part]);
    return Math.hypot(image(0) - (re * lr - im * li), image(1) - (re * li + im * lr));
  },
  mlMatrix: ({ EigenvalueDecomposition }, a) => new EigenvalueDecomposition(a, { assumeSymmetric: false }),
});
