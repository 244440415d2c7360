import { bytesOf, Complex, isComplex, Real } from "../../../assembly/elements";
import { norm, scaleToRange } from "../../../assembly/vectors";
import { formComplexEigenvectors, reduceComplexToHessenberg, toComplexSchurForm, writeComplexVector } from "./complex.as";
import { formSchurVectors, reduceToHessenberg } from "./hessenberg.as";
import { entry, layOut, Room } from "./room.as";
import { toSchurForm } from "./schur.as";
import { formEigenvectors } from "./vectors.as";

export { vectors_inner_c64, vectors_inner_c128, vectors_scaled_c64, vectors_scaled_c128 } from "../../../assembly/complex-vectors";
export { product_tile_c64, product_tile_c128, product_tile_f32, product_tile_f64 } from "../../../assembly/product";
export { rotations_apply_f32, rotations_apply_f64 } from "../../../assembly/rotations";
export { reflectors_lines_f32, reflectors_lines_f64, reflectors_rows_f32, reflectors_rows_f64 } from "../../../assembly/small-reflectors";
export { vectors_both_f32, vectors_both_f64 } from "../../../assembly/vectors";
export { eigen_rotate_along_c64, eigen_rotate_along_c128, eigen_rotate_c64, eigen_rotate_c128 } from "./complex.as";

/** Positions of the eigenvalues by real part, then by imaginary part, ascending. */
function sort<T>(room: Room): void {
  for (let i: usize = 0; i < room.n; i++) {
    const real = entry<T>(room.real, i), imaginary = entry<T>(room.imaginary, i);
    let j = i;
    for (; j > 0; j--) {
      const other = load<u32>(room.order + (j - 1) * 4);
      const difference = entry<T>(room.real, other) - real;
      if (difference < <T>0 || (difference == <T>0 && entry<T>(room.imaginary, other) <= imaginary)) break;
      store<u32>(room.order + j * 4, other);
    }
    store<u32>(room.order + j * 4, <u32>i);
  }
}

/** Writes a complex eigenvector of length 1, whose largest element is real and positive, as a column. */
function writeVector<T>(room: Room, source: usize, vectors: usize, column: usize): void {
  const n = room.n;
  const size = sizeof<T>();
  const imaginary = entry<T>(room.imaginary, source);
  const first = imaginary < <T>0 ? source - 1 : source;
  const xr = room.outer + first * n * size, xi = xr + n * size;
  const isReal = imaginary == <T>0;
  let most: T = <T>0, best: usize = 0;
  for (let i: usize = 0; i < n; i++) {
    const re = entry<T>(xr, i), im: T = isReal ? <T>0 : entry<T>(xi, i);
    const square = re * re + im * im;
    if (square > most) {
      most = square;
      best = i;
    }
  }
  const one = norm<T>(n, xr, size), other: T = isReal ? <T>0 : norm<T>(n, xi, size);
  const modulus = sqrt<T>(most), length = sqrt<T>(one * one + other * other);
  // Times the conjugate of the largest element over its modulus.
  const cr = entry<T>(xr, best) / modulus / length, ci: T = isReal ? <T>0 : -entry<T>(xi, best) / modulus / length;
  for (let i: usize = 0; i < n; i++) {
    const re = entry<T>(xr, i), im: T = isReal ? <T>0 : entry<T>(xi, i);
    const target = vectors + 2 * (i * n + column) * size;
    const turned = re * ci + im * cr;
    store<T>(target, re * cr - im * ci);
    store<T>(target + size, isReal || i == best ? <T>0 : imaginary < <T>0 ? -turned : turned);
  }
}

/** From the matrix to its Schur form and to eigenvectors, as rows of `outer`. Returns false where an iteration does not end. */
// @ts-ignore: decorator
@inline
function decomposeMatrix<T, K>(room: Room): bool {
  if (isComplex<K>()) {
    reduceComplexToHessenberg<T>(room);
    if (!toComplexSchurForm<T>(room)) return false;
    formComplexEigenvectors<T>(room);
    return true;
  }
  reduceToHessenberg<T>(room);
  formSchurVectors<T>(room);
  if (!toSchurForm<T>(room)) return false;
  formEigenvectors<T>(room);
  return true;
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
      const ownValues = values + 2 * batch * n * size, ownVectors = vectors + 2 * batch * n * n * size;
      memory.copy(room.matrix, a + batch * n * n * bytesOf<T, K>(), n * n * bytesOf<T, K>());
      const scale = scaleToRange<T>(n * n * sizeof<K>(), room.matrix);
      if (!(scale > <T>0) || !decomposeMatrix<T, K>(room)) {
        for (let i: usize = 0; i < 2 * n; i++) store<T>(ownValues + i * size, <T>NaN);
        for (let i: usize = 0; i < 2 * n * n; i++) store<T>(ownVectors + i * size, <T>NaN);
        continue;
      }
      sort<T>(room);
      for (let j: usize = 0; j < n; j++) {
        const source = load<u32>(room.order + j * 4);
        store<T>(ownValues + 2 * j * size, entry<T>(room.real, source) * scale);
        store<T>(ownValues + (2 * j + 1) * size, entry<T>(room.imaginary, source) * scale);
        if (isComplex<K>()) writeComplexVector<T>(room, source, ownVectors, j);
        else writeVector<T>(room, source, ownVectors, j);
      }
    }
  }
}

export function eigen_f32(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  decompose<f32, Real>(a, values, vectors, n, batches, slots, slotBytes, roomBytes, scratch, begin, end);
}

export function eigen_f64(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  decompose<f64, Real>(a, values, vectors, n, batches, slots, slotBytes, roomBytes, scratch, begin, end);
}

export function eigen_c64(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  decompose<f32, Complex>(a, values, vectors, n, batches, slots, slotBytes, roomBytes, scratch, begin, end);
}

export function eigen_c128(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  decompose<f64, Complex>(a, values, vectors, n, batches, slots, slotBytes, roomBytes, scratch, begin, end);
}
