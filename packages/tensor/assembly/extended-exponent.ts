import { constant } from "./constant";
import { multiplyAdd, negatedMultiplyAdd } from "./multiply-add";

// eˣ as a pair of floats: a mantissa m between √½ and √2 and an exponent n, a whole number held as a float, with eˣ = m 2ⁿ. Nothing overflows or underflows.
// Source: "The Two-Pass Softmax Algorithm", ExtExp, in the form of google/XNNPACK (f32-raddextexp), whose float32 polynomial this is; the float64 one is an own
// minimax fit of (eᵗ − 1 − t) / t² (relative error of eᵗ 2⁻⁵⁷·⁹). ln 2 is in two parts, the first so short that its product with n is exact for |n| ≤ 2⁹ (float32)
// and 2²⁰ (float64): so it is right whether or not multiplyAdd is fused, which WebAssembly leaves to the hardware.

// @ts-ignore: decorator
@inline
const F32 = memory.data<f32>([
  1.44269504, 12582912, // 1 / ln 2; 1.5 · 2²³
  0.693145751953125, 1.428606765330187e-6, // ln 2 in two parts
  0.008289290592074394, 0.04189782217144966, 0.16667652130126953, 0.4999915063381195, 0.9999997019767761, 1,
  -127, 12582912 + 127,
]);

// @ts-ignore: decorator
@inline
const F64 = memory.data<f64>([
  1.4426950408889634, 6755399441055744, // 1 / ln 2; 1.5 · 2⁵²
  6.93147180369123816490e-01, 1.90821492927058770002e-10, // ln 2 in two parts
  2.500006726352361e-8, 2.7630233886084246e-7, 2.755758628115929e-6, 2.4801493136284515e-5, 1.9841269506764723e-4, 1.3888888943597599e-3,
  8.33333333349434e-3, 4.1666666666530267e-2, 1.6666666666666413e-1, 0.5000000000000011, 1, 1,
  -1023, 6755399441055744 + 1023,
]);

// @ts-ignore: decorator
@inline
function table<T>(): usize {
  return sizeof<T>() == 4 ? F32 : F64;
}

/** The exponent n of eˣ in every lane of a vector of T, f32 or f64; a rising function of x. −∞ and +∞ for themselves. */
// @ts-ignore: decorator
@inline
export function exponentOfExp<T extends number>(x: v128): v128 {
  const magic = constant<T>(table<T>(), 1);
  // Adding the large number rounds to a whole one.
  return v128.sub<T>(multiplyAdd<T>(x, constant<T>(table<T>(), 0), magic), magic);
}

/** The mantissa of eˣ to the exponent n: eˣ 2⁻ⁿ for finite x, |n| ≤ 2⁹ (float32) or 2²⁰ (float64); within 2 ulp (2.7 without fused multiply-add). */
// @ts-ignore: decorator
@inline
export function mantissaOfExp<T extends number>(x: v128, n: v128): v128 {
  const coefficients = table<T>();
  const high = negatedMultiplyAdd<T>(n, constant<T>(coefficients, 2), x);
  const t = negatedMultiplyAdd<T>(n, constant<T>(coefficients, 3), high);
  let p = constant<T>(coefficients, 4);
  p = multiplyAdd<T>(p, t, constant<T>(coefficients, 5));
  p = multiplyAdd<T>(p, t, constant<T>(coefficients, 6));
  p = multiplyAdd<T>(p, t, constant<T>(coefficients, 7));
  p = multiplyAdd<T>(p, t, constant<T>(coefficients, 8));
  p = multiplyAdd<T>(p, t, constant<T>(coefficients, 9));
  if (sizeof<T>() == 4) return p;
  p = multiplyAdd<T>(p, t, constant<T>(coefficients, 10));
  p = multiplyAdd<T>(p, t, constant<T>(coefficients, 11));
  p = multiplyAdd<T>(p, t, constant<T>(coefficients, 12));
  p = multiplyAdd<T>(p, t, constant<T>(coefficients, 13));
  p = multiplyAdd<T>(p, t, constant<T>(coefficients, 14));
  return multiplyAdd<T>(p, t, constant<T>(coefficients, 15));
}

/** 2ⁿ of whole n ≤ 127 (float32) or 1023 (float64); exactly 0 for n ≤ −127 or −1023, where normal numbers end. */
// @ts-ignore: decorator
@inline
export function powerOfTwo<T extends number>(n: v128): v128 {
  const last: usize = sizeof<T>() == 4 ? 10 : 16;
  const biased = v128.add<T>(v128.pmax<T>(n, constant<T>(table<T>(), last)), constant<T>(table<T>(), last + 1));
  return sizeof<T>() == 4 ? i32x4.shl(biased, 23) : i64x2.shl(biased, 52);
}
