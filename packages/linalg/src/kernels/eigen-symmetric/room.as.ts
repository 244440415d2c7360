import { bytesOf } from "../../../assembly/elements";

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
function roomOfVector<T, K>(n: usize): usize {
  return (n * bytesOf<T, K>() + 63) / 64 * 64;
}

export function layOut<T, K>(n: usize, start: usize, scratch: usize): Room {
  const room = changetype<Room>(start);
  const bytes = roomOfVector<T, K>(n);
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
  room.vectors = at += n * n * bytesOf<T, K>() + 64;
  room.stride = bytes % 128 ? bytes : bytes + 64;
  room.blocks = at + n * room.stride;
  room.scratch = scratch;
  return room;
}
