/** Lanes of T in a vector. */
// @ts-ignore: decorator
@inline
export function lanesOf<T>(): i32 {
  return 16 / <i32>sizeof<T>();
}

/** The value at `address` in every lane. Reads one element, so that it may be the last of the heap. */
// @ts-ignore: decorator
@inline
export function loadSplat<T>(address: usize): v128 {
  if (sizeof<T>() == 1) return v128.load8_splat(address);
  return sizeof<T>() == 4 ? v128.load32_splat(address) : v128.load64_splat(address);
}

/** Stores lane 0. */
// @ts-ignore: decorator
@inline
export function storeFirst<T>(address: usize, value: v128): void {
  if (sizeof<T>() == 1) v128.store8_lane(address, value, 0);
  else if (sizeof<T>() == 4) v128.store32_lane(address, value, 0);
  else v128.store64_lane(address, value, 0);
}

/** Stores the first lanes: all, or `count` where that is fewer. */
// @ts-ignore: decorator
@inline
export function storeUpTo<T>(address: usize, value: v128, count: i32): void {
  if (count >= lanesOf<T>()) {
    v128.store(address, value);
    return;
  }
  storeFirst<T>(address, value);
  if (sizeof<T>() == 4 && count > 1) {
    v128.store32_lane(address + 4, value, 1);
    if (count > 2) v128.store32_lane(address + 8, value, 2);
  }
}

/** Stores one byte, 0 or 1, for every lane of a mask of T. */
// @ts-ignore: decorator
@inline
export function storeTruth<T>(address: usize, mask: v128): void {
  // The multiplication copies bit k of the lanes' bits to the lowest bit of byte k.
  if (sizeof<T>() == 1) v128.store(address, v128.and(mask, i8x16.splat(1)));
  else if (sizeof<T>() == 4) store<u32>(address, (i32x4.bitmask(mask) * 0x00204081) & 0x01010101);
  else store<u16>(address, <u16>((i64x2.bitmask(mask) * 0x81) & 0x0101));
}
