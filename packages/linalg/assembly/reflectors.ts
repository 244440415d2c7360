import { addScaledComplex } from "./complex-vectors";
import { bytesOf, copyElement, imaginaryAt, isComplex, modulus, put, putQuotient } from "./elements";
import { addProductOf } from "./product";
import { addOuter, norm, transposedTimes } from "./vectors";

// A Householder reflector is I − τ v vᴴ with v = (1, …); several in a row are I − V T Vᴴ with T upper triangular
// (R. Schreiber, C. Van Loan, "A storage-efficient WY representation for products of Householder transformations", 1989).

/** Panels of so many columns are reduced column by column. */
// @ts-ignore: decorator
@inline
const DIRECT: usize = 8;

/**
 * Turns a vector with a stride into (β, v₂, v₃, …), β = ∓ its norm, so that the reflector takes it to β e₁. Returns τ: 0 where there is nothing to reflect.
 */
export function reflect<T>(count: usize, x: usize, stride: usize): T {
  const alpha = load<T>(x);
  const rest = norm<T>(count - 1, x + stride, stride);
  if (rest == <T>0) return <T>0;
  const most = max<T>(abs<T>(alpha), rest);
  const small = min<T>(abs<T>(alpha), rest) / most;
  const beta = -copysign<T>(most * sqrt<T>(<T>1 + small * small), alpha);
  const scale = alpha - beta;
  for (let i: usize = 1; i < count; i++) store<T>(x + i * stride, load<T>(x + i * stride) / scale);
  store<T>(x, beta);
  return (beta - alpha) / beta;
}

/**
 * The same of a complex vector: β is real, and it is the adjoint I − τ̄ v vᴴ that takes the vector to β e₁. Writes τ.
 */
export function reflectComplex<T>(count: usize, x: usize, stride: usize, tau: usize): void {
  const alpha = load<T>(x), beside = imaginaryAt<T>(x);
  const rest = modulus<T>(norm<T>(count - 1, x + stride, stride), norm<T>(count - 1, x + stride + sizeof<T>(), stride));
  if (rest == <T>0 && beside == <T>0) {
    put<T>(tau, <T>0, <T>0);
    return;
  }
  const beta = -copysign<T>(modulus<T>(modulus<T>(alpha, beside), rest), alpha);
  for (let i: usize = 1; i < count; i++) {
    const at = x + i * stride;
    putQuotient<T>(at, load<T>(at), imaginaryAt<T>(at), alpha - beta, beside);
  }
  put<T>(x, beta, <T>0);
  put<T>(tau, (beta - alpha) / beta, -beside / beta);
}

/** `reflect` or `reflectComplex`. */
// @ts-ignore: decorator
@inline
export function putReflector<T, K>(count: usize, x: usize, stride: usize, tau: usize): void {
  if (isComplex<K>()) reflectComplex<T>(count, x, stride, tau);
  else store<T>(tau, reflect<T>(count, x, stride));
}

/** Reduces a panel to upper triangular form; below the diagonal it leaves the vectors v, and in `taus` the τ. `room` takes V and two square matrices of half of the columns, and more than 2 · 8 rows of them. */
export function reducePanel<T, K>(rows: usize, columns: usize, a: usize, row: usize, taus: usize, room: usize, scratch: usize): void {
  if (columns <= DIRECT) return reduceDirectly<T, K>(rows, columns, a, row, taus, room);
  const size = bytesOf<T, K>();
  const first = (columns / 2 + DIRECT - 1) / DIRECT * DIRECT;
  const rest = columns - first;
  reducePanel<T, K>(rows, first, a, row, taus, room, scratch);
  const t = room + rows * first * size;
  copyReflectors<T, K>(rows, first, a, row, size, room);
  formTriangle<T, K>(rows, first, room, taus, t, t + first * first * size, scratch);
  const right = a + first * size;
  applyReflectors<T, K>(true, rows, first, room, t, rest, right, row, t + first * first * size, scratch);
  reducePanel<T, K>(rows - first, rest, right + first * row, row, taus + first * size, room, scratch);
}

function reduceDirectly<T, K>(rows: usize, columns: usize, a: usize, row: usize, taus: usize, room: usize): void {
  const size = bytesOf<T, K>();
  const count = min(rows, columns);
  for (let j: usize = 0; j < count; j++) {
    const pivot = a + j * (row + size);
    const tau = taus + j * size;
    putReflector<T, K>(rows - j, pivot, row, tau);
    applyReflector<T, K>(rows - j, columns - j - 1, pivot, row, tau, pivot + size, row, room);
  }
}

/** C ← (I − τ̄ v vᴴ) C for the vector below `pivot`, which has a stride and a 1 in place of the pivot, and the τ at an address. `room` takes a row of C. */
export function applyReflector<T, K>(
  rows: usize, columns: usize, pivot: usize, stride: usize, tau: usize, c: usize, row: usize, room: usize,
): void {
  const factor = load<T>(tau);
  if (columns == 0 || (factor == <T>0 && (!isComplex<K>() || imaginaryAt<T>(tau) == <T>0))) return;
  const size = bytesOf<T, K>();
  memory.copy(room, c, columns * size);
  if (isComplex<K>()) {
    for (let i: usize = 1; i < rows; i++) {
      const v = pivot + i * stride;
      addScaledComplex<T>(false, columns, load<T>(v), -imaginaryAt<T>(v), c + i * row, room);
    }
    for (let j: usize = 0; j < columns; j++) {
      const at = room + j * size, top = c + j * size;
      const re = load<T>(at), im = imaginaryAt<T>(at), beside = imaginaryAt<T>(tau);
      put<T>(at, -factor * re - beside * im, beside * re - factor * im);
      put<T>(top, load<T>(top) + load<T>(at), imaginaryAt<T>(top) + imaginaryAt<T>(at));
    }
    for (let i: usize = 1; i < rows; i++) {
      const v = pivot + i * stride;
      addScaledComplex<T>(false, columns, load<T>(v), imaginaryAt<T>(v), room, c + i * row);
    }
    return;
  }
  transposedTimes<T>(rows - 1, columns, c + row, row, pivot + stride, stride, room);
  for (let j: usize = 0; j < columns; j++) {
    const at = room + j * sizeof<T>();
    const moved = -factor * load<T>(at);
    store<T>(at, moved);
    store<T>(c + j * sizeof<T>(), load<T>(c + j * sizeof<T>()) + moved);
  }
  addOuter<T>(rows - 1, columns, c + row, row, pivot + stride, stride, room);
}

/** V [rows, columns], contiguous: the vectors below the diagonal of a reduced panel, ones on it and zeros above. The panel is a view with strides from row to row and from column to column. */
export function copyReflectors<T, K>(rows: usize, columns: usize, a: usize, row: usize, column: usize, v: usize): void {
  const size = bytesOf<T, K>();
  const bytes = columns * size;
  for (let i: usize = 0; i < rows; i++) {
    const target = v + i * bytes;
    const known = min(i, columns);
    for (let j: usize = 0; j < known; j++) copyElement<T, K>(a + i * row + j * column, target + j * size);
    if (i >= columns) continue;
    memory.fill(target + i * size, 0, bytes - i * size);
    store<T>(target + i * size, <T>1);
  }
}

/** T [columns, columns] from V and the τ, with zeros below its diagonal. `room` takes another such matrix. */
export function formTriangle<T, K>(rows: usize, columns: usize, v: usize, taus: usize, t: usize, room: usize, scratch: usize): void {
  const size = bytesOf<T, K>();
  const bytes = columns * size;
  memory.fill(room, 0, columns * bytes);
  memory.fill(t, 0, columns * bytes);
  addProductOf<T, K>(true, false, 1, columns, columns, rows, v, size, bytes, v, bytes, size, room, bytes, size, scratch);
  for (let j: usize = 0; j < columns; j++) {
    const tau = load<T>(taus + j * size);
    const beside: T = isComplex<K>() ? imaginaryAt<T>(taus + j * size) : <T>0;
    store<T>(t + j * (bytes + size), tau);
    if (isComplex<K>()) store<T>(t + j * (bytes + size) + sizeof<T>(), beside);
    for (let i: usize = 0; i < j; i++) {
      let sum: T = <T>0, imaginary: T = <T>0;
      for (let k = i; k < j; k++) {
        const x = t + i * bytes + k * size, y = room + k * bytes + j * size;
        sum += load<T>(x) * load<T>(y);
        if (!isComplex<K>()) continue;
        sum -= imaginaryAt<T>(x) * imaginaryAt<T>(y);
        imaginary += load<T>(x) * imaginaryAt<T>(y) + imaginaryAt<T>(x) * load<T>(y);
      }
      const at = t + i * bytes + j * size;
      if (isComplex<K>()) put<T>(at, beside * imaginary - tau * sum, -tau * imaginary - beside * sum);
      else store<T>(at, -tau * sum);
    }
  }
}

/** C ← (I − V T Vᴴ) C, or with Tᴴ (`adjoint`): C has rows of stride `row`. `room` takes two matrices [width, columns]. */
export function applyReflectors<T, K>(
  adjoint: bool, rows: usize, width: usize, v: usize, t: usize, columns: usize, c: usize, row: usize, room: usize, scratch: usize,
): void {
  if (columns == 0) return;
  const size = bytesOf<T, K>();
  const vBytes = width * size;
  const bytes = columns * size;
  const moved = room + width * bytes;
  memory.fill(room, 0, 2 * width * bytes);
  addProductOf<T, K>(true, false, 1, width, columns, rows, v, size, vBytes, c, row, size, room, bytes, size, scratch);
  addProductOf<T, K>(
    adjoint, false, 1, width, columns, width, t, adjoint ? size : vBytes, adjoint ? vBytes : size, room, bytes, size, moved, bytes, size, scratch,
  );
  addProductOf<T, K>(false, false, -1, rows, columns, width, v, vBytes, size, moved, bytes, size, c, row, size, scratch);
}

/** Up to so many reflectors are applied together. */
// @ts-ignore: decorator
@inline
export const REFLECTOR_BLOCK: usize = 32;

/** Reduces a matrix [rows, columns] of at least as many rows as columns to upper triangular form, panel after panel. `room` as for `formQ`. */
export function reduceMatrix<T, K>(rows: usize, columns: usize, a: usize, row: usize, taus: usize, room: usize, scratch: usize): void {
  const t = room + rows * REFLECTOR_BLOCK * bytesOf<T, K>();
  const square = t + REFLECTOR_BLOCK * REFLECTOR_BLOCK * bytesOf<T, K>();
  for (let k: usize = 0; k < columns; k += REFLECTOR_BLOCK) {
    const width = min(REFLECTOR_BLOCK, columns - k);
    const pivot = a + k * (row + bytesOf<T, K>());
    reducePanel<T, K>(rows - k, width, pivot, row, taus + k * bytesOf<T, K>(), room, scratch);
    if (k + width == columns) return;
    copyReflectors<T, K>(rows - k, width, pivot, row, bytesOf<T, K>(), room);
    formTriangle<T, K>(rows - k, width, room, taus + k * bytesOf<T, K>(), t, square, scratch);
    applyReflectors<T, K>(true, rows - k, width, room, t, columns - k - width, pivot + width * bytesOf<T, K>(), row, square, scratch);
  }
}

/**
 * Q ← H₀ H₁ … Q for the first `count` reflectors below the diagonal of a view [rows, …], Q being [rows, columns] and the identity: column k is touched by the reflectors up to k only.
 * `room` takes V and two of its square blocks, and two rows of blocks.
 */
export function formQ<T, K>(
  rows: usize, count: usize, a: usize, row: usize, column: usize, taus: usize, q: usize, qRow: usize, columns: usize, room: usize, scratch: usize,
): void {
  multiplyByQ<T, K>(true, rows, count, a, row, column, taus, q, qRow, columns, room, scratch);
}

/** Like `formQ`, for any matrix in the place of Q where `identity` is false. */
export function multiplyByQ<T, K>(
  identity: bool, rows: usize, count: usize, a: usize, row: usize, column: usize, taus: usize, q: usize, qRow: usize, columns: usize, room: usize, scratch: usize,
): void {
  const t = room + rows * REFLECTOR_BLOCK * bytesOf<T, K>();
  const square = t + REFLECTOR_BLOCK * REFLECTOR_BLOCK * bytesOf<T, K>();
  for (let end = (count + REFLECTOR_BLOCK - 1) / REFLECTOR_BLOCK * REFLECTOR_BLOCK; end > 0; end -= REFLECTOR_BLOCK) {
    const k = end - REFLECTOR_BLOCK;
    const width = min(REFLECTOR_BLOCK, count - k);
    const first = identity ? k : 0;
    copyReflectors<T, K>(rows - k, width, a + k * (row + column), row, column, room);
    formTriangle<T, K>(rows - k, width, room, taus + k * bytesOf<T, K>(), t, square, scratch);
    applyReflectors<T, K>(false, rows - k, width, room, t, columns - first, q + k * qRow + first * bytesOf<T, K>(), qRow, square, scratch);
  }
}
