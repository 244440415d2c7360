import { bytesOf, Complex, imaginaryAt, isComplex, modulus, Real } from "../../../assembly/elements";
import { applyReflector, applyReflectors, copyReflectors, formTriangle, putReflector, REFLECTOR_BLOCK as BLOCK, reducePanel } from "../../../assembly/reflectors";
import { norm } from "../../../assembly/vectors";

export { vectors_scaled_c64, vectors_scaled_c128 } from "../../../assembly/complex-vectors";
export { product_tile_c64, product_tile_c128, product_tile_f32, product_tile_f64 } from "../../../assembly/product";
export { vectors_outer_f32, vectors_outer_f64, vectors_transposed_f32, vectors_transposed_f64 } from "../../../assembly/vectors";

/**
 * Matrices A [rows, columns] one after the other, and where Q [rows, qColumns], R [rRows, columns] and, with pivoting, the permutation go. A matrix has an area of `areaBytes`: the reduced matrix,
 * the τ, and for every panel of BLOCK columns V and T; a share of the work has a slot: for two rows of blocks, and for packed products.
 */
// @ts-ignore: decorator
@unmanaged
export class Problem {
  a: usize;
  q: usize;
  r: usize;
  permutation: usize;
  rows: usize;
  columns: usize;
  qColumns: usize;
  rRows: usize;
  areas: usize;
  areaBytes: usize;
  slots: usize;
  slotBytes: usize;
  /** Bytes of a slot before the room of packed products. */
  roomBytes: usize;
}

// @ts-ignore: decorator
@inline
function reflectorsOf(p: Problem): usize {
  return min(p.rows, p.columns);
}

// @ts-ignore: decorator
@inline
function tausOf<T, K>(p: Problem, area: usize): usize {
  return area + p.rows * p.columns * bytesOf<T, K>();
}

/** V of the panel at k; T is behind its rows. */
// @ts-ignore: decorator
@inline
function panelOf<T, K>(p: Problem, area: usize, k: usize): usize {
  return tausOf<T, K>(p, area) + reflectorsOf(p) * bytesOf<T, K>() + k / BLOCK * (p.rows + BLOCK) * BLOCK * bytesOf<T, K>();
}

// @ts-ignore: decorator
@inline
function triangleOf<T, K>(p: Problem, area: usize, k: usize): usize {
  return panelOf<T, K>(p, area, k) + p.rows * BLOCK * bytesOf<T, K>();
}

/** Keeps V and T of the panel at k, whose columns have been reduced. */
function keepPanel<T, K>(p: Problem, area: usize, k: usize, room: usize, scratch: usize): void {
  const row = p.columns * bytesOf<T, K>();
  const width = min(BLOCK, reflectorsOf(p) - k);
  const v = panelOf<T, K>(p, area, k);
  copyReflectors<T, K>(p.rows - k, width, area + k * (row + bytesOf<T, K>()), row, bytesOf<T, K>(), v);
  formTriangle<T, K>(p.rows - k, width, v, tausOf<T, K>(p, area) + k * bytesOf<T, K>(), triangleOf<T, K>(p, area, k), room, scratch);
}

function factorPanel<T, K>(p: Problem, area: usize, k: usize, slot: usize): void {
  const row = p.columns * bytesOf<T, K>();
  const width = min(BLOCK, reflectorsOf(p) - k);
  const scratch = slot + p.roomBytes;
  reducePanel<T, K>(p.rows - k, width, area + k * (row + bytesOf<T, K>()), row, tausOf<T, K>(p, area) + k * bytesOf<T, K>(), slot, scratch);
  keepPanel<T, K>(p, area, k, slot, scratch);
}

/** Applies the panel at k to columns [from, to) of the reduced matrix, its inverse; or to those of Q. */
function applyPanel<T, K>(p: Problem, area: usize, q: usize, k: usize, from: usize, to: usize, slot: usize): void {
  const width = min(BLOCK, reflectorsOf(p) - k);
  const row = (q ? p.qColumns : p.columns) * bytesOf<T, K>();
  const c = (q ? q : area) + k * row + from * bytesOf<T, K>();
  applyReflectors<T, K>(
    !q, p.rows - k, width, panelOf<T, K>(p, area, k), triangleOf<T, K>(p, area, k), to - from, c, row, slot, slot + p.roomBytes,
  );
}

/** Householder QR with column pivoting, column by column (P. Businger, G. Golub, 1965; norms are updated as in LAPACK Working Note 176). */
function factorPivoted<T, K>(p: Problem, area: usize, permutation: usize, slot: usize): void {
  const rows = p.rows, columns = p.columns;
  const bytes = bytesOf<T, K>();
  const row = columns * bytes;
  const norms = slot, exact = norms + row, room = exact + row;
  for (let j: usize = 0; j < columns; j++) {
    store<i32>(permutation + j * 4, <i32>j);
    const size = columnNorm<T, K>(rows, area + j * bytes, row);
    store<T>(norms + j * sizeof<T>(), size);
    store<T>(exact + j * sizeof<T>(), size);
  }
  const precision: T = sizeof<T>() == 4 ? <T>3.4526698300124393e-4 : <T>1.4901161193847656e-8;
  for (let k: usize = 0; k < reflectorsOf(p); k++) {
    let best = k;
    for (let j = k + 1; j < columns; j++)
      if (load<T>(norms + j * sizeof<T>()) > load<T>(norms + best * sizeof<T>())) best = j;
    if (best != k) {
      for (let i: usize = 0; i < rows; i++)
        if (isComplex<K>()) {
          exchange<T>(area + i * row, 2 * k, 2 * best);
          exchange<T>(area + i * row, 2 * k + 1, 2 * best + 1);
        } else exchange<T>(area + i * row, k, best);
      exchange<i32>(permutation, k, best);
      exchange<T>(norms, k, best);
      exchange<T>(exact, k, best);
    }
    const pivot = area + k * (row + bytes);
    const tau = tausOf<T, K>(p, area) + k * bytes;
    putReflector<T, K>(rows - k, pivot, row, tau);
    applyReflector<T, K>(rows - k, columns - k - 1, pivot, row, tau, pivot + bytes, row, room);
    for (let j = k + 1; j < columns; j++) {
      const size = load<T>(norms + j * sizeof<T>());
      if (size == <T>0) continue;
      const at = area + k * row + j * bytes;
      const share = (isComplex<K>() ? modulus<T>(load<T>(at), imaginaryAt<T>(at)) : abs<T>(load<T>(at))) / size;
      const left = max<T>(<T>0, (<T>1 + share) * (<T>1 - share));
      const ratio = size / load<T>(exact + j * sizeof<T>());
      if (left * ratio * ratio <= precision) {
        const again = columnNorm<T, K>(rows - k - 1, at + row, row);
        store<T>(norms + j * sizeof<T>(), again);
        store<T>(exact + j * sizeof<T>(), again);
      } else store<T>(norms + j * sizeof<T>(), size * sqrt<T>(left));
    }
  }
  for (let k: usize = 0; k < reflectorsOf(p); k += BLOCK) keepPanel<T, K>(p, area, k, slot, slot + p.roomBytes);
}

/** The 2-norm of a column. */
// @ts-ignore: decorator
@inline
function columnNorm<T, K>(count: usize, x: usize, stride: usize): T {
  if (isComplex<K>()) return modulus<T>(norm<T>(count, x, stride), norm<T>(count, x + sizeof<T>(), stride));
  return norm<T>(count, x, stride);
}

// @ts-ignore: decorator
@inline
function exchange<T>(start: usize, i: usize, j: usize): void {
  const moved = load<T>(start + i * sizeof<T>());
  store<T>(start + i * sizeof<T>(), load<T>(start + j * sizeof<T>()));
  store<T>(start + j * sizeof<T>(), moved);
}

/** R with a diagonal that is not negative, and the identity with the signs that this takes in Q's place. */
function beginFactors<T, K>(p: Problem, area: usize, q: usize, r: usize): void {
  const size = bytesOf<T, K>();
  const row = p.columns * size;
  memory.fill(q, 0, p.rows * p.qColumns * size);
  memory.fill(r, 0, p.rRows * row);
  for (let i: usize = 0; i < p.qColumns; i++) {
    const known = i < reflectorsOf(p);
    const flipped = known && load<T>(area + i * (row + size)) < <T>0;
    store<T>(q + i * (p.qColumns + 1) * size, flipped ? <T>-1 : <T>1);
    if (!known) continue;
    for (let at = i * (row + size); at < (i + 1) * row; at += sizeof<T>()) {
      const value = load<T>(area + at);
      store<T>(r + at, flipped ? -value : value);
    }
  }
}

/** The whole factorisation of matrices [begin, end), each in the area and the slot of its share. */
// @ts-ignore: decorator
@inline
function factorMatrices<T, K>(p: Problem, pivoting: bool, batches: usize, shares: usize, begin: usize, end: usize): void {
  const size = p.rows * p.columns * bytesOf<T, K>();
  for (let share = begin; share < end; share++) {
    const area = p.areas + share * p.areaBytes;
    const slot = p.slots + share * p.slotBytes;
    for (let batch = share; batch < batches; batch += shares) {
      memory.copy(area, p.a + batch * size, size);
      if (pivoting) factorPivoted<T, K>(p, area, p.permutation + batch * p.columns * 4, slot);
      else
        for (let k: usize = 0; k < reflectorsOf(p); k += BLOCK) {
          factorPanel<T, K>(p, area, k, slot);
          applyPanel<T, K>(p, area, 0, k, min(k + BLOCK, reflectorsOf(p)), p.columns, slot);
        }
      const q = p.q + batch * p.rows * p.qColumns * bytesOf<T, K>();
      beginFactors<T, K>(p, area, q, p.r + batch * p.rRows * p.columns * bytesOf<T, K>());
      for (let k = (reflectorsOf(p) + BLOCK - 1) / BLOCK * BLOCK; k > 0; k -= BLOCK)
        applyPanel<T, K>(p, area, q, k - BLOCK, k - BLOCK, p.qColumns, slot);
    }
  }
}

/** Applies the panel at k of the only matrix to its share of the columns from `from` on: of the reduced matrix, or of Q. */
// @ts-ignore: decorator
@inline
function applyShares<T, K>(p: Problem, k: usize, toQ: bool, from: usize, step: usize, shares: usize, begin: usize, end: usize): void {
  const columns = toQ ? p.qColumns : p.columns;
  for (let share = begin; share < end; share++)
    for (let column = from + share * step; column < columns; column += shares * step)
      applyPanel<T, K>(p, p.areas, toQ ? p.q : 0, k, column, min(column + step, columns), p.slots + share * p.slotBytes);
}

export function qr_matrices_f32(p: usize, pivoting: bool, batches: usize, shares: usize, begin: usize, end: usize): void {
  factorMatrices<f32, Real>(changetype<Problem>(p), pivoting, batches, shares, begin, end);
}

export function qr_matrices_f64(p: usize, pivoting: bool, batches: usize, shares: usize, begin: usize, end: usize): void {
  factorMatrices<f64, Real>(changetype<Problem>(p), pivoting, batches, shares, begin, end);
}

export function qr_matrices_c64(p: usize, pivoting: bool, batches: usize, shares: usize, begin: usize, end: usize): void {
  factorMatrices<f32, Complex>(changetype<Problem>(p), pivoting, batches, shares, begin, end);
}

export function qr_matrices_c128(p: usize, pivoting: bool, batches: usize, shares: usize, begin: usize, end: usize): void {
  factorMatrices<f64, Complex>(changetype<Problem>(p), pivoting, batches, shares, begin, end);
}

export function qr_panel_f32(p: usize, k: usize): void {
  factorPanel<f32, Real>(changetype<Problem>(p), changetype<Problem>(p).areas, k, changetype<Problem>(p).slots);
}

export function qr_panel_f64(p: usize, k: usize): void {
  factorPanel<f64, Real>(changetype<Problem>(p), changetype<Problem>(p).areas, k, changetype<Problem>(p).slots);
}

export function qr_panel_c64(p: usize, k: usize): void {
  factorPanel<f32, Complex>(changetype<Problem>(p), changetype<Problem>(p).areas, k, changetype<Problem>(p).slots);
}

export function qr_panel_c128(p: usize, k: usize): void {
  factorPanel<f64, Complex>(changetype<Problem>(p), changetype<Problem>(p).areas, k, changetype<Problem>(p).slots);
}

export function qr_apply_f32(p: usize, k: usize, toQ: bool, from: usize, step: usize, shares: usize, begin: usize, end: usize): void {
  applyShares<f32, Real>(changetype<Problem>(p), k, toQ, from, step, shares, begin, end);
}

export function qr_apply_f64(p: usize, k: usize, toQ: bool, from: usize, step: usize, shares: usize, begin: usize, end: usize): void {
  applyShares<f64, Real>(changetype<Problem>(p), k, toQ, from, step, shares, begin, end);
}

export function qr_apply_c64(p: usize, k: usize, toQ: bool, from: usize, step: usize, shares: usize, begin: usize, end: usize): void {
  applyShares<f32, Complex>(changetype<Problem>(p), k, toQ, from, step, shares, begin, end);
}

export function qr_apply_c128(p: usize, k: usize, toQ: bool, from: usize, step: usize, shares: usize, begin: usize, end: usize): void {
  applyShares<f64, Complex>(changetype<Problem>(p), k, toQ, from, step, shares, begin, end);
}

export function qr_begin_f32(p: usize): void {
  const problem = changetype<Problem>(p);
  beginFactors<f32, Real>(problem, problem.areas, problem.q, problem.r);
}

export function qr_begin_f64(p: usize): void {
  const problem = changetype<Problem>(p);
  beginFactors<f64, Real>(problem, problem.areas, problem.q, problem.r);
}

export function qr_begin_c64(p: usize): void {
  const problem = changetype<Problem>(p);
  beginFactors<f32, Complex>(problem, problem.areas, problem.q, problem.r);
}

export function qr_begin_c128(p: usize): void {
  const problem = changetype<Problem>(p);
  beginFactors<f64, Complex>(problem, problem.areas, problem.q, problem.r);
}

export function qr_load(p: usize, elementBytes: usize): void {
  const problem = changetype<Problem>(p);
  memory.copy(problem.areas, problem.a, problem.rows * problem.columns * elementBytes);
}
