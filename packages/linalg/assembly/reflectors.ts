import { addProduct } from "./product";
import { addOuter, norm, transposedTimes } from "./vectors";

// A Householder reflector is I − τ v vᵀ with v = (1, …); several in a row are I − V T Vᵀ with T upper triangular
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

/** Reduces a panel to upper triangular form; below the diagonal it leaves the vectors v, and in `taus` the τ. `room` takes V and two square matrices of half of the columns, and more than 2 · 8 rows of them. */
export function reducePanel<T>(rows: usize, columns: usize, a: usize, row: usize, taus: usize, room: usize, scratch: usize): void {
  if (columns <= DIRECT) return reduceDirectly<T>(rows, columns, a, row, taus, room);
  const first = (columns / 2 + DIRECT - 1) / DIRECT * DIRECT;
  const rest = columns - first;
  reducePanel<T>(rows, first, a, row, taus, room, scratch);
  const t = room + rows * first * sizeof<T>();
  copyReflectors<T>(rows, first, a, row, sizeof<T>(), room);
  formTriangle<T>(rows, first, room, taus, t, t + first * first * sizeof<T>(), scratch);
  const right = a + first * sizeof<T>();
  applyReflectors<T>(true, rows, first, room, t, rest, right, row, t + first * first * sizeof<T>(), scratch);
  reducePanel<T>(rows - first, rest, right + first * row, row, taus + first * sizeof<T>(), room, scratch);
}

function reduceDirectly<T>(rows: usize, columns: usize, a: usize, row: usize, taus: usize, room: usize): void {
  const count = min(rows, columns);
  for (let j: usize = 0; j < count; j++) {
    const pivot = a + j * (row + sizeof<T>());
    const tau = reflect<T>(rows - j, pivot, row);
    store<T>(taus + j * sizeof<T>(), tau);
    applyReflector<T>(rows - j, columns - j - 1, pivot, row, tau, pivot + sizeof<T>(), row, room);
  }
}

/** C ← (I − τ v vᵀ) C for the vector below `pivot`, which has a stride and a 1 in place of the pivot. `room` takes a row of C. */
export function applyReflector<T>(
  rows: usize, columns: usize, pivot: usize, stride: usize, tau: T, c: usize, row: usize, room: usize,
): void {
  if (columns == 0 || tau == <T>0) return;
  memory.copy(room, c, columns * sizeof<T>());
  transposedTimes<T>(rows - 1, columns, c + row, row, pivot + stride, stride, room);
  for (let j: usize = 0; j < columns; j++) {
    const at = room + j * sizeof<T>();
    const moved = -tau * load<T>(at);
    store<T>(at, moved);
    store<T>(c + j * sizeof<T>(), load<T>(c + j * sizeof<T>()) + moved);
  }
  addOuter<T>(rows - 1, columns, c + row, row, pivot + stride, stride, room);
}

/** V [rows, columns], contiguous: the vectors below the diagonal of a reduced panel, ones on it and zeros above. The panel is a view with strides from row to row and from column to column. */
export function copyReflectors<T>(rows: usize, columns: usize, a: usize, row: usize, column: usize, v: usize): void {
  const bytes = columns * sizeof<T>();
  for (let i: usize = 0; i < rows; i++) {
    const target = v + i * bytes;
    const known = min(i, columns);
    for (let j: usize = 0; j < known; j++) store<T>(target + j * sizeof<T>(), load<T>(a + i * row + j * column));
    if (i >= columns) continue;
    store<T>(target + i * sizeof<T>(), <T>1);
    memory.fill(target + (i + 1) * sizeof<T>(), 0, bytes - (i + 1) * sizeof<T>());
  }
}

/** T [columns, columns] from V and the τ, with zeros below its diagonal. `room` takes another such matrix. */
export function formTriangle<T>(rows: usize, columns: usize, v: usize, taus: usize, t: usize, room: usize, scratch: usize): void {
  const bytes = columns * sizeof<T>();
  memory.fill(room, 0, columns * bytes);
  memory.fill(t, 0, columns * bytes);
  addProduct<T>(1, columns, columns, rows, v, sizeof<T>(), bytes, v, bytes, sizeof<T>(), room, bytes, sizeof<T>(), scratch);
  for (let j: usize = 0; j < columns; j++) {
    const tau = load<T>(taus + j * sizeof<T>());
    store<T>(t + j * (bytes + sizeof<T>()), tau);
    for (let i: usize = 0; i < j; i++) {
      let sum: T = <T>0;
      for (let k = i; k < j; k++) sum += load<T>(t + i * bytes + k * sizeof<T>()) * load<T>(room + k * bytes + j * sizeof<T>());
      store<T>(t + i * bytes + j * sizeof<T>(), -tau * sum);
    }
  }
}

/** C ← (I − V T Vᵀ) C, or with Tᵀ (`transposed`): C has rows of stride `row`. `room` takes two matrices [width, columns]. */
export function applyReflectors<T>(
  transposed: bool, rows: usize, width: usize, v: usize, t: usize, columns: usize, c: usize, row: usize, room: usize, scratch: usize,
): void {
  if (columns == 0) return;
  const vBytes = width * sizeof<T>();
  const bytes = columns * sizeof<T>();
  const moved = room + width * bytes;
  memory.fill(room, 0, 2 * width * bytes);
  addProduct<T>(1, width, columns, rows, v, sizeof<T>(), vBytes, c, row, sizeof<T>(), room, bytes, sizeof<T>(), scratch);
  addProduct<T>(
    1, width, columns, width, t, transposed ? sizeof<T>() : vBytes, transposed ? vBytes : sizeof<T>(), room, bytes, sizeof<T>(), moved, bytes, sizeof<T>(), scratch,
  );
  addProduct<T>(-1, rows, columns, width, v, vBytes, sizeof<T>(), moved, bytes, sizeof<T>(), c, row, sizeof<T>(), scratch);
}

/** Up to so many reflectors are applied together. */
// @ts-ignore: decorator
@inline
export const REFLECTOR_BLOCK: usize = 32;

/** Reduces a matrix [rows, columns] of at least as many rows as columns to upper triangular form, panel after panel. `room` as for `formQ`. */
export function reduceMatrix<T>(rows: usize, columns: usize, a: usize, row: usize, taus: usize, room: usize, scratch: usize): void {
  const t = room + rows * REFLECTOR_BLOCK * sizeof<T>();
  const square = t + REFLECTOR_BLOCK * REFLECTOR_BLOCK * sizeof<T>();
  for (let k: usize = 0; k < columns; k += REFLECTOR_BLOCK) {
    const width = min(REFLECTOR_BLOCK, columns - k);
    const pivot = a + k * (row + sizeof<T>());
    reducePanel<T>(rows - k, width, pivot, row, taus + k * sizeof<T>(), room, scratch);
    if (k + width == columns) return;
    copyReflectors<T>(rows - k, width, pivot, row, sizeof<T>(), room);
    formTriangle<T>(rows - k, width, room, taus + k * sizeof<T>(), t, square, scratch);
    applyReflectors<T>(true, rows - k, width, room, t, columns - k - width, pivot + width * sizeof<T>(), row, square, scratch);
  }
}

/**
 * Q ← H₀ H₁ … Q for the first `count` reflectors below the diagonal of a view [rows, …], Q being [rows, columns] and the identity: column k is touched by the reflectors up to k only.
 * `room` takes V and two of its square blocks, and two rows of blocks.
 */
export function formQ<T>(
  rows: usize, count: usize, a: usize, row: usize, column: usize, taus: usize, q: usize, qRow: usize, columns: usize, room: usize, scratch: usize,
): void {
  multiplyByQ<T>(true, rows, count, a, row, column, taus, q, qRow, columns, room, scratch);
}

/** Like `formQ`, for any matrix in the place of Q where `identity` is false. */
export function multiplyByQ<T>(
  identity: bool, rows: usize, count: usize, a: usize, row: usize, column: usize, taus: usize, q: usize, qRow: usize, columns: usize, room: usize, scratch: usize,
): void {
  const t = room + rows * REFLECTOR_BLOCK * sizeof<T>();
  const square = t + REFLECTOR_BLOCK * REFLECTOR_BLOCK * sizeof<T>();
  for (let end = (count + REFLECTOR_BLOCK - 1) / REFLECTOR_BLOCK * REFLECTOR_BLOCK; end > 0; end -= REFLECTOR_BLOCK) {
    const k = end - REFLECTOR_BLOCK;
    const width = min(REFLECTOR_BLOCK, count - k);
    const first = identity ? k : 0;
    copyReflectors<T>(rows - k, width, a + k * (row + column), row, column, room);
    formTriangle<T>(rows - k, width, room, taus + k * sizeof<T>(), t, square, scratch);
    applyReflectors<T>(false, rows - k, width, room, t, columns - first, q + k * qRow + first * sizeof<T>(), qRow, square, scratch);
  }
}
