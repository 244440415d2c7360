import { constant } from "./constant";
import { multiplyAdd, negatedMultiplyAdd } from "./multiply-add";

// eˣ as a pair of floats: a mantissa m between √½ and √2 and an exponent n, a whole number held as a float, with eˣ = m 2ⁿ. Nothing overflows or underflows.
// Source: "The Two-Pass Softmax Algorithm", ExtExp, in the form of google/XNNPACK (f32-raddextexp), whose float32 polynomial this is; the float64 one is an own
// minimax fit of (eᵗ − 1 − t) / t² (relative error of eᵗ 2⁻⁵⁷·⁹). ln 2 is in two parts, the first so short that its product with n is exact for |n| ≤ 2⁹ (float32)
// and 2²⁰ (float64): so it is right whether or not multiplyAdd is fused, which WebAssembly leaves to the hardware.

// @ts-ignore: decorator
@inline
const F32 = memory.data<f32>([
  1.44269504, 12582912 + 127, // 1 / ln 2; 1.5 · 2²³ and the bias of exponents
  12582912, // the least biased exponent, that of 0
  0.693145751953125, 1.428606765330187e-6, // ln 2 in two parts
  0.008289290592074394, 0.04189782217144966, 0.16667652130126953, 0.4999915063381195, 0.9999997019767761, 1,
]);

// @ts-ignore: decorator
@inline
const F64 = memory.data<f64>([
  1.4426950408889634, 6755399441055744 + 1023, // 1 / ln 2; 1.5 · 2⁵² and the bias of exponents
  6755399441055744,
  6.93147180369123816490e-01, 1.90821492927058770002e-10, // ln 2 in two parts
  2.500006726352361e-8, 2.7630233886084246e-7, 2.755758628115929e-6, 2.4801493136284515e-5, 1.9841269506764723e-4, 1.3888888943597599e-3,
  8.33333333349434e-3, 4.1666666666530267e-2, 1.6666666666666413e-1, 0.5000000000000011, 1, 1,
]);

/** Number `index` of the constants above. */
// @ts-ignore: decorator
@inline
function value<T extends number>(index: usize): v128 {
  return constant<T>(sizeof<T>() == 4 ? F32 : F64, index);
}

/**
 * The exponent n of eˣ in every lane of a vector of T, f32 or f64, plus a constant that leaves n and the bias of exponents in the low bits; a rising function of x, with −∞ and +∞ for
 * themselves. `exponentOf` takes the constant off.
 */
// @ts-ignore: decorator
@inline
export function biasedExponentOfExp<T extends number>(x: v128): v128 {
  return multiplyAdd<T>(x, value<T>(0), value<T>(1));
}

// @ts-ignore: decorator
@inline
export function exponentOf<T extends number>(biased: v128): v128 {
  return v128.sub<T>(biased, value<T>(1));
}

/** 2ⁿ of a biased exponent, with −127 ≤ n ≤ 127 (float32) or −1023 ≤ n ≤ 1023; exactly 0 for the least, where normal numbers end. */
// @ts-ignore: decorator
@inline
export function powerOfBiased<T extends number>(biased: v128): v128 {
  return sizeof<T>() == 4 ? i32x4.shl(biased, 23) : i64x2.shl(biased, 52);
}

/** 2ⁿ⁻ᵇ of a biased exponent and a whole b, for n − b ≤ 127 (float32) or 1023; exactly 0 for n − b ≤ −127 or −1023. */
// @ts-ignore: decorator
@inline
export function powerOfDifference<T extends number>(biased: v128, b: v128): v128 {
  return powerOfBiased<T>(v128.pmax<T>(v128.sub<T>(biased, b), value<T>(2)));
}

/** 2ⁿ of a whole n ≤ 127 (float32) or 1023; exactly 0 for n ≤ −127 or −1023. */
// @ts-ignore: decorator
@inline
export function powerOfTwo<T extends number>(n: v128): v128 {
  return powerOfBiased<T>(v128.pmax<T>(v128.add<T>(n, value<T>(1)), value<T>(2)));
}

/** x − n ln 2, what the mantissa of eˣ is the exponential of; for |n| ≤ 2⁹ (float32) or 2²⁰ (float64). */
// @ts-ignore: decorator
@inline
export function remainderOfExp<T extends number>(x: v128, n: v128): v128 {
  return negatedMultiplyAdd<T>(n, value<T>(4), negatedMultiplyAdd<T>(n, value<T>(3), x));
}

/** Coefficient `index` of the polynomial in the remainder that gives mantissas, the highest first; 6 of them in float32, 12 in float64. */
// @ts-ignore: decorator
@inline
export function mantissaCoefficient<T extends number>(index: i32): v128 {
  return value<T>(5 + index);
}

/** The mantissa of eˣ to the exponent n: eˣ 2⁻ⁿ for finite x; within 2 ulp (2.7 without fused multiply-add). */
// @ts-ignore: decorator
@inline
export function mantissaOfExp<T extends number>(x: v128, n: v128): v128 {
  const t = remainderOfExp<T>(x, n);
  let p = mantissaCoefficient<T>(0);
  p = multiplyAdd<T>(p, t, mantissaCoefficient<T>(1));
  p = multiplyAdd<T>(p, t, mantissaCoefficient<T>(2));
  p = multiplyAdd<T>(p, t, mantissaCoefficient<T>(3));
  p = multiplyAdd<T>(p, t, mantissaCoefficient<T>(4));
  p = multiplyAdd<T>(p, t, mantissaCoefficient<T>(5));
  if (sizeof<T>() == 4) return p;
  p = multiplyAdd<T>(p, t, mantissaCoefficient<T>(6));
  p = multiplyAdd<T>(p, t, mantissaCoefficient<T>(7));
  p = multiplyAdd<T>(p, t, mantissaCoefficient<T>(8));
  p = multiplyAdd<T>(p, t, mantissaCoefficient<T>(9));
  p = multiplyAdd<T>(p, t, mantissaCoefficient<T>(10));
  return multiplyAdd<T>(p, t, mantissaCoefficient<T>(11));
}
