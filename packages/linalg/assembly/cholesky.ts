import { addProduct } from "./product";
import { halfOf, solveTriangle } from "./triangular";

/** Up to this size a matrix is factorised row by row. */
// @ts-ignore: decorator
@inline
const DIRECT: usize = 16;

/** Diagonal blocks of an update are computed whole up to this size: what falls into the upper triangle does not matter. */
// @ts-ignore: decorator
@inline
const WHOLE: usize = 64;

/** Factorises the lower triangle in place. Returns 0, or the order of the first leading minor that is not positive. */
export function factorCholesky<T>(n: usize, a: usize, row: usize, scratch: usize): usize {
  if (n <= DIRECT) return factorDirectly<T>(n, a, row);
  const first = halfOf(n);
  const rest = n - first;
  const below = a + first * row;
  const failed = factorCholesky<T>(first, a, row, scratch);
  if (failed) return failed;
  solveBelow<T>(rest, first, a, below, row, scratch);
  const last = below + first * sizeof<T>();
  subtractGram<T>(rest, first, below, last, row, scratch);
  const failedBelow = factorCholesky<T>(rest, last, row, scratch);
  return failedBelow ? first + failedBelow : 0;
}

function factorDirectly<T>(n: usize, a: usize, row: usize): usize {
  for (let i: usize = 0; i < n; i++) {
    const rowI = a + i * row;
    for (let j: usize = 0; j <= i; j++) {
      const rowJ = a + j * row;
      let sum = load<T>(rowI + j * sizeof<T>());
      for (let k: usize = 0; k < j; k++) sum -= load<T>(rowI + k * sizeof<T>()) * load<T>(rowJ + k * sizeof<T>());
      if (j < i) {
        store<T>(rowI + j * sizeof<T>(), sum / load<T>(rowJ + j * sizeof<T>()));
        continue;
      }
      // Not positive, and NaN; +∞ is no pivot either.
      if (!(sum > <T>0) || sum == <T>Infinity) return i + 1;
      store<T>(rowI + j * sizeof<T>(), sqrt<T>(sum));
    }
  }
  return 0;
}

/** Rows X ← X L⁻ᵀ for the lower triangle L [n, n]. */
// @ts-ignore: decorator
@inline
export function solveBelow<T>(rows: usize, n: usize, l: usize, x: usize, row: usize, scratch: usize): void {
  solveTriangle<T>(true, false, n, rows, l, row, sizeof<T>(), x, sizeof<T>(), row, scratch);
}

/** The lower triangle of C −= X Xᵀ. */
export function subtractGram<T>(n: usize, depth: usize, x: usize, c: usize, row: usize, scratch: usize): void {
  if (n <= WHOLE) return addProduct<T>(-1, n, n, depth, x, row, sizeof<T>(), x, sizeof<T>(), row, c, row, sizeof<T>(), scratch);
  const first = halfOf(n);
  const below = x + first * row;
  subtractGram<T>(first, depth, x, c, row, scratch);
  addProduct<T>(-1, n - first, first, depth, below, row, sizeof<T>(), x, sizeof<T>(), row, c + first * row, row, sizeof<T>(), scratch);
  subtractGram<T>(n - first, depth, below, c + first * (row + sizeof<T>()), row, scratch);
}
