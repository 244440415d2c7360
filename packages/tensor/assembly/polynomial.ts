import { constant } from "./constant";
import { multiplyAdd } from "./multiply-add";

/**
 * Σ cₖ zᵏ for k < count ≤ 24, c₀ being element `first` of a table of T. By Estrin's scheme, whose short chains of dependent operations matter more than
 * the few operations that it takes beyond Horner's.
 */
// @ts-ignore: decorator
@inline
export function polynomial<T extends number>(table: usize, first: usize, count: i32, z: v128): v128 {
  const z2 = v128.mul<T>(z, z);
  if (count <= 4) return upToCubic<T>(table, first, count, z, z2);
  const z4 = v128.mul<T>(z2, z2);
  if (count <= 8) return upToSeventh<T>(table, first, count, z, z2, z4);
  const z8 = v128.mul<T>(z4, z4);
  const low = upToSeventh<T>(table, first, 8, z, z2, z4);
  if (count <= 16) return multiplyAdd<T>(z8, upToSeventh<T>(table, first + 8, count - 8, z, z2, z4), low);
  const high = upToSeventh<T>(table, first + 16, count - 16, z, z2, z4);
  return multiplyAdd<T>(z8, multiplyAdd<T>(z8, high, upToSeventh<T>(table, first + 8, 8, z, z2, z4)), low);
}

// @ts-ignore: decorator
@inline
function upToSeventh<T extends number>(table: usize, first: usize, count: i32, z: v128, z2: v128, z4: v128): v128 {
  if (count <= 4) return upToCubic<T>(table, first, count, z, z2);
  return multiplyAdd<T>(z4, upToCubic<T>(table, first + 4, count - 4, z, z2), upToCubic<T>(table, first, 4, z, z2));
}

// @ts-ignore: decorator
@inline
function upToCubic<T extends number>(table: usize, first: usize, count: i32, z: v128, z2: v128): v128 {
  if (count == 1) return constant<T>(table, first);
  const low = multiplyAdd<T>(z, constant<T>(table, first + 1), constant<T>(table, first));
  if (count == 2) return low;
  if (count == 3) return multiplyAdd<T>(z2, constant<T>(table, first + 2), low);
  return multiplyAdd<T>(z2, multiplyAdd<T>(z, constant<T>(table, first + 3), constant<T>(table, first + 2)), low);
}
