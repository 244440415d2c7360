import { putTurned, reflectRowsComplex, writeTurned } from "../../../assembly/complex-vectors";
import { bytesOf, Complex, copyElement, imaginaryAt, isComplex, put, Real } from "../../../assembly/elements";
import { applyReflector, formQ, multiplyByQ, reduceMatrix, reflect, reflectComplex } from "../../../assembly/reflectors";
import { applyRotations, makeRotation } from "../../../assembly/rotations";
import {
  scaleToRange, vectors_outer_times_f32, vectors_outer_times_f64, vectors_outer_transposed_f32, vectors_outer_transposed_f64,
} from "../../../assembly/vectors";

export { vectors_inner_c64, vectors_inner_c128, vectors_scaled_c64, vectors_scaled_c128 } from "../../../assembly/complex-vectors";
export { product_tile_c64, product_tile_c128, product_tile_f32, product_tile_f64 } from "../../../assembly/product";
export { rotations_apply_f32, rotations_apply_f64 } from "../../../assembly/rotations";
export {
  vectors_outer_times_f32, vectors_outer_times_f64, vectors_outer_transposed_f32, vectors_outer_transposed_f64,
} from "../../../assembly/vectors";

/** Sweeps per singular value after which an iteration would have failed; two are usual. */
// @ts-ignore: decorator
@inline
const MOST_SWEEPS: usize = 60;

/**
 * What one share of the work has: a matrix [rows, columns] of at least as many rows as columns, which is A or its transpose, and addresses.
 * Singular vectors are rows, with strides that are no multiples of a power of two that would crowd the cache: `left` has `leftCount` of `rows` numbers, `right` `columns` of `columns`.
 */
// @ts-ignore: decorator
@unmanaged
export class Room {
  rows: usize;
  columns: usize;
  leftCount: usize;
  matrix: usize;
  diagonal: usize;
  beside: usize;
  leftTaus: usize;
  rightTaus: usize;
  /** Of a matrix with many more rows than columns: what it is reduced by before, and the triangle that is left. */
  tallTaus: usize;
  triangle: usize;
  v: usize;
  w: usize;
  y: usize;
  leftRotations: usize;
  rightRotations: usize;
  order: usize;
  left: usize;
  leftStride: usize;
  right: usize;
  rightStride: usize;
  /** Where products of reflectors are formed, before they are transposed. */
  q: usize;
  /** For blocks of reflectors, and products. */
  blocks: usize;
  scratch: usize;
}

// @ts-ignore: decorator
@inline
function roomOf(bytes: usize): usize {
  return (bytes + 63) / 64 * 64;
}

/** An odd number of cache lines. */
// @ts-ignore: decorator
@inline
function strideOf(bytes: usize): usize {
  return roomOf(bytes) % 128 ? roomOf(bytes) : roomOf(bytes) + 64;
}

function layOut<T, K>(rows: usize, columns: usize, leftCount: usize, start: usize, scratch: usize): Room {
  const room = changetype<Room>(start);
  const vector = roomOf(rows * bytesOf<T, K>());
  let at = start + 128;
  room.rows = rows;
  room.columns = columns;
  room.leftCount = leftCount;
  room.diagonal = at;
  room.beside = at += vector;
  room.leftTaus = at += vector;
  room.rightTaus = at += vector;
  room.tallTaus = at += vector;
  room.v = at += vector;
  room.w = at += vector;
  room.y = at += vector;
  room.order = at += vector;
  room.leftRotations = at += vector;
  room.rightRotations = at += 2 * vector;
  room.matrix = at += 2 * vector;
  room.leftStride = strideOf(rows * bytesOf<T, K>());
  room.rightStride = strideOf(columns * bytesOf<T, K>());
  room.triangle = at += roomOf(rows * columns * bytesOf<T, K>());
  room.left = at += roomOf(columns * columns * bytesOf<T, K>());
  room.right = at += leftCount * room.leftStride;
  room.q = at += columns * room.rightStride;
  room.blocks = at + roomOf(rows * leftCount * bytesOf<T, K>());
  room.scratch = scratch;
  return room;
}

/**
 * Householder bidiagonalisation, upper. Updates wait until the next vector is known, so that one pass over the matrix does both the update and the product with that vector: two passes a step.
 * The vectors stay in the columns below the diagonal and in the rows right of the superdiagonal.
 */
function bidiagonalise<T>(room: Room): void {
  const size = sizeof<T>();
  const rows = room.rows, columns = room.columns;
  const row = columns * size;
  const u = room.v, w = room.w, y = room.y;
  // What waits is A −= y uᵀ; −y is kept.
  memory.fill(y, 0, rows * size);
  memory.fill(u, 0, row);
  for (let k: usize = 0; k < columns; k++) {
    const own = room.matrix + k * (row + size);
    const m = rows - k, right = columns - k - 1;
    const u0 = load<T>(u);
    for (let i: usize = 0; i < m; i++) store<T>(own + i * row, load<T>(own + i * row) + u0 * load<T>(y + i * size));
    const tau = reflect<T>(m, own, row);
    store<T>(room.leftTaus + k * size, tau);
    store<T>(room.diagonal + k * size, load<T>(own));
    if (right == 0) break;
    // −τ vᵀ A, of which the first row of A counts with 1.
    const next = u + size;
    const y0 = load<T>(y);
    for (let j: usize = 0; j < right; j++) {
      const value = load<T>(own + (j + 1) * size) + y0 * load<T>(next + j * size);
      store<T>(own + (j + 1) * size, value);
      store<T>(w + j * size, value);
    }
    if (size == 4) vectors_outer_transposed_f32(m - 1, right, own + row + size, row, y + size, next, own + row, row, w);
    else vectors_outer_transposed_f64(m - 1, right, own + row + size, row, y + size, next, own + row, row, w);
    for (let j: usize = 0; j < right; j++) {
      const value = -tau * load<T>(w + j * size);
      store<T>(w + j * size, value);
      store<T>(own + (j + 1) * size, load<T>(own + (j + 1) * size) + value);
    }
    const rightTau = reflect<T>(right, own + size, size);
    store<T>(room.rightTaus + k * size, rightTau);
    store<T>(room.beside + k * size, load<T>(own + size));
    memory.copy(u, own + size, right * size);
    store<T>(u, <T>1);
    if (size == 4) vectors_outer_times_f32(m - 1, right, own + row + size, row, own + row, row, w, u, y);
    else vectors_outer_times_f64(m - 1, right, own + row + size, row, own + row, row, w, u, y);
    for (let i: usize = 0; i + 1 < m; i++) store<T>(y + i * size, -rightTau * load<T>(y + i * size));
  }
}

/** Householder bidiagonalisation of a complex matrix, A = Q B Pᴴ with real B (as LAPACK's zgebd2); vectors stay where those of `bidiagonalise` do. */
function bidiagonaliseComplex<T>(room: Room): void {
  const part = sizeof<T>(), size = 2 * sizeof<T>();
  const columns = room.columns;
  const row = columns * size;
  for (let k: usize = 0; k < columns; k++) {
    const own = room.matrix + k * (row + size);
    const m = room.rows - k, right = columns - k - 1;
    const tau = room.leftTaus + k * size;
    reflectComplex<T>(m, own, row, tau);
    store<T>(room.diagonal + k * part, load<T>(own));
    if (right == 0) break;
    applyReflector<T, Complex>(m, right, own, row, tau, own + size, row, room.w);
    // The reflector takes the conjugate of the row to a real multiple of the first unit vector.
    for (let at = own + size; at < own + (right + 1) * size; at += size) store<T>(at + part, -imaginaryAt<T>(at));
    const rightTau = room.rightTaus + k * size;
    reflectComplex<T>(right, own + size, size, rightTau);
    store<T>(room.beside + k * part, load<T>(own + size));
    memory.copy(room.v, own + size, right * size);
    put<T>(room.v, <T>1, <T>0);
    reflectRowsComplex<T>(m - 1, right, room.v, rightTau, own + row + size, row, room.y);
  }
}

/** Whether a matrix is first reduced to a triangle, which then takes the place of it: from this ratio on that is less work (T. Chan, "An improved algorithm for computing the singular value decomposition", 1982). */
// @ts-ignore: decorator
@inline
function isTall(rows: usize, columns: usize): bool {
  return rows * 3 >= columns * 5;
}

/** A = Q R; `room` is then about R. */
function reduceToTriangle<T, K>(room: Room): void {
  const size = bytesOf<T, K>();
  const columns = room.columns;
  const row = columns * size;
  reduceMatrix<T, K>(room.rows, columns, room.matrix, row, room.tallTaus, room.blocks, room.scratch);
  memory.fill(room.triangle, 0, columns * row);
  for (let i: usize = 0; i < columns; i++)
    memory.copy(room.triangle + i * (row + size), room.matrix + i * (row + size), (columns - i) * size);
  const whole = room.matrix;
  room.matrix = room.triangle;
  room.triangle = whole;
  room.rows = columns;
  room.leftCount = columns;
}

/** Back from R to A, whose left singular vectors are Q times those of R, and in the full form what is orthogonal to them. */
function returnToWhole<T, K>(room: Room, rows: usize, leftCount: usize, withVectors: bool): void {
  const size = bytesOf<T, K>();
  const columns = room.columns;
  const triangle = room.matrix;
  room.matrix = room.triangle;
  room.triangle = triangle;
  room.rows = rows;
  room.leftCount = leftCount;
  if (!withVectors) return;
  formIdentity<T, K>(room.q, rows, leftCount);
  for (let i: usize = 0; i < columns; i++)
    for (let j: usize = 0; j < columns; j++)
      copyElement<T, K>(room.left + j * room.leftStride + i * size, room.q + (i * leftCount + j) * size);
  multiplyByQ<T, K>(
    false, rows, columns, room.matrix, columns * size, size, room.tallTaus, room.q, leftCount * size, leftCount, room.blocks, room.scratch,
  );
  transposeInto<T, K>(room.q, rows, leftCount, room.left, room.leftStride);
}

/** The products of the reflectors, transposed: their rows are what the rotations act on. */
function formVectors<T, K>(room: Room): void {
  const size = bytesOf<T, K>();
  const row = room.columns * size;
  formIdentity<T, K>(room.q, room.rows, room.leftCount);
  formQ<T, K>(
    room.rows, room.columns, room.matrix, row, size, room.leftTaus, room.q, room.leftCount * size, room.leftCount, room.blocks, room.scratch,
  );
  transposeInto<T, K>(room.q, room.rows, room.leftCount, room.left, room.leftStride);
  formIdentity<T, K>(room.q, room.columns, room.columns);
  // Of complex matrices the last reflector is a number.
  if (room.columns > 2 || (isComplex<K>() && room.columns == 2))
    formQ<T, K>(
      room.columns - 1, isComplex<K>() ? room.columns - 1 : room.columns - 2, room.matrix + size, size, row, room.rightTaus, room.q + row + size, row, room.columns - 1, room.blocks, room.scratch,
    );
  transposeInto<T, K>(room.q, room.columns, room.columns, room.right, room.rightStride);
}

function formIdentity<T, K>(q: usize, rows: usize, columns: usize): void {
  memory.fill(q, 0, rows * columns * bytesOf<T, K>());
  for (let i: usize = 0; i < columns; i++) store<T>(q + i * (columns + 1) * bytesOf<T, K>(), <T>1);
}

function transposeInto<T, K>(q: usize, rows: usize, columns: usize, target: usize, stride: usize): void {
  for (let j: usize = 0; j < columns; j++)
    for (let i: usize = 0; i < rows; i++) copyElement<T, K>(q + (i * columns + j) * bytesOf<T, K>(), target + j * stride + i * bytesOf<T, K>());
}

// @ts-ignore: decorator
@inline
function precisionOf<T>(): T {
  return sizeof<T>() == 4 ? <T>5.9604644775390625e-8 : <T>1.1102230246251565e-16;
}

// @ts-ignore: decorator
@inline
function isNegligible<T>(d: usize, e: usize, k: usize): bool {
  const here = abs<T>(load<T>(d + k * sizeof<T>())), next = abs<T>(load<T>(d + (k + 1) * sizeof<T>()));
  return abs<T>(load<T>(e + k * sizeof<T>())) <= precisionOf<T>() * (here + next);
}

/** Singular values of a bidiagonal matrix by implicit QR (J. Demmel, W. Kahan, "Accurate singular values of bidiagonal matrices", 1990). Returns false where it does not end. */
function iterate<T, K>(room: Room, withVectors: bool): bool {
  const d = room.diagonal, e = room.beside;
  let high = room.columns - 1;
  for (let sweeps: usize = 0; sweeps < MOST_SWEEPS * room.columns; sweeps++) {
    while (high > 0 && isNegligible<T>(d, e, high - 1)) high--;
    if (high == 0) return true;
    let low = high - 1;
    while (low > 0 && !isNegligible<T>(d, e, low - 1)) low--;
    const shift = shiftOf<T>(d, e, low, high);
    if (shift == <T>0) sweepUnshifted<T>(d, e, low, high, room.leftRotations, room.rightRotations);
    else sweep<T>(d, e, low, high, shift, room.leftRotations, room.rightRotations);
    if (!withVectors) continue;
    applyRotations<T>(high - low, room.leftRotations, room.left + low * room.leftStride, room.leftStride, room.rows * sizeof<K>());
    applyRotations<T>(high - low, room.rightRotations, room.right + low * room.rightStride, room.rightStride, room.columns * sizeof<K>());
  }
  return false;
}

/** The smaller singular value of the last two rows; 0 where a shift would spoil what is small, or an element of the diagonal is 0. */
function shiftOf<T>(d: usize, e: usize, low: usize, high: usize): T {
  const size = sizeof<T>();
  for (let k = low; k <= high; k++) if (load<T>(d + k * size) == <T>0) return <T>0;
  const f = abs<T>(load<T>(d + (high - 1) * size)), h = abs<T>(load<T>(d + high * size)), g = abs<T>(load<T>(e + (high - 1) * size));
  const less = min<T>(f, h), more = max<T>(f, h);
  const sum = <T>1 + less / more, difference = (more - less) / more;
  let shift: T;
  if (g < more) {
    const ratio = g / more * (g / more);
    shift = less * (<T>2 / (sqrt<T>(sum * sum + ratio) + sqrt<T>(difference * difference + ratio)));
  } else {
    const ratio = more / g;
    const one = sum * ratio, other = difference * ratio;
    shift = <T>2 * (less / (sqrt<T>(<T>1 + one * one) + sqrt<T>(<T>1 + other * other))) * ratio;
  }
  const relative = shift / abs<T>(load<T>(d + low * size));
  return relative * relative < precisionOf<T>() ? <T>0 : shift;
}

function sweep<T>(d: usize, e: usize, low: usize, high: usize, shift: T, leftRotations: usize, rightRotations: usize): void {
  const size = sizeof<T>();
  const first = load<T>(d + low * size);
  let f = (abs<T>(first) - shift) * (copysign<T>(<T>1, first) + shift / first);
  let g = load<T>(e + low * size);
  for (let k = low; k < high; k++) {
    const right = rightRotations + 2 * (k - low) * size;
    const r = makeRotation<T>(f, g, right);
    if (k > low) store<T>(e + (k - 1) * size, r);
    const c = load<T>(right), s = load<T>(right + size);
    const here = load<T>(d + k * size), beside = load<T>(e + k * size), next = load<T>(d + (k + 1) * size);
    f = c * here + s * beside;
    const moved = c * beside - s * here;
    g = s * next;
    const turned = c * next;
    const left = leftRotations + 2 * (k - low) * size;
    store<T>(d + k * size, makeRotation<T>(f, g, left));
    const leftC = load<T>(left), leftS = load<T>(left + size);
    f = leftC * moved + leftS * turned;
    store<T>(d + (k + 1) * size, leftC * turned - leftS * moved);
    if (k + 1 < high) {
      const following = load<T>(e + (k + 1) * size);
      g = leftS * following;
      store<T>(e + (k + 1) * size, leftC * following);
    }
  }
  store<T>(e + (high - 1) * size, f);
}

function sweepUnshifted<T>(d: usize, e: usize, low: usize, high: usize, leftRotations: usize, rightRotations: usize): void {
  const size = sizeof<T>();
  let c: T = <T>1, leftC: T = <T>1, leftS: T = <T>0;
  for (let k = low; k < high; k++) {
    const right = rightRotations + 2 * (k - low) * size, left = leftRotations + 2 * (k - low) * size;
    const r = makeRotation<T>(load<T>(d + k * size) * c, load<T>(e + k * size), right);
    if (k > low) store<T>(e + (k - 1) * size, leftS * r);
    c = load<T>(right);
    const s = load<T>(right + size);
    store<T>(d + k * size, makeRotation<T>(leftC * r, load<T>(d + (k + 1) * size) * s, left));
    leftC = load<T>(left);
    leftS = load<T>(left + size);
  }
  const last = load<T>(d + high * size) * c;
  store<T>(d + high * size, last * leftC);
  store<T>(e + (high - 1) * size, last * leftS);
}

/** Positions of the singular values in descending order of size. */
function sort<T>(room: Room): void {
  const d = room.diagonal, order = room.order;
  for (let i: usize = 0; i < room.columns; i++) {
    const value = abs<T>(load<T>(d + i * sizeof<T>()));
    let j = i;
    for (; j > 0 && abs<T>(load<T>(d + load<u32>(order + (j - 1) * 4) * sizeof<T>())) < value; j--)
      store<u32>(order + j * 4, load<u32>(order + (j - 1) * 4));
    store<u32>(order + j * 4, <u32>i);
  }
}

/** The matrix, or its adjoint where it has less rows than columns. */
function takeMatrix<T, K>(a: usize, transposed: bool, room: Room): T {
  const numbers = room.rows * room.columns * sizeof<K>();
  if (!transposed) memory.copy(room.matrix, a, numbers * sizeof<T>());
  else {
    transposeInto<T, K>(a, room.columns, room.rows, room.matrix, room.columns * bytesOf<T, K>());
    if (isComplex<K>())
      for (let k: usize = 1; k < numbers; k += 2) store<T>(room.matrix + k * sizeof<T>(), -load<T>(room.matrix + k * sizeof<T>()));
  }
  return scaleToRange<T>(numbers, room.matrix);
}

/** Which rows of `vectors` come where: columns of U, or rows of Vᵀ; a row beyond the singular values keeps its place. */
// @ts-ignore: decorator
@inline
function sourceOf(room: Room, index: usize): usize {
  return index < room.columns ? load<u32>(room.order + index * 4) : index;
}

// @ts-ignore: decorator
@inline
function isTurned<T>(vector: usize, count: usize): bool {
  let most: T = <T>0;
  for (let i: usize = 0; i < count; i++) {
    const value = load<T>(vector + i * sizeof<T>());
    if (abs<T>(value) > abs<T>(most)) most = value;
  }
  return most < <T>0;
}

/** Writes singular values in descending order; columns of U whose largest element is (real and) positive; and rows of Vᴴ. */
function writeVectors<T, K>(room: Room, transposed: bool, u: usize, vt: usize): void {
  const size = sizeof<T>();
  const columnVectors = transposed ? room.right : room.left, columnStride = transposed ? room.rightStride : room.leftStride;
  const rowVectors = transposed ? room.left : room.right, rowStride = transposed ? room.leftStride : room.rightStride;
  const uRows = transposed ? room.columns : room.rows, uColumns = transposed ? room.columns : room.leftCount;
  const vRows = transposed ? room.leftCount : room.columns, vColumns = transposed ? room.rows : room.columns;
  for (let j: usize = 0; j < max(uColumns, vRows); j++) {
    const source = sourceOf(room, j);
    if (isComplex<K>()) {
      // A common factor of both vectors changes nothing; a negative singular value is made positive with the sign of v.
      const factor = room.w;
      put<T>(factor, <T>1, <T>0);
      if (j < uColumns) writeTurned<T>(uRows, columnVectors + source * columnStride, u + 2 * j * size, uColumns, factor);
      if (j >= vRows) continue;
      const sign: T = j < room.columns && load<T>(room.diagonal + source * size) < <T>0 ? <T>-1 : <T>1;
      for (let i: usize = 0; i < vColumns; i++) {
        const target = vt + 2 * (j * vColumns + i) * size;
        putTurned<T>(target, rowVectors + source * rowStride + 2 * i * size, factor);
        put<T>(target, sign * load<T>(target), -sign * imaginaryAt<T>(target));
      }
      continue;
    }
    let turned = false;
    if (j < uColumns) {
      const vector = columnVectors + source * columnStride;
      turned = isTurned<T>(vector, uRows);
      for (let i: usize = 0; i < uRows; i++) {
        const value = load<T>(vector + i * size);
        store<T>(u + (i * uColumns + j) * size, turned ? -value : value);
      }
    }
    if (j >= vRows) continue;
    // A negative singular value is made positive with the sign of v.
    if (j < room.columns && load<T>(room.diagonal + source * size) < <T>0) turned = !turned;
    const vector = rowVectors + source * rowStride;
    for (let i: usize = 0; i < vColumns; i++) {
      const value = load<T>(vector + i * size);
      store<T>(vt + (j * vColumns + i) * size, turned ? -value : value);
    }
  }
}

function fillNaN<T>(count: usize, target: usize): void {
  for (let i: usize = 0; i < count; i++) store<T>(target + i * sizeof<T>(), <T>NaN);
}

/** Where inputs and outputs are, for all matrices; `u` is 0 where only values are wanted. */
// @ts-ignore: decorator
@unmanaged
export class Problem {
  a: usize;
  u: usize;
  values: usize;
  vt: usize;
  rows: usize;
  columns: usize;
  leftCount: usize;
  batches: usize;
  slotBytes: usize;
  roomBytes: usize;
  scratch: usize;
}

// @ts-ignore: decorator
@inline
function decompose<T, K>(p: Problem, slots: usize, begin: usize, end: usize): void {
  const size = sizeof<T>();
  const transposed = p.rows < p.columns;
  const count = min(p.rows, p.columns);
  const uSize = p.rows * (transposed ? count : p.leftCount), vSize = p.columns * (transposed ? p.leftCount : count);
  for (let slot = begin; slot < end; slot++) {
    const start = p.scratch + slot * p.slotBytes;
    const room = layOut<T, K>(max(p.rows, p.columns), count, p.leftCount, start, start + p.roomBytes);
    for (let batch = slot; batch < p.batches; batch += slots) {
      const values = p.values + batch * count * size;
      const u = p.u ? p.u + batch * uSize * bytesOf<T, K>() : 0, vt = p.u ? p.vt + batch * vSize * bytesOf<T, K>() : 0;
      const scale = takeMatrix<T, K>(p.a + batch * p.rows * p.columns * bytesOf<T, K>(), transposed, room);
      let done = scale > <T>0;
      if (done) {
        const tall = isTall(room.rows, room.columns);
        if (tall) reduceToTriangle<T, K>(room);
        if (isComplex<K>()) bidiagonaliseComplex<T>(room);
        else bidiagonalise<T>(room);
        if (u) formVectors<T, K>(room);
        done = iterate<T, K>(room, u != 0);
        if (tall) returnToWhole<T, K>(room, max(p.rows, p.columns), p.leftCount, u != 0);
      }
      if (!done) {
        fillNaN<T>(count, values);
        if (u) fillNaN<T>(uSize * sizeof<K>(), u);
        if (u) fillNaN<T>(vSize * sizeof<K>(), vt);
        continue;
      }
      sort<T>(room);
      for (let i: usize = 0; i < count; i++)
        store<T>(values + i * size, abs<T>(load<T>(room.diagonal + load<u32>(room.order + i * 4) * size)) * scale);
      if (u) writeVectors<T, K>(room, transposed, u, vt);
    }
  }
}

export function svd_f32(problem: usize, slots: usize, begin: usize, end: usize): void {
  decompose<f32, Real>(changetype<Problem>(problem), slots, begin, end);
}

export function svd_f64(problem: usize, slots: usize, begin: usize, end: usize): void {
  decompose<f64, Real>(changetype<Problem>(problem), slots, begin, end);
}

export function svd_c64(problem: usize, slots: usize, begin: usize, end: usize): void {
  decompose<f32, Complex>(changetype<Problem>(problem), slots, begin, end);
}

export function svd_c128(problem: usize, slots: usize, begin: usize, end: usize): void {
  decompose<f64, Complex>(changetype<Problem>(problem), slots, begin, end);
}
