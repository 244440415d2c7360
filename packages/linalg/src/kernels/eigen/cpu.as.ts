import { norm, scaleToRange } from "../../../assembly/vectors";
import { formSchurVectors, reduceToHessenberg } from "./hessenberg.as";
import { entry, layOut, Room } from "./room.as";
import { toSchurForm } from "./schur.as";
import { formEigenvectors } from "./vectors.as";

export { product_tile_f32, product_tile_f64 } from "../../../assembly/product";
export { rotations_apply_f32, rotations_apply_f64 } from "../../../assembly/rotations";
export { reflectors_lines_f32, reflectors_lines_f64, reflectors_rows_f32, reflectors_rows_f64 } from "../../../assembly/small-reflectors";
export { vectors_both_f32, vectors_both_f64 } from "../../../assembly/vectors";

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
      const ownValues = values + 2 * batch * n * size, ownVectors = vectors + 2 * batch * n * n * size;
      memory.copy(room.matrix, a + batch * n * n * size, n * n * size);
      const scale = scaleToRange<T>(n * n, room.matrix);
      let done = scale > <T>0;
      if (done) {
        reduceToHessenberg<T>(room);
        formSchurVectors<T>(room);
        done = toSchurForm<T>(room);
      }
      if (!done) {
        for (let i: usize = 0; i < 2 * n; i++) store<T>(ownValues + i * size, <T>NaN);
        for (let i: usize = 0; i < 2 * n * n; i++) store<T>(ownVectors + i * size, <T>NaN);
        continue;
      }
      formEigenvectors<T>(room);
      sort<T>(room);
      for (let j: usize = 0; j < n; j++) {
        const source = load<u32>(room.order + j * 4);
        store<T>(ownValues + 2 * j * size, entry<T>(room.real, source) * scale);
        store<T>(ownValues + (2 * j + 1) * size, entry<T>(room.imaginary, source) * scale);
        writeVector<T>(room, source, ownVectors, j);
      }
    }
  }
}

export function eigen_f32(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  decompose<f32>(a, values, vectors, n, batches, slots, slotBytes, roomBytes, scratch, begin, end);
}

export function eigen_f64(
  a: usize, values: usize, vectors: usize, n: usize, batches: usize, slots: usize, slotBytes: usize, roomBytes: usize, scratch: usize, begin: usize, end: usize,
): void {
  decompose<f64>(a, values, vectors, n, batches, slots, slotBytes, roomBytes, scratch, begin, end);
}
