import { writeTurned } from "../../../assembly/complex-vectors";
import { bytesOf, Complex, imaginaryAt, isComplex, put, Real } from "../../../assembly/elements";
import { formQ, reflect } from "../../../assembly/reflectors";
import { applyRotations, makeRotation } from "../../../assembly/rotations";
import {
  addScaled, inner, scaleToRange, vectors_symmetric_f32, vectors_symmetric_f64,
} from "../../../assembly/vectors";
import { tridiagonaliseHermitian } from "./hermitian.as";
import { layOut, Room } from "./room.as";

export { vectors_scaled_c64, vectors_scaled_c128 } from "../../../assembly/complex-vectors";
export { product_tile_c64, product_tile_c128, product_tile_f32, product_tile_f64 } from "../../../assembly/product";
export { rotations_apply_f32, rotations_apply_f64 } from "../../../assembly/rotations";
export { vectors_symmetric_f32, vectors_symmetric_f64 } from "../../../assembly/vectors";

/** Sweeps per eigenvalue after which an iteration would have failed; two are usual. */
// @ts-ignore: decorator
@inline
const MOST_SWEEPS: usize = 60;

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
function formVectors<T, K>(n: usize, room: Room, q: usize): void {
  const size = bytesOf<T, K>();
  const row = n * size;
  memory.fill(q, 0, n * row);
  for (let i: usize = 0; i < n; i++) store<T>(q + i * (row + size), <T>1);
  // The matrix below its first row is a matrix whose reflectors lie below the diagonal, and they act on all rows of Q but the first (in complex matrices the last one is a number).
  const count = isComplex<K>() ? n - 1 : n - 2;
  if (n > 2 || (isComplex<K>() && n == 2))
    formQ<T, K>(n - 1, count, room.matrix + row, row, size, room.taus, q + row + size, row, n - 1, room.blocks, room.scratch);
  for (let i: usize = 0; i < n; i++)
    for (let j: usize = 0; j < n; j++) {
      const source = q + j * row + i * size, target = room.vectors + i * room.stride + j * size;
      store<T>(target, load<T>(source));
      if (isComplex<K>()) store<T>(target + sizeof<T>(), imaginaryAt<T>(source));
    }
}

/** Eigenvalues of a tridiagonal matrix by implicit QR with Wilkinson's shift, the rotations being applied to the rows of `vectors`. Returns false where it does not end. */
function iterate<T, K>(n: usize, room: Room, withVectors: bool): bool {
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
    if (withVectors) applyRotations<T>(high - low, room.rotations, room.vectors + low * room.stride, room.stride, n * sizeof<K>());
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

/** Writes the eigenvalues in ascending order, and vectors as columns whose largest element is (real and) positive. */
function writeResults<T, K>(n: usize, room: Room, scale: T, values: usize, vectors: usize): void {
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
    if (isComplex<K>()) {
      writeTurned<T>(n, vector, vectors + 2 * j * size, n, room.p);
      continue;
    }
    let most: T = <T>0;
    for (let i: usize = 0; i < n; i++) if (abs<T>(load<T>(vector + i * size)) > abs<T>(most)) most = load<T>(vector + i * size);
    const sign: T = most < <T>0 ? <T>-1 : <T>1;
    for (let i: usize = 0; i < n; i++) store<T>(vectors + (i * n + j) * size, sign * load<T>(vector + i * size));
  }
}

/** The matrix with the lower triangle, and its adjoint, on both sides, scaled as `scaleToRange` does. */
function takeMatrix<T, K>(n: usize, a: usize, target: usize): T {
  const size = bytesOf<T, K>();
  for (let i: usize = 0; i < n; i++)
    for (let j: usize = 0; j <= i; j++) {
      const source = a + (i * n + j) * size, below = target + (i * n + j) * size, above = target + (j * n + i) * size;
      const value = load<T>(source);
      if (isComplex<K>()) {
        const imaginary: T = i == j ? <T>0 : imaginaryAt<T>(source);
        put<T>(below, value, imaginary);
        put<T>(above, value, -imaginary);
        continue;
      }
      store<T>(below, value);
      store<T>(above, value);
    }
  return scaleToRange<T>(n * n * sizeof<K>(), target);
}

// @ts-ignore: decorator
@inline
function decompose<T, K>(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  const size = sizeof<T>();
  for (let slot = begin; slot < end; slot++) {
    const start = scratch + slot * slotBytes;
    const room = layOut<T, K>(n, start, start + roomBytes);
    for (let batch = slot; batch < batches; batch += slots) {
      const ownVectors = vectors ? vectors + batch * n * n * bytesOf<T, K>() : 0;
      const ownValues = values + batch * n * size;
      const scale = takeMatrix<T, K>(n, a + batch * n * n * bytesOf<T, K>(), room.matrix);
      let done = scale > <T>0;
      if (done) {
        if (isComplex<K>()) tridiagonaliseHermitian<T>(n, room);
        else tridiagonalise<T>(n, room);
        if (vectors) formVectors<T, K>(n, room, ownVectors);
        done = iterate<T, K>(n, room, vectors != 0);
      }
      if (done) {
        writeResults<T, K>(n, room, scale, ownValues, ownVectors);
        continue;
      }
      for (let i: usize = 0; i < n; i++) store<T>(ownValues + i * size, <T>NaN);
      if (vectors) for (let i: usize = 0; i < n * n * sizeof<K>(); i++) store<T>(ownVectors + i * size, <T>NaN);
    }
  }
}

export function eigen_symmetric_f32(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  decompose<f32, Real>(a, values, vectors, n, batches, slots, slotBytes, roomBytes, scratch, begin, end);
}

export function eigen_symmetric_f64(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  decompose<f64, Real>(a, values, vectors, n, batches, slots, slotBytes, roomBytes, scratch, begin, end);
}

export function eigen_symmetric_c64(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  decompose<f32, Complex>(a, values, vectors, n, batches, slots, slotBytes, roomBytes, scratch, begin, end);
}

export function eigen_symmetric_c128(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  decompose<f64, Complex>(a, values, vectors, n, batches, slots, slotBytes, roomBytes, scratch, begin, end);
}
