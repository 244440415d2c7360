import { factorisationBenchmark, sumOver } from "../factorisation-benchmark.ts";
import { svdKernel } from "./index.ts";

export const svdBenchmark = factorisationBenchmark(svdKernel, {
  title: "Singular values and vectors",
  matrix: "general",
  options: { vectors: true, full: false },
  element: ([u, s, vt], n, i, j) => sumOver(n, (k) => u[i * n + k] * s[k] * vt[k * n + j]),
  mlMatrix: ({ SingularValueDecomposition }, a) => new SingularValueDecomposition(a),
});
