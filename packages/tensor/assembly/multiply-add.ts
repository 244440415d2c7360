/** a · b + c, lane by lane; rounded once where the engine has relaxed SIMD on hardware with fused multiply-add, twice elsewhere. */
// @ts-ignore: decorator
@inline
export function multiplyAdd<T>(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? v128.relaxed_madd<T>(a, b, c) : v128.add<T>(v128.mul<T>(a, b), c);
}

/** c − a · b, lane by lane; rounded like `multiplyAdd`. */
// @ts-ignore: decorator
@inline
export function negatedMultiplyAdd<T>(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? v128.relaxed_nmadd<T>(a, b, c) : v128.sub<T>(c, v128.mul<T>(a, b));
}
