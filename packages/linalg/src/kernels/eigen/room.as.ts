import { bytesOf } from "../../../assembly/elements";

/** Addresses within the room of a share of the work: the matrix, which becomes its Schur form, and matrices whose rows are Schur vectors and eigenvectors. */
// @ts-ignore: decorator
@unmanaged
export class Room {
  n: usize;
  matrix: usize;
  /** Real and imaginary parts of eigenvalues; of a pair the positive imaginary part comes first. */
  real: usize;
  imaginary: usize;
  taus: usize;
  /** Five vectors for the reduction to Hessenberg form. */
  vectors: usize;
  vectorBytes: usize;
  /** Triples. */
  reflectors: usize;
  order: usize;
  /** Schur vectors as rows; the stride is no multiple of a power of two that would crowd the cache. */
  schur: usize;
  stride: usize;
  /** Eigenvectors in the basis of Schur vectors, as rows: of a pair, the real and the imaginary part. */
  inner: usize;
  /** Eigenvectors, likewise; before, the product of reflectors. */
  outer: usize;
  /** For blocks of reflectors, and products. */
  blocks: usize;
  scratch: usize;
}

export function layOut<T, K>(n: usize, start: usize, scratch: usize): Room {
  const room = changetype<Room>(start);
  const bytes = (n * bytesOf<T, K>() + 63) / 64 * 64;
  const square = (n * n * bytesOf<T, K>() + 63) / 64 * 64;
  let at = start + 64;
  room.n = n;
  room.vectorBytes = bytes;
  room.real = at;
  room.imaginary = at += bytes;
  room.taus = at += bytes;
  room.order = at += bytes;
  room.vectors = at += bytes;
  room.reflectors = at += 5 * bytes;
  room.matrix = at += 3 * bytes;
  room.inner = at += square;
  room.outer = at += square;
  room.schur = at += square;
  room.stride = bytes % 128 ? bytes : bytes + 64;
  room.blocks = at + n * room.stride;
  room.scratch = scratch;
  return room;
}

/** Element (i, j) of the matrix. */
// @ts-ignore: decorator
@inline
export function at<T>(room: Room, i: usize, j: usize): T {
  return load<T>(room.matrix + (i * room.n + j) * sizeof<T>());
}

// @ts-ignore: decorator
@inline
export function put<T>(room: Room, i: usize, j: usize, value: T): void {
  store<T>(room.matrix + (i * room.n + j) * sizeof<T>(), value);
}

// @ts-ignore: decorator
@inline
export function entry<T>(vector: usize, index: usize): T {
  return load<T>(vector + index * sizeof<T>());
}

// @ts-ignore: decorator
@inline
export function setEntry<T>(vector: usize, index: usize, value: T): void {
  store<T>(vector + index * sizeof<T>(), value);
}

// @ts-ignore: decorator
@inline
export function precisionOf<T>(): T {
  return sizeof<T>() == 4 ? <T>1.1920928955078125e-7 : <T>2.220446049250313e-16;
}
