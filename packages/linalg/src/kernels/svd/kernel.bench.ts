import { factorisationBenchmark, sumOver } from "../factorisation-benchmark.ts";
import { svdKernel } from "./index.ts";

export const svdBenchmark = factorisationBenchmark(svdKernel, {
  title: "Singular values and vectors",
  matrix: "general",
  options: { vectors: true, full: false },
  residual: ([u, s, vt], a, n, i, j) => sumOver(n, (k) => u[i * n + k] * s[k] * vt[k * n + j]) - a[i * n + j],
  mlMatrix: ({ SingularValueDecomposition }, a) => new SingularValueDecomposition(a),
});
