import { multiplyAdd, negatedMultiplyAdd } from "@ansatz/tensor/assembly/multiply-add";
import { swapParts } from "@ansatz/tensor/assembly/matrix-element";
import { alternating, putInnerComplex, reflectRowsComplex, writeTurned } from "../../../assembly/complex-vectors";
import { Complex, copyElement, imaginaryAt, modulus, put, putQuotient } from "../../../assembly/elements";
import { addProductOf } from "../../../assembly/product";
import { applyReflector, formQ, reflectComplex } from "../../../assembly/reflectors";
import { norm } from "../../../assembly/vectors";
import { precisionOf, Room, setEntry } from "./room.as";

/** Sweeps without a deflation after which an iteration has failed; two or three are usual. */
// @ts-ignore: decorator
@inline
const MOST_SWEEPS: usize = 90;

// @ts-ignore: decorator
@inline
function place<T>(room: Room, i: usize, j: usize): usize {
  return room.matrix + (i * room.n + j) * 2 * sizeof<T>();
}

/** |Re| + |Im| of an element. */
// @ts-ignore: decorator
@inline
function sizeAt<T>(at: usize): T {
  return abs<T>(load<T>(at)) + abs<T>(imaginaryAt<T>(at));
}

/** Householder reduction to Hessenberg form, A ← Qᴴ A Q, column by column, and the rows of Qᵀ; zeros where the vectors were. */
export function reduceComplexToHessenberg<T>(room: Room): void {
  const n = room.n;
  const size: usize = 2 * sizeof<T>();
  const row = n * size;
  const v = room.vectors, scratch = v + room.vectorBytes;
  for (let k: usize = 0; k + 1 < n; k++) {
    const m = n - k - 1;
    const below = place<T>(room, k + 1, k);
    const tau = room.taus + k * size;
    reflectComplex<T>(m, below, row, tau);
    put<T>(v, <T>1, <T>0);
    for (let i: usize = 1; i < m; i++) copyElement<T, Complex>(below + i * row, v + i * size);
    applyReflector<T, Complex>(m, m, below, row, tau, below + size, row, scratch);
    reflectRowsComplex<T>(n, m, v, tau, room.matrix + (k + 1) * size, row, scratch);
  }
  const q = room.outer;
  memory.fill(q, 0, n * row);
  for (let i: usize = 0; i < n; i++) store<T>(q + i * (row + size), <T>1);
  if (n > 1) formQ<T, Complex>(n - 1, n - 1, room.matrix + row, row, size, room.taus, q + row + size, row, n - 1, room.blocks, room.scratch);
  for (let i: usize = 0; i < n; i++)
    for (let j: usize = 0; j < n; j++) copyElement<T, Complex>(q + j * row + i * size, room.schur + i * room.stride + j * size);
  for (let i: usize = 2; i < n; i++) memory.fill(room.matrix + i * row, 0, (i - 1) * size);
}

/** Schur form of a Hessenberg matrix by QR with single shifts (as LAPACK's zlahqr). Returns false where it does not end. */
export function toComplexSchurForm<T>(room: Room): bool {
  let norm: T = <T>0;
  for (let i: usize = 0; i < room.n; i++)
    for (let j = i > 0 ? i - 1 : 0; j < room.n; j++) norm += sizeAt<T>(place<T>(room, i, j));
  let end = room.n;
  let sweeps: usize = 0;
  while (end > 0) {
    const high = end - 1;
    const low = firstOfBlock<T>(room, high, norm);
    if (low == high) {
      setEntry<T>(room.real, high, load<T>(place<T>(room, high, high)));
      setEntry<T>(room.imaginary, high, imaginaryAt<T>(place<T>(room, high, high)));
      end--;
      sweeps = 0;
      continue;
    }
    if (++sweeps > MOST_SWEEPS) return false;
    putShift<T>(room, high, sweeps, room.vectors);
    sweep<T>(room, low, high, room.vectors);
  }
  return true;
}

/** The row from which on no subdiagonal element is negligible; the one before becomes zero. */
// @ts-ignore: decorator
@inline
function firstOfBlock<T>(room: Room, high: usize, norm: T): usize {
  let low = high;
  for (; low > 0; low--) {
    const beside = place<T>(room, low, low - 1);
    let size = sizeAt<T>(place<T>(room, low - 1, low - 1)) + sizeAt<T>(place<T>(room, low, low));
    if (size == <T>0) size = norm;
    if (sizeAt<T>(beside) > <T>0 && sizeAt<T>(beside) >= precisionOf<T>() * size) continue;
    put<T>(beside, <T>0, <T>0);
    break;
  }
  return low;
}

/** The eigenvalue of the last two rows that is nearer to the last element; or, where an iteration goes in circles, another number. */
function putShift<T>(room: Room, high: usize, sweeps: usize, shift: usize): void {
  const last = place<T>(room, high, high), beside = place<T>(room, high, high - 1);
  const dr = load<T>(last), di = imaginaryAt<T>(last);
  if (sweeps % 10 == 0) {
    put<T>(shift, dr + <T>0.75 * sizeAt<T>(beside), di);
    return;
  }
  const above = place<T>(room, high - 1, high), corner = place<T>(room, high - 1, high - 1);
  const tr = load<T>(beside) * load<T>(above) - imaginaryAt<T>(beside) * imaginaryAt<T>(above);
  const ti = load<T>(beside) * imaginaryAt<T>(above) + imaginaryAt<T>(beside) * load<T>(above);
  const xr = (load<T>(corner) - dr) / <T>2, xi = (imaginaryAt<T>(corner) - di) / <T>2;
  // y = √(x² + t) with the sign that makes x + y the larger one.
  const sr = xr * xr - xi * xi + tr, si = <T>2 * xr * xi + ti;
  const size = modulus<T>(sr, si);
  let yr = sqrt<T>((size + abs<T>(sr)) / <T>2);
  let yi: T = yr > <T>0 ? si / (<T>2 * yr) : <T>0;
  if (sr < <T>0) {
    const moved = yr;
    yr = abs<T>(yi);
    yi = copysign<T>(moved, si);
  }
  if (xr * yr + xi * yi < <T>0) yr = -yr, yi = -yi;
  if (xr + yr == <T>0 && xi + yi == <T>0) {
    put<T>(shift, dr, di);
    return;
  }
  putQuotient<T>(shift, tr, ti, xr + yr, xi + yi);
  put<T>(shift, dr - load<T>(shift), di - imaginaryAt<T>(shift));
}

/** Writes (c, s), c real, of the rotation (x, y) → (c x + s y, c y − s̄ x) that makes the second of two numbers zero, and the first one in place of it. */
// @ts-ignore: decorator
@inline
function putRotation<T>(first: usize, second: usize, rotation: usize): void {
  const fr = load<T>(first), fi = imaginaryAt<T>(first), gr = load<T>(second), gi = imaginaryAt<T>(second);
  const f = modulus<T>(fr, fi), g = modulus<T>(gr, gi);
  if (g == <T>0) {
    store<T>(rotation, <T>1);
    put<T>(rotation + sizeof<T>(), <T>0, <T>0);
    return;
  }
  const r = modulus<T>(f, g);
  const ur: T = f == <T>0 ? <T>1 : fr / f, ui: T = f == <T>0 ? <T>0 : fi / f;
  store<T>(rotation, f / r);
  put<T>(rotation + sizeof<T>(), (ur * gr + ui * gi) / r, (ui * gr - ur * gi) / r);
  put<T>(first, ur * r, ui * r);
  put<T>(second, <T>0, <T>0);
}

/** Rows x and y become c x + s y and c y − s̄ x. */
// @ts-ignore: decorator
@inline
function rotate<T>(count: usize, c: T, sr: T, si: T, x: usize, y: usize): void {
  const bytes: usize = count * 2 * sizeof<T>();
  const cs = v128.splat<T>(c), srs = v128.splat<T>(sr), sis = alternating<T>(si);
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) {
    const one = v128.load(x + at), other = v128.load(y + at);
    v128.store(x + at, multiplyAdd<T>(sis, swapParts<T>(other), multiplyAdd<T>(srs, other, v128.mul<T>(cs, one))));
    v128.store(y + at, multiplyAdd<T>(sis, swapParts<T>(one), negatedMultiplyAdd<T>(srs, one, v128.mul<T>(cs, other))));
  }
  for (; at < bytes; at += 2 * sizeof<T>()) {
    const xr = load<T>(x + at), xi = imaginaryAt<T>(x + at), yr = load<T>(y + at), yi = imaginaryAt<T>(y + at);
    put<T>(x + at, c * xr + sr * yr - si * yi, c * xi + sr * yi + si * yr);
    put<T>(y + at, c * yr - sr * xr - si * xi, c * yi - sr * xi + si * xr);
  }
}

export function eigen_rotate_c64(count: usize, c: f32, sr: f32, si: f32, x: usize, y: usize): void {
  rotate<f32>(count, c, sr, si, x, y);
}

export function eigen_rotate_c128(count: usize, c: f64, sr: f64, si: f64, x: usize, y: usize): void {
  rotate<f64>(count, c, sr, si, x, y);
}

// @ts-ignore: decorator
@inline
function rotateRows<T>(count: usize, rotation: usize, conjugate: bool, x: usize, y: usize): void {
  const c = load<T>(rotation), sr = load<T>(rotation + sizeof<T>());
  const si: T = conjugate ? -load<T>(rotation + 2 * sizeof<T>()) : load<T>(rotation + 2 * sizeof<T>());
  if (sizeof<T>() == 4) eigen_rotate_c64(count, <f32>c, <f32>sr, <f32>si, x, y);
  else eigen_rotate_c128(count, <f64>c, <f64>sr, <f64>si, x, y);
}

/** The inverse of rotations from the right, on neighbouring elements of one row, one after the other. */
export function eigen_rotate_along_c64(count: usize, rotations: usize, x: usize): void {
  rotateAlong<f32>(count, rotations, x);
}

export function eigen_rotate_along_c128(count: usize, rotations: usize, x: usize): void {
  rotateAlong<f64>(count, rotations, x);
}

// @ts-ignore: decorator
@inline
function rotateAlong<T>(count: usize, rotations: usize, x: usize): void {
  let xr = load<T>(x), xi = imaginaryAt<T>(x);
  for (let k: usize = 0; k < count; k++, rotations += 3 * sizeof<T>(), x += 2 * sizeof<T>()) {
    const c = load<T>(rotations), sr = load<T>(rotations + sizeof<T>()), si = load<T>(rotations + 2 * sizeof<T>());
    const yr = load<T>(x + 2 * sizeof<T>()), yi = load<T>(x + 3 * sizeof<T>());
    put<T>(x, c * xr + sr * yr + si * yi, c * xi + sr * yi - si * yr);
    const moved = c * yr - sr * xr + si * xi;
    xi = c * yi - sr * xi - si * xr;
    xr = moved;
  }
  put<T>(x, xr, xi);
}

// @ts-ignore: decorator
@inline
function rotateRow<T>(count: usize, rotations: usize, x: usize): void {
  if (sizeof<T>() == 4) eigen_rotate_along_c64(count, rotations, x);
  else eigen_rotate_along_c128(count, rotations, x);
}

/** One QR sweep on rows [low, high] with the shift at an address. Of the rotations from the right only the rows that the next step reads take part at once. */
function sweep<T>(room: Room, low: usize, high: usize, shift: usize): void {
  const size: usize = 2 * sizeof<T>(), triple: usize = 3 * sizeof<T>();
  const rotations = room.reflectors;
  const start = shift + size;
  const corner = place<T>(room, low, low), beside = place<T>(room, low + 1, low);
  put<T>(start, load<T>(corner) - load<T>(shift), imaginaryAt<T>(corner) - imaginaryAt<T>(shift));
  copyElement<T, Complex>(beside, start + size);
  for (let k = low; k < high; k++) {
    const rotation = rotations + (k - low) * triple;
    if (k == low) putRotation<T>(start, start + size, rotation);
    else putRotation<T>(place<T>(room, k, k - 1), place<T>(room, k + 1, k - 1), rotation);
    rotateRows<T>(room.n - k, rotation, false, place<T>(room, k, k), place<T>(room, k + 1, k));
    const last = min(high, k + 2);
    for (let i = k + 1; i <= last; i++) rotateRow<T>(1, rotation, place<T>(room, i, k));
  }
  for (let i: usize = 0; i < high; i++) {
    const first = max(low, i);
    rotateRow<T>(high - first, rotations + (first - low) * triple, place<T>(room, i, first));
  }
  for (let k = low; k < high; k++)
    rotateRows<T>(room.n, rotations + (k - low) * triple, true, room.schur + k * room.stride, room.schur + (k + 1) * room.stride);
}

/** Eigenvectors of the triangular form by back-substitution (as LAPACK's ztrevc), as rows of `inner`, and then of the matrix, as rows of `outer`. */
export function formComplexEigenvectors<T>(room: Room): void {
  const n = room.n;
  const size: usize = 2 * sizeof<T>();
  const row = n * size;
  let most: T = <T>0;
  for (let i: usize = 0; i < n; i++) for (let j = i; j < n; j++) most = max<T>(most, sizeAt<T>(place<T>(room, i, j)));
  const least: T = precisionOf<T>() * (most == <T>0 ? <T>1 : most);
  const sum = room.vectors;
  memory.fill(room.inner, 0, n * row);
  for (let m: usize = 0; m < n; m++) {
    const y = room.inner + m * row;
    const value = place<T>(room, m, m);
    put<T>(y + m * size, <T>1, <T>0);
    for (let i = m; i-- > 0; ) {
      const own = place<T>(room, i, i);
      putInnerComplex<T>(m - i, own + size, y + (i + 1) * size, sum);
      let re = load<T>(value) - load<T>(own), im = imaginaryAt<T>(value) - imaginaryAt<T>(own);
      if (abs<T>(re) + abs<T>(im) < least) {
        re = least;
        im = <T>0;
      }
      putQuotient<T>(y + i * size, load<T>(sum), imaginaryAt<T>(sum), re, im);
      const length = sizeAt<T>(y + i * size);
      // So that squares do not overflow.
      if (precisionOf<T>() * length * length > <T>1)
        for (let j = i; j <= m; j++) put<T>(y + j * size, load<T>(y + j * size) / length, imaginaryAt<T>(y + j * size) / length);
    }
  }
  memory.fill(room.outer, 0, n * row);
  addProductOf<T, Complex>(
    false, false, 1, n, n, n, room.inner, row, size, room.schur, room.stride, size, room.outer, row, size, room.scratch,
  );
}

/** Writes an eigenvector of length 1, whose largest element is real and positive, as a column. */
export function writeComplexVector<T>(room: Room, source: usize, vectors: usize, column: usize): void {
  const n = room.n;
  const size: usize = 2 * sizeof<T>();
  const x = room.outer + source * n * size;
  const length = norm<T>(2 * n, x, sizeof<T>());
  for (let i: usize = 0; i < 2 * n; i++) store<T>(x + i * sizeof<T>(), load<T>(x + i * sizeof<T>()) / length);
  writeTurned<T>(n, x, vectors + column * size, n, room.vectors);
}
