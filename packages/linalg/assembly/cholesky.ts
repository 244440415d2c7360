import { bytesOf, imaginaryAt, isComplex, put } from "./elements";
import { addProductOf } from "./product";
import { halfOf, solveTriangle } from "./triangular";

/** Up to this size a matrix is factorised row by row. */
// @ts-ignore: decorator
@inline
const DIRECT: usize = 16;

/** Diagonal blocks of an update are computed whole up to this size: what falls into the upper triangle does not matter. */
// @ts-ignore: decorator
@inline
const WHOLE: usize = 64;

/** Factorises the lower triangle in place: A = L Lᴴ. Returns 0, or the order of the first leading minor that is not positive. */
export function factorCholesky<T, K>(n: usize, a: usize, row: usize, scratch: usize): usize {
  if (n <= DIRECT) return factorDirectly<T, K>(n, a, row);
  const first = halfOf(n);
  const rest = n - first;
  const below = a + first * row;
  const failed = factorCholesky<T, K>(first, a, row, scratch);
  if (failed) return failed;
  solveBelow<T, K>(rest, first, a, below, row, scratch);
  const last = below + first * bytesOf<T, K>();
  subtractGram<T, K>(rest, first, below, last, row, scratch);
  const failedBelow = factorCholesky<T, K>(rest, last, row, scratch);
  return failedBelow ? first + failedBelow : 0;
}

function factorDirectly<T, K>(n: usize, a: usize, row: usize): usize {
  const size = bytesOf<T, K>();
  for (let i: usize = 0; i < n; i++) {
    const rowI = a + i * row;
    for (let j: usize = 0; j <= i; j++) {
      const rowJ = a + j * row;
      const at = rowI + j * size;
      let sum = load<T>(at), imaginary: T = isComplex<K>() ? imaginaryAt<T>(at) : <T>0;
      for (let k: usize = 0; k < j; k++) {
        const x = rowI + k * size, y = rowJ + k * size;
        sum -= load<T>(x) * load<T>(y);
        if (!isComplex<K>()) continue;
        sum -= imaginaryAt<T>(x) * imaginaryAt<T>(y);
        imaginary -= imaginaryAt<T>(x) * load<T>(y) - load<T>(x) * imaginaryAt<T>(y);
      }
      if (j < i) {
        const pivot = load<T>(rowJ + j * size);
        store<T>(at, sum / pivot);
        if (isComplex<K>()) store<T>(at + sizeof<T>(), imaginary / pivot);
        continue;
      }
      // Not positive, and NaN; +∞ is no pivot either.
      if (!(sum > <T>0) || sum == <T>Infinity) return i + 1;
      if (isComplex<K>()) put<T>(at, sqrt<T>(sum), <T>0);
      else store<T>(at, sqrt<T>(sum));
    }
  }
  return 0;
}

/** Rows X ← X L⁻ᴴ for the lower triangle L [n, n]. */
// @ts-ignore: decorator
@inline
export function solveBelow<T, K>(rows: usize, n: usize, l: usize, x: usize, row: usize, scratch: usize): void {
  solveTriangle<T, K>(true, true, false, n, rows, l, row, bytesOf<T, K>(), x, bytesOf<T, K>(), row, scratch);
}

/** The lower triangle of C −= X Xᴴ. */
export function subtractGram<T, K>(n: usize, depth: usize, x: usize, c: usize, row: usize, scratch: usize): void {
  const size = bytesOf<T, K>();
  if (n <= WHOLE) return addProductOf<T, K>(false, true, -1, n, n, depth, x, row, size, x, size, row, c, row, size, scratch);
  const first = halfOf(n);
  const below = x + first * row;
  subtractGram<T, K>(first, depth, x, c, row, scratch);
  addProductOf<T, K>(false, true, -1, n - first, first, depth, below, row, size, x, size, row, c + first * row, row, size, scratch);
  subtractGram<T, K>(n - first, depth, below, c + first * (row + size), row, scratch);
}
