import {
  type CaseRandom,
  type ComplexDType,
  type FloatDType,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Shape,
} from "@ansatz/tensor";
import { fromEigenvalues } from "../hermitian-cases.ts";
import { rounded } from "../matrix-dtypes.ts";
import { orthogonal } from "../orthogonal-cases.ts";

/**
 * Matrices with eigenvalues that are at least 1 apart, real and in conjugate pairs, and nearly orthogonal eigenvectors: Q (D + noise above the diagonal) Qᵀ with D of numbers and of blocks (x, y; −y/4, x).
 * In blocks (x, y; −y, x) of a 2 × 2 matrix all elements of a vector would have the same modulus, and which is the largest would be chance.
 */
export function separatedSpectrum(random: CaseRandom, shape: Shape, dtype: FloatDType): ReferenceArray {
  const n = shape[shape.length - 1];
  const batches = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  const a = new Float64Array(batches * n * n);
  for (let batch = 0; batch < batches; batch++) {
    const q = orthogonal(random, n, n);
    const t = random.array([n, n], "float64", { scale: 0.1 / Math.max(1, n) }).data as Float64Array;
    for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) t[i * n + j] = 0;
    for (let k = 0; k < n; k++) {
      t[k * (n + 1)] = k - n / 3;
      if (k + 1 === n || random.integer(0, 1) === 0) continue;
      const next = k + 1;
      t[next * (n + 1)] = t[k * (n + 1)];
      t[k * n + next] = 2 * random.integer(1, 3);
      t[next * n + k] = -t[k * n + next] / 4;
      k++;
    }
    const left = multiply(q, t, n, false);
    a.set(multiply(left, q, n, true), batch * n * n);
  }
  return referenceArray(dtype, shape, dtype === "float32" ? a.map(Math.fround) : a);
}

/** Complex matrices with eigenvalues that are at least 1 apart and nearly orthogonal eigenvectors: normal ones with small noise. */
export function separatedComplexSpectrum(random: CaseRandom, shape: Shape, dtype: ComplexDType): ReferenceArray {
  const n = shape[shape.length - 1];
  const a = fromEigenvalues(random, shape, () =>
    Array.from({ length: n }, (_, k) => [k - n / 3, random.integer(-2, 2)] as const),
  );
  const noise = random.array(shape, dtype, { scale: 0.02 / Math.max(1, n) }).data;
  const values = a.map((x, index) => x + noise[index]);
  return referenceArray(dtype, shape, rounded(values, dtype));
}

/** a b, or a bᵀ. */
function multiply(a: Float64Array, b: Float64Array, n: number, transposed: boolean): Float64Array {
  return a.map((_, index) => {
    const [i, j] = [Math.floor(index / n), index % n];
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[i * n + k] * b[transposed ? j * n + k : k * n + j];
    return sum;
  });
}

export function randomEigenCase(random: CaseRandom): KernelCase<null> {
  const dtype = random.pick(["float32", "float64"] as const);
  const n = random.integer(0, 12);
  const shape = [...random.pick([[], [], [3], [2, 2]]), n, n];
  const a = random.pick([true, false])
    ? separatedSpectrum(random, shape, dtype)
    : separatedComplexSpectrum(random, shape, dtype === "float32" ? "complex64" : "complex128");
  return { name: `${a.dtype} [${shape}]`, inputs: [a], options: null };
}

export function eigenCases(random: CaseRandom): readonly KernelCase<null>[] {
  return [...realCases(random), ...complexCases(random)];
}

function complexCases(random: CaseRandom): readonly KernelCase<null>[] {
  return (["complex64", "complex128"] as const).flatMap((dtype) =>
    [
      ...[
        [0, 0],
        [0, 3, 3],
        [1, 1],
        [2, 2],
        [3, 3],
        [20, 4, 4],
        [21, 21],
      ].map((shape) => separatedComplexSpectrum(random, shape, dtype)),
      // Triangular already, diagonal already.
      referenceArray(dtype, [2, 2], [1, 1, 2, 0, 0, 0, 3, -1]),
      referenceArray(dtype, [2, 2], [0, 3, 0, 0, 0, 0, -1, 0]),
      referenceArray(dtype, [2, 2], [1, Number.NaN, 0, 0, 0, 0, 1, 0]),
    ].map((a, index) => ({ name: `${dtype} [${a.shape}] (${index})`, inputs: [a], options: null })),
  );
}

function realCases(random: CaseRandom): readonly KernelCase<null>[] {
  return (["float32", "float64"] as const).flatMap((dtype) =>
    [
      ...[
        [0, 0],
        [0, 3, 3],
        [1, 1],
        [2, 2],
        [3, 3],
        [20, 4, 4],
        [25, 25],
      ].map((shape) => separatedSpectrum(random, shape, dtype)),
      referenceArray(dtype, [2, 2], [0, 4, -1, 0]),
      referenceArray(dtype, [2, 2], [1, 2, 0, 3]),
      referenceArray(dtype, [3, 3], [3, 0, 0, 0, 1, 0, 0, 0, 2]),
      referenceArray(dtype, [2, 2], [Number.NaN, 0, 0, 1]),
    ].map((a, index) => ({ name: `${dtype} [${a.shape}] (${index})`, inputs: [a], options: null })),
  );
}
