import { applyReflector, applyReflectors, copyReflectors, formTriangle, REFLECTOR_BLOCK as BLOCK, reducePanel, reflect } from "../../../assembly/reflectors";
import { norm } from "../../../assembly/vectors";

export { product_tile_f32, product_tile_f64 } from "../../../assembly/product";
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
function tausOf<T>(p: Problem, area: usize): usize {
  return area + p.rows * p.columns * sizeof<T>();
}

/** V of the panel at k; T is behind its rows. */
// @ts-ignore: decorator
@inline
function panelOf<T>(p: Problem, area: usize, k: usize): usize {
  return tausOf<T>(p, area) + reflectorsOf(p) * sizeof<T>() + k / BLOCK * (p.rows + BLOCK) * BLOCK * sizeof<T>();
}

// @ts-ignore: decorator
@inline
function triangleOf<T>(p: Problem, area: usize, k: usize): usize {
  return panelOf<T>(p, area, k) + p.rows * BLOCK * sizeof<T>();
}

/** Keeps V and T of the panel at k, whose columns have been reduced. */
function keepPanel<T>(p: Problem, area: usize, k: usize, room: usize, scratch: usize): void {
  const row = p.columns * sizeof<T>();
  const width = min(BLOCK, reflectorsOf(p) - k);
  const v = panelOf<T>(p, area, k);
  copyReflectors<T>(p.rows - k, width, area + k * (row + sizeof<T>()), row, sizeof<T>(), v);
  formTriangle<T>(p.rows - k, width, v, tausOf<T>(p, area) + k * sizeof<T>(), triangleOf<T>(p, area, k), room, scratch);
}

function factorPanel<T>(p: Problem, area: usize, k: usize, slot: usize): void {
  const row = p.columns * sizeof<T>();
  const width = min(BLOCK, reflectorsOf(p) - k);
  const scratch = slot + p.roomBytes;
  reducePanel<T>(p.rows - k, width, area + k * (row + sizeof<T>()), row, tausOf<T>(p, area) + k * sizeof<T>(), slot, scratch);
  keepPanel<T>(p, area, k, slot, scratch);
}

/** Applies the panel at k to columns [from, to) of the reduced matrix, its inverse; or to those of Q. */
function applyPanel<T>(p: Problem, area: usize, q: usize, k: usize, from: usize, to: usize, slot: usize): void {
  const width = min(BLOCK, reflectorsOf(p) - k);
  const row = (q ? p.qColumns : p.columns) * sizeof<T>();
  const c = (q ? q : area) + k * row + from * sizeof<T>();
  applyReflectors<T>(
    !q, p.rows - k, width, panelOf<T>(p, area, k), triangleOf<T>(p, area, k), to - from, c, row, slot, slot + p.roomBytes,
  );
}

/** Householder QR with column pivoting, column by column (P. Businger, G. Golub, 1965; norms are updated as in LAPACK Working Note 176). */
function factorPivoted<T>(p: Problem, area: usize, permutation: usize, slot: usize): void {
  const rows = p.rows, columns = p.columns;
  const row = columns * sizeof<T>();
  const norms = slot, exact = norms + row, room = exact + row;
  for (let j: usize = 0; j < columns; j++) {
    store<i32>(permutation + j * 4, <i32>j);
    const size = norm<T>(rows, area + j * sizeof<T>(), row);
    store<T>(norms + j * sizeof<T>(), size);
    store<T>(exact + j * sizeof<T>(), size);
  }
  const precision: T = sizeof<T>() == 4 ? <T>3.4526698300124393e-4 : <T>1.4901161193847656e-8;
  for (let k: usize = 0; k < reflectorsOf(p); k++) {
    let best = k;
    for (let j = k + 1; j < columns; j++)
      if (load<T>(norms + j * sizeof<T>()) > load<T>(norms + best * sizeof<T>())) best = j;
    if (best != k) {
      for (let i: usize = 0; i < rows; i++) exchange<T>(area + i * row, k, best);
      exchange<i32>(permutation, k, best);
      exchange<T>(norms, k, best);
      exchange<T>(exact, k, best);
    }
    const pivot = area + k * (row + sizeof<T>());
    const tau = reflect<T>(rows - k, pivot, row);
    store<T>(tausOf<T>(p, area) + k * sizeof<T>(), tau);
    applyReflector<T>(rows - k, columns - k - 1, pivot, row, tau, pivot + sizeof<T>(), row, room);
    for (let j = k + 1; j < columns; j++) {
      const size = load<T>(norms + j * sizeof<T>());
      if (size == <T>0) continue;
      const share = abs<T>(load<T>(area + k * row + j * sizeof<T>())) / size;
      const left = max<T>(<T>0, (<T>1 + share) * (<T>1 - share));
      const ratio = size / load<T>(exact + j * sizeof<T>());
      if (left * ratio * ratio <= precision) {
        const again = norm<T>(rows - k - 1, area + (k + 1) * row + j * sizeof<T>(), row);
        store<T>(norms + j * sizeof<T>(), again);
        store<T>(exact + j * sizeof<T>(), again);
      } else store<T>(norms + j * sizeof<T>(), size * sqrt<T>(left));
    }
  }
  for (let k: usize = 0; k < reflectorsOf(p); k += BLOCK) keepPanel<T>(p, area, k, slot, slot + p.roomBytes);
}

// @ts-ignore: decorator
@inline
function exchange<T>(start: usize, i: usize, j: usize): void {
  const moved = load<T>(start + i * sizeof<T>());
  store<T>(start + i * sizeof<T>(), load<T>(start + j * sizeof<T>()));
  store<T>(start + j * sizeof<T>(), moved);
}

/** R with a diagonal that is not negative, and the identity with the signs that this takes in Q's place. */
function beginFactors<T>(p: Problem, area: usize, q: usize, r: usize): void {
  const row = p.columns * sizeof<T>();
  memory.fill(q, 0, p.rows * p.qColumns * sizeof<T>());
  memory.fill(r, 0, p.rRows * row);
  for (let i: usize = 0; i < p.qColumns; i++) {
    const known = i < reflectorsOf(p);
    const flipped = known && load<T>(area + i * (row + sizeof<T>())) < <T>0;
    store<T>(q + i * (p.qColumns + 1) * sizeof<T>(), flipped ? <T>-1 : <T>1);
    if (!known) continue;
    for (let j = i; j < p.columns; j++) {
      const value = load<T>(area + i * row + j * sizeof<T>());
      store<T>(r + i * row + j * sizeof<T>(), flipped ? -value : value);
    }
  }
}

/** The whole factorisation of matrices [begin, end), each in the area and the slot of its share. */
// @ts-ignore: decorator
@inline
function factorMatrices<T>(p: Problem, pivoting: bool, batches: usize, shares: usize, begin: usize, end: usize): void {
  const size = p.rows * p.columns * sizeof<T>();
  for (let share = begin; share < end; share++) {
    const area = p.areas + share * p.areaBytes;
    const slot = p.slots + share * p.slotBytes;
    for (let batch = share; batch < batches; batch += shares) {
      memory.copy(area, p.a + batch * size, size);
      if (pivoting) factorPivoted<T>(p, area, p.permutation + batch * p.columns * 4, slot);
      else
        for (let k: usize = 0; k < reflectorsOf(p); k += BLOCK) {
          factorPanel<T>(p, area, k, slot);
          applyPanel<T>(p, area, 0, k, min(k + BLOCK, reflectorsOf(p)), p.columns, slot);
        }
      const q = p.q + batch * p.rows * p.qColumns * sizeof<T>();
      beginFactors<T>(p, area, q, p.r + batch * p.rRows * p.columns * sizeof<T>());
      for (let k = (reflectorsOf(p) + BLOCK - 1) / BLOCK * BLOCK; k > 0; k -= BLOCK)
        applyPanel<T>(p, area, q, k - BLOCK, k - BLOCK, p.qColumns, slot);
    }
  }
}

/** Applies the panel at k of the only matrix to its share of the columns from `from` on: of the reduced matrix, or of Q. */
// @ts-ignore: decorator
@inline
function applyShares<T>(p: Problem, k: usize, toQ: bool, from: usize, step: usize, shares: usize, begin: usize, end: usize): void {
  const columns = toQ ? p.qColumns : p.columns;
  for (let share = begin; share < end; share++)
    for (let column = from + share * step; column < columns; column += shares * step)
      applyPanel<T>(p, p.areas, toQ ? p.q : 0, k, column, min(column + step, columns), p.slots + share * p.slotBytes);
}

export function qr_matrices_f32(p: usize, pivoting: bool, batches: usize, shares: usize, begin: usize, end: usize): void {
  factorMatrices<f32>(changetype<Problem>(p), pivoting, batches, shares, begin, end);
}

export function qr_matrices_f64(p: usize, pivoting: bool, batches: usize, shares: usize, begin: usize, end: usize): void {
  factorMatrices<f64>(changetype<Problem>(p), pivoting, batches, shares, begin, end);
}

export function qr_panel_f32(p: usize, k: usize): void {
  factorPanel<f32>(changetype<Problem>(p), changetype<Problem>(p).areas, k, changetype<Problem>(p).slots);
}

export function qr_panel_f64(p: usize, k: usize): void {
  factorPanel<f64>(changetype<Problem>(p), changetype<Problem>(p).areas, k, changetype<Problem>(p).slots);
}

export function qr_apply_f32(p: usize, k: usize, toQ: bool, from: usize, step: usize, shares: usize, begin: usize, end: usize): void {
  applyShares<f32>(changetype<Problem>(p), k, toQ, from, step, shares, begin, end);
}

export function qr_apply_f64(p: usize, k: usize, toQ: bool, from: usize, step: usize, shares: usize, begin: usize, end: usize): void {
  applyShares<f64>(changetype<Problem>(p), k, toQ, from, step, shares, begin, end);
}

export function qr_begin_f32(p: usize): void {
  const problem = changetype<Problem>(p);
  beginFactors<f32>(problem, problem.areas, problem.q, problem.r);
}

export function qr_begin_f64(p: usize): void {
  const problem = changetype<Problem>(p);
  beginFactors<f64>(problem, problem.areas, problem.q, problem.r);
}

export function qr_load_f32(p: usize): void {
  const problem = changetype<Problem>(p);
  memory.copy(problem.areas, problem.a, problem.rows * problem.columns * 4);
}

export function qr_load_f64(p: usize): void {
  const problem = changetype<Problem>(p);
  memory.copy(problem.areas, problem.a, problem.rows * problem.columns * 8);
}
