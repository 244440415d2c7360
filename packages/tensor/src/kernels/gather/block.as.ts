/** Bytes from which the engine's memory.copy is faster than the loop below, calling it included (measured on V8). */
const LONG_BLOCK: i32 = 192;

/** Index `k` of an int32 list, moved into [0, extent). */
// @ts-ignore: decorator
@inline
export function clampedIndex(indices: usize, k: i32, extent: i32): i32 {
  const index = load<i32>(indices + (<usize>k << 2));
  return index < 0 ? 0 : index < extent ? index : extent - 1;
}

// @ts-ignore: decorator
@inline
export function copyBlock(target: usize, source: usize, bytes: i32): void {
  if (bytes >= LONG_BLOCK) {
    memory.copy(target, source, bytes);
    return;
  }
  let offset = 0;
  for (; offset + 16 <= bytes; offset += 16) v128.store(target + offset, v128.load(source + offset));
  for (; offset + 4 <= bytes; offset += 4) store<u32>(target + offset, load<u32>(source + offset));
  for (; offset < bytes; offset++) store<u8>(target + offset, load<u8>(source + offset));
}
