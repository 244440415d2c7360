import { complexDType, isComplex, type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { realDType, squareShape } from "../../matrix-shape.ts";
import { type ComplexMatrix, complexSchur } from "./complex-schur.ts";

/** Complex Schur form by QR with single shifts, back-substitution, and a length of 1. */
export function eigenReference(a: ReferenceArray): readonly ReferenceArray[] {
  const { rows: n, batchShape, batches, dtype } = squareShape("eigen: a", a);
  const values = new Float64Array(2 * batches * n);
  const vectors = new Float64Array(2 * batches * n * n);
  for (let batch = 0; batch < batches; batch++) {
    const matrix = matrixAt(a, batch, n);
    if (![...matrix.re, ...matrix.im].every(Number.isFinite)) {
      values.fill(Number.NaN, 2 * batch * n, 2 * (batch + 1) * n);
      vectors.fill(Number.NaN, 2 * batch * n * n, 2 * (batch + 1) * n * n);
      continue;
    }
    const { triangle, basis } = complexSchur(matrix, n);
    const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => {
      const [one, other] = [i * (n + 1), j * (n + 1)];
      const [re, im] = [triangle.re[one] - triangle.re[other], triangle.im[one] - triangle.im[other]];
      return Math.abs(re) > TIE ? re : im;
    });
    for (const [j, source] of order.entries()) {
      values[2 * (batch * n + j)] = triangle.re[source * (n + 1)];
      values[2 * (batch * n + j) + 1] = triangle.im[source * (n + 1)];
      const { re, im } = eigenvector(triangle, basis, n, source);
      for (let i = 0; i < n; i++) vectors.set([re[i], im[i]], 2 * ((batch * n + i) * n + j));
    }
  }
  return [
    referenceArray(complexDType(realDType(dtype)), [...batchShape, n], values),
    referenceArray(complexDType(realDType(dtype)), a.shape, vectors),
  ];
}

function matrixAt({ dtype, data }: ReferenceArray, batch: number, n: number): ComplexMatrix {
  const parts = isComplex(dtype) ? 2 : 1;
  const own = data.subarray(parts * batch * n * n, parts * (batch + 1) * n * n);
  const zero = new Float64Array(n * n);
  return { re: zero.map((_, k) => own[parts * k]), im: parts === 2 ? zero.map((_, k) => own[2 * k + 1]) : zero };
}

/** Real parts of conjugate numbers, and only theirs, differ by rounding. */
const TIE = 1e-9;

/** Of the k-th number on the diagonal, of length 1, the largest element being real and positive. */
function eigenvector(triangle: ComplexMatrix, basis: ComplexMatrix, n: number, k: number) {
  const y = { re: new Float64Array(n), im: new Float64Array(n) };
  y.re[k] = 1;
  for (let i = k - 1; i >= 0; i--) {
    let [re, im] = [0, 0];
    for (let j = i + 1; j <= k; j++) {
      re -= triangle.re[i * n + j] * y.re[j] - triangle.im[i * n + j] * y.im[j];
      im -= triangle.re[i * n + j] * y.im[j] + triangle.im[i * n + j] * y.re[j];
    }
    const dr = triangle.re[i * (n + 1)] - triangle.re[k * (n + 1)];
    const di = triangle.im[i * (n + 1)] - triangle.im[k * (n + 1)];
    const square = dr * dr + di * di;
    y.re[i] = (re * dr + im * di) / square;
    y.im[i] = (im * dr - re * di) / square;
  }
  const x = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= k; j++) {
      x.re[i] += basis.re[i * n + j] * y.re[j] - basis.im[i * n + j] * y.im[j];
      x.im[i] += basis.re[i * n + j] * y.im[j] + basis.im[i * n + j] * y.re[j];
    }
  const sizes = Array.from({ length: n }, (_, i) => Math.hypot(x.re[i], x.im[i]));
  const best = sizes.indexOf(Math.max(...sizes));
  const length = Math.hypot(...sizes) * sizes[best];
  const [cr, ci] = [x.re[best] / length, -x.im[best] / length];
  return {
    re: x.re.map((re, i) => re * cr - x.im[i] * ci),
    im: x.im.map((im, i) => x.re[i] * ci + im * cr),
  };
}
