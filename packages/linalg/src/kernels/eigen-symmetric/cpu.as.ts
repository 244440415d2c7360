import { Real } from "../../../assembly/elements";
import { formQ, reflect } from "../../../assembly/reflectors";
import { applyRotations, makeRotation } from "../../../assembly/rotations";
import {
  addScaled, inner, scaleToRange, vectors_symmetric_f32, vectors_symmetric_f64,
} from "../../../assembly/vectors";

export { product_tile_f32, product_tile_f64 } from "../../../assembly/product";
export { rotations_apply_f32, rotations_apply_f64 } from "../../../assembly/rotations";
export { vectors_symmetric_f32, vectors_symmetric_f64 } from "../../../assembly/vectors";

/** Sweeps per eigenvalue after which an iteration would have failed; two are usual. */
// @ts-ignore: decorator
@inline
const MOST_SWEEPS: usize = 60;

/** Addresses within the room of a share of the work; `Room` itself is filled in by `layOut`. */
// @ts-ignore: decorator
@unmanaged
export class Room {
  /** The matrix, both triangles, and then the reflectors. */
  matrix: usize;
  diagonal: usize;
  beside: usize;
  taus: usize;
  /** Reflectors in use, and other vectors. */
  v: usize;
  w: usize;
  p: usize;
  rotations: usize;
  order: usize;
  /** The rows are eigenvectors; their stride is no multiple of a power of two that would crowd the cache. */
  vectors: usize;
  stride: usize;
  /** For blocks of reflectors, and products. */
  blocks: usize;
  scratch: usize;
}

/** A vector of n numbers, the next one beginning on a cache line of its own. */
// @ts-ignore: decorator
@inline
function roomOfVector<T>(n: usize): usize {
  return (n * sizeof<T>() + 63) / 64 * 64;
}

function layOut<T>(n: usize, start: usize, scratch: usize): Room {
  const room = changetype<Room>(start);
  const bytes = roomOfVector<T>(n);
  let at = start + 64;
  room.diagonal = at;
  room.beside = at += bytes;
  room.taus = at += bytes;
  room.v = at += bytes;
  room.w = at += bytes;
  room.p = at += bytes;
  room.order = at += bytes;
  room.rotations = at += bytes;
  room.matrix = at += 2 * bytes;
  room.vectors = at += n * n * sizeof<T>() + 64;
  room.stride = bytes % 128 ? bytes : bytes + 64;
  room.blocks = at + n * room.stride;
  room.scratch = scratch;
  return room;
}

/**
 * Householder tridiagonalisation. The update of step k − 1 is delayed until the reflector of step k is known, so that one pass over the matrix does both it and the product of step k.
 * The vectors are left below the subdiagonal.
 */
function tridiagonalise<T>(n: usize, room: Room): void {
  const size = sizeof<T>();
  const row = n * size;
  const a = room.matrix;
  const v = room.v, w = room.w, p = room.p;
  memory.fill(v, 0, row);
  memory.fill(w, 0, row);
  for (let k: usize = 0; k + 1 < n; k++) {
    const m = n - k - 1;
    // Row k of the matrix, brought up to date: v and w are those of the step before, and begin with the element of row k.
    const own = a + k * (row + size);
    const v0 = load<T>(v), w0 = load<T>(w);
    addScaled<T>(m + 1, -v0, w, own);
    addScaled<T>(m + 1, -w0, v, own);
    store<T>(room.diagonal + k * size, load<T>(own));
    // The reflector from the row, which equals the column.
    memory.copy(p, own + size, m * size);
    const tau = reflect<T>(m, p, size);
    store<T>(room.beside + k * size, load<T>(p));
    store<T>(room.taus + k * size, tau);
    for (let i: usize = 1; i < m; i++) store<T>(own + row + i * row, load<T>(p + i * size));
    store<T>(p, <T>1);
    // Now v, w of the step before without their first elements, and the new vector in p: A −= v wᵀ + w vᵀ, and then A p.
    const below = own + row + size;
    for (let i: usize = 0; i < m; i++) store<T>(v + i * size, -load<T>(v + (i + 1) * size));
    memory.copy(w, w + size, m * size);
    const product = room.rotations;
    if (sizeof<T>() == 4) vectors_symmetric_f32(m, below, row, v, w, p, product);
    else vectors_symmetric_f64(m, below, row, v, w, p, product);
    // w = τ (A v − τ/2 (vᵀ A v) v).
    const half = tau * inner<T>(m, product, p) / <T>2;
    memory.copy(v, p, m * size);
    for (let i: usize = 0; i < m; i++)
      store<T>(w + i * size, tau * (load<T>(product + i * size) - half * load<T>(p + i * size)));
  }
  // The last element has not met the last update.
  if (n > 0) {
    const last = load<T>(a + (n - 1) * (row + size));
    store<T>(room.diagonal + (n - 1) * size, last - (n > 1 ? <T>2 * load<T>(v) * load<T>(w) : <T>0));
  }
}

/** The product of the reflectors, transposed: its rows are what the rotations act on. */
function formVectors<T>(n: usize, room: Room, q: usize): void {
  const size = sizeof<T>();
  const row = n * size;
  memory.fill(q, 0, n * row);
  for (let i: usize = 0; i < n; i++) store<T>(q + i * (row + size), <T>1);
  // The matrix below its first row is a matrix whose reflectors lie below the diagonal, and they act on all rows of Q but the first.
  if (n > 2) formQ<T, Real>(n - 1, n - 2, room.matrix + row, row, size, room.taus, q + row + size, row, n - 1, room.blocks, room.scratch);
  for (let i: usize = 0; i < n; i++)
    for (let j: usize = 0; j < n; j++) store<T>(room.vectors + i * room.stride + j * size, load<T>(q + j * row + i * size));
}

/** Eigenvalues of a tridiagonal matrix by implicit QR with Wilkinson's shift, the rotations being applied to the rows of `vectors`. Returns false where it does not end. */
function iterate<T>(n: usize, room: Room, withVectors: bool): bool {
  const size = sizeof<T>();
  const d = room.diagonal, e = room.beside;
  const precision: T = size == 4 ? <T>5.9604644775390625e-8 : <T>1.1102230246251565e-16;
  let high = n - 1;
  for (let sweeps: usize = 0; sweeps < MOST_SWEEPS * n; sweeps++) {
    while (high > 0 && isNegligible<T>(d, e, high - 1, precision)) {
      store<T>(e + (high - 1) * size, <T>0);
      high--;
    }
    if (high == 0) return true;
    let low = high - 1;
    while (low > 0 && !isNegligible<T>(d, e, low - 1, precision)) low--;
    sweep<T>(d, e, low, high, room.rotations);
    if (withVectors) applyRotations<T>(high - low, room.rotations, room.vectors + low * room.stride, room.stride, n);
  }
  return false;
}

// @ts-ignore: decorator
@inline
function isNegligible<T>(d: usize, e: usize, k: usize, precision: T): bool {
  const here = abs<T>(load<T>(d + k * sizeof<T>())), next = abs<T>(load<T>(d + (k + 1) * sizeof<T>()));
  return abs<T>(load<T>(e + k * sizeof<T>())) <= precision * (here + next);
}

/** One implicit QR step on rows [low, high] (G. Golub, C. Van Loan, "Matrix Computations", algorithm 8.3.2). */
function sweep<T>(d: usize, e: usize, low: usize, high: usize, rotations: usize): void {
  const size = sizeof<T>();
  const last = load<T>(d + high * size);
  const beside = load<T>(e + (high - 1) * size);
  const ratio = (load<T>(d + (high - 1) * size) - last) / (<T>2 * beside);
  const shift = last - beside / (ratio + copysign<T>(sqrt<T>(ratio * ratio + <T>1), ratio));
  let x = load<T>(d + low * size) - shift;
  let z = load<T>(e + low * size);
  for (let k = low; k < high; k++) {
    const at = rotations + 2 * (k - low) * size;
    const r = makeRotation<T>(x, z, at);
    if (k > low) store<T>(e + (k - 1) * size, r);
    const c = load<T>(at), s = load<T>(at + size);
    const a = load<T>(d + k * size), b = load<T>(e + k * size), next = load<T>(d + (k + 1) * size);
    // The change of the diagonal is the same with both signs.
    const t = s * (next - a) + <T>2 * c * b;
    store<T>(d + k * size, a + s * t);
    store<T>(d + (k + 1) * size, next - s * t);
    x = c * t - b;
    store<T>(e + k * size, x);
    if (k + 1 < high) {
      const following = load<T>(e + (k + 1) * size);
      z = s * following;
      store<T>(e + (k + 1) * size, c * following);
    }
  }
}

/** Writes the eigenvalues in ascending order, and vectors as columns whose largest element is positive. */
function writeResults<T>(n: usize, room: Room, scale: T, values: usize, vectors: usize): void {
  const size = sizeof<T>();
  const order = room.order;
  for (let i: usize = 0; i < n; i++) store<u32>(order + i * 4, <u32>i);
  for (let i: usize = 1; i < n; i++) {
    const moved = load<u32>(order + i * 4);
    const value = load<T>(room.diagonal + moved * size);
    let j = i;
    for (; j > 0 && load<T>(room.diagonal + load<u32>(order + (j - 1) * 4) * size) > value; j--)
      store<u32>(order + j * 4, load<u32>(order + (j - 1) * 4));
    store<u32>(order + j * 4, moved);
  }
  for (let j: usize = 0; j < n; j++) {
    const source = load<u32>(order + j * 4);
    store<T>(values + j * size, load<T>(room.diagonal + source * size) * scale);
    if (!vectors) continue;
    const vector = room.vectors + source * room.stride;
    let most: T = <T>0;
    for (let i: usize = 0; i < n; i++) if (abs<T>(load<T>(vector + i * size)) > abs<T>(most)) most = load<T>(vector + i * size);
    const sign: T = most < <T>0 ? <T>-1 : <T>1;
    for (let i: usize = 0; i < n; i++) store<T>(vectors + (i * n + j) * size, sign * load<T>(vector + i * size));
  }
}

/** The matrix with the lower triangle on both sides, scaled as `scaleToRange` does. */
function takeMatrix<T>(n: usize, a: usize, target: usize): T {
  const size = sizeof<T>();
  for (let i: usize = 0; i < n; i++)
    for (let j: usize = 0; j <= i; j++) {
      const value = load<T>(a + (i * n + j) * size);
      store<T>(target + (i * n + j) * size, value);
      store<T>(target + (j * n + i) * size, value);
    }
  return scaleToRange<T>(n * n, target);
}

// @ts-ignore: decorator
@inline
function decompose<T>(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  const size = sizeof<T>();
  for (let slot = begin; slot < end; slot++) {
    const start = scratch + slot * slotBytes;
    const room = layOut<T>(n, start, start + roomBytes);
    for (let batch = slot; batch < batches; batch += slots) {
      const ownVectors = vectors ? vectors + batch * n * n * size : 0;
      const ownValues = values + batch * n * size;
      const scale = takeMatrix<T>(n, a + batch * n * n * size, room.matrix);
      let done = scale > <T>0;
      if (done) {
        tridiagonalise<T>(n, room);
        if (vectors) formVectors<T>(n, room, ownVectors);
        done = iterate<T>(n, room, vectors != 0);
      }
      if (done) {
        writeResults<T>(n, room, scale, ownValues, ownVectors);
        continue;
      }
      for (let i: usize = 0; i < n; i++) store<T>(ownValues + i * size, <T>NaN);
      if (vectors) for (let i: usize = 0; i < n * n; i++) store<T>(ownVectors + i * size, <T>NaN);
    }
  }
}

export function eigen_symmetric_f32(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  decompose<f32>(a, values, vectors, n, batches, slots, slotBytes, roomBytes, scratch, begin, end);
}

export function eigen_symmetric_f64(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  decompose<f64>(a, values, vectors, n, batches, slots, slotBytes, roomBytes, scratch, begin, end);
}
