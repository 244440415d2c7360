import { factorisationBenchmark, sumOver } from "../factorisation-benchmark.ts";
import { qrKernel } from "./index.ts";

export const qrBenchmark = factorisationBenchmark(qrKernel, {
  title: "QR factors",
  matrix: "general",
  options: { full: false, pivoting: false },
  residual: ([q, r], a, n, i, j) => sumOver(j + 1, (k) => q[i * n + k] * r[k * n + j]) - a[i * n + j],
  mlMatrix: ({ QrDecomposition }, a) => {
    const factors = new QrDecomposition(a);
    return [factors.orthogonalMatrix, factors.upperTriangularMatrix];
  },
});
