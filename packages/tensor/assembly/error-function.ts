import { constant } from "./constant";
import {
  exp_f32x4, exp_f64x2, firstFactor_f64x2, highRemainder_f64x2, lowRemainder_f64x2, secondPower_f64x2, shiftedQuotient_f64x2,
} from "./exp";
import { multiplyAdd, negatedMultiplyAdd } from "./multiply-add";
import { joinHalves, lowerHalf, narrowExp, upperHalf } from "./narrow";
import { polynomial } from "./polynomial";

// The method: erf x = x + x p(x²) for |x| < 1 and erfc x = 1 − erf x; beyond, erf x = 1 − exp(−Q(x)) with a polynomial Q for −ln erfc, and
// erfc x = exp(−x²) r H(r − r₀) with r = 1 / (x + 2), where exp gets what x² loses by rounding. All coefficients are own fits.

/** Error function in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function erf<T extends number>(x: v128): v128 {
  return sizeof<T>() == 4 ? erf_f32x4(x) : erf_f64x2(x);
}

/** Complementary error function 1 − erf x in every lane of a vector of T, f32 or f64. */
// @ts-ignore: decorator
@inline
export function erfc<T extends number>(x: v128): v128 {
  if (sizeof<T>() == 8) return erfc_f64x2(x);
  return joinHalves(narrowErfc(lowerHalf(x)), narrowErfc(upperHalf(x)));
}

// @ts-ignore: decorator
@inline
const F32 = memory.data<f32>([
  1, 4, // From 4 on erf x rounds to 1.
  0.1283791661, -0.3761262894, 0.1128361821, -0.02685512602, 0.005190733355, -0.0008030750323, 7.920303324e-5,
  0.0003392377694, 1.127098203, 0.6381303072, 0.1031189933, -0.02184374817, 0.002949038288, -0.000186516103,
]);

/**
 * erf x of four float32: within 1.5 ulp everywhere; erf(±0) = ±0, erf(±∞) = ±1, NaN stays NaN. Relative error of
 * both polynomials 2⁻³⁰.
 */
// @ts-ignore: decorator
@inline
export function erf_f32x4(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const bounded = f32x4.pmin(magnitude, constant<f32>(F32, 1));
  const small = multiplyAdd<f32>(x, polynomial<f32>(F32, 2, 7, f32x4.mul(bounded, bounded)), x);
  const large = f32x4.sub(constant<f32>(F32, 0), exp_f32x4(f32x4.neg(polynomial<f32>(F32, 9, 7, bounded))));
  const signed = v128.or(large, v128.and(x, i32x4.splat(0x80000000)));
  return v128.bitselect(small, signed, f32x4.lt(magnitude, constant<f32>(F32, 0)));
}

// @ts-ignore: decorator
@inline
const NARROW = memory.data<f64>([
  14, 2, // From 14 on erfc x is 0.
  1, 1.4336941447998688, 0.9999120018241748, 0.401924951705146, 0.09266746041820337, 0.009989950637888738,
  1, 2.562073304363184, 2.890902342180591, 1.8541365765951676, 0.7212695534674967, 0.16424771875192057, 0.01770674922435416,
]);

/** erfc x of two float32 held as float64: exp(−x²) P(x) / Q(x) for x ≥ 0, relative error 2⁻²⁸; 2 − erfc(−x) for others. */
// @ts-ignore: decorator
@inline
function narrowErfc(x: v128): v128 {
  const magnitude = f64x2.pmin(f64x2.abs(x), constant<f64>(NARROW, 0));
  const e = narrowExp(f64x2.neg(f64x2.mul(magnitude, magnitude)));
  const quotient = f64x2.div(polynomial<f64>(NARROW, 2, 6, magnitude), polynomial<f64>(NARROW, 8, 7, magnitude));
  const tail = f64x2.mul(e, quotient);
  return v128.bitselect(f64x2.sub(constant<f64>(NARROW, 1), tail), tail, f64x2.lt(x, i64x2.splat(0)));
}

// @ts-ignore: decorator
@inline
const F64 = memory.data<f64>([
  1, 2, 28, // From 28 on erfc x is 0.
  0.1283791670955126, -0.37612638903183754, 0.1128379167095512, -0.02686617064512984, 0.00522397762542328, -0.0008548327021933529,
  0.00012055332902828877, -1.4925647565679572e-05, 1.6462045402872722e-06, -1.636464160371183e-07, 1.4792395844508021e-08,
  -1.2164526639984767e-09, 8.708924139629652e-11, -4.230752371395568e-12,
  1.082477472453288e-06, 1.128368542586917, 0.6366682829910078, 0.10263585602890397, -0.018862247402740583, -0.0005880575169105541,
  0.0021026035973219304, -0.0009227626938852869, 0.00023225952054198914, -2.871508753884297e-05, -3.363665540402149e-06, 2.6076065989806514e-06,
  -6.747583938862793e-07, 1.0634375172805878e-07, -1.0717400241705442e-08, 6.405305919770448e-10, -1.7388154820776213e-11,
  6, // From 6 on erf x rounds to 1.
]);

// As `gaussianTail` says; relative error of H 2⁻⁵⁵.
// @ts-ignore: decorator
@inline
const TAIL = memory.data<f64>([
  2, 0.205078125, 2.7,
  0.9068994634834172, 2.362869887537953, 4.09728981011906, 3.167342781114674, -3.6887586155464747, -9.256798125545883, 6.096852601306426,
  26.907890388014053, -24.898322698378315, -82.63425015411536, 147.18474378225687, 205.18166009991975, -833.5486114646269, 86.56046212009959,
  3755.22518234635, -6126.358242350215, -8736.41764937045, 51350.062162192444, -45000.77917049702, -302547.90131712984, 518464.66779874323,
  1537246.538237241,
]);

// @ts-ignore: decorator
@inline
const UPPER_BITS = memory.data<u64>([0xfffffffff8000000]);

/** erf x of two float64: within 2 ulp everywhere; special values and method as in float32, relative errors 2⁻⁵⁶ and 2⁻⁵⁵. */
// @ts-ignore: decorator
@inline
export function erf_f64x2(x: v128): v128 {
  const magnitude = f64x2.pmin(f64x2.abs(x), constant<f64>(F64, 34));
  const small = multiplyAdd<f64>(x, erfPolynomial(magnitude), x);
  const large = f64x2.sub(constant<f64>(F64, 0), exp_f64x2(f64x2.neg(polynomial<f64>(F64, 17, 17, magnitude))));
  const signed = v128.or(large, v128.and(x, i64x2.splat(0x8000000000000000)));
  return v128.bitselect(small, signed, f64x2.lt(magnitude, constant<f64>(F64, 0)));
}

/** erfc x of two float64: within 4 ulp everywhere, subnormal results included; erfc(±0) = 1, erfc(−∞) = 2, erfc(+∞) = 0, NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function erfc_f64x2(x: v128): v128 {
  const one = constant<f64>(F64, 0);
  const magnitude = f64x2.pmin(f64x2.abs(x), constant<f64>(F64, 2));
  const small = negatedMultiplyAdd<f64>(x, erfPolynomial(magnitude), f64x2.sub(one, x));
  const tail = gaussianTail(magnitude, -1, TAIL, one);
  const large = v128.bitselect(f64x2.sub(constant<f64>(F64, 1), tail), tail, f64x2.lt(x, i64x2.splat(0)));
  return v128.bitselect(small, large, f64x2.lt(magnitude, one));
}

/** erf x / x − 1 for |x| < 1. */
// @ts-ignore: decorator
@inline
function erfPolynomial(x: v128): v128 {
  return polynomial<f64>(F64, 3, 14, f64x2.mul(x, x));
}

/**
 * factor · exp(scale x²) r H(r − r₀) with r = 1 / (x + c), for x in [1, 40] and scale −1 or −½. `table` is c, r₀, s, where −r (1 + s r) is about the slope of
 * ln r H(r − r₀), and the 22 coefficients of H. The factor is multiplied in before the result may become subnormal.
 */
// @ts-ignore: decorator
@inline
export function gaussianTail(x: v128, scale: f64, table: usize, factor: v128): v128 {
  const c = constant<f64>(table, 0);
  const one = constant<f64>(F64, 0);
  const sum = f64x2.add(x, c);
  const r = f64x2.div(one, sum);
  // 1 − r (x + c), from the upper 26 bits of both, whose product is exact: times the slope it makes good what r lost by rounding.
  const mask = constant<f64>(UPPER_BITS, 0);
  const upperR = v128.and(r, mask);
  const upperSum = v128.and(sum, mask);
  const restOfSum = f64x2.add(f64x2.sub(sum, upperSum), f64x2.sub(x, f64x2.sub(sum, c)));
  const restOfProduct = multiplyAdd<f64>(r, restOfSum, f64x2.mul(f64x2.sub(r, upperR), upperSum));
  const residual = f64x2.sub(f64x2.sub(one, f64x2.mul(upperR, upperSum)), restOfProduct);
  // As precise must x² be, whose error is one of the exponent.
  const upper = v128.and(x, mask);
  const squareRest = f64x2.mul(f64x2.sub(x, upper), f64x2.add(x, upper));
  const square = f64x2.mul(f64x2.mul(upper, upper), f64x2.splat(scale));
  const growth = multiplyAdd<f64>(r, constant<f64>(table, 2), one);
  const rest = multiplyAdd<f64>(squareRest, f64x2.splat(scale), f64x2.mul(residual, growth));
  const shifted = shiftedQuotient_f64x2(square);
  const low = f64x2.add(lowRemainder_f64x2(shifted), rest);
  const first = firstFactor_f64x2(highRemainder_f64x2(square, shifted), low, shifted);
  const w = f64x2.sub(r, constant<f64>(table, 1));
  const H = multiplyAdd<f64>(w, polynomial<f64>(table, 4, 21, w), constant<f64>(table, 3));
  return f64x2.mul(f64x2.mul(first, f64x2.mul(factor, f64x2.mul(r, H))), secondPower_f64x2(shifted));
}
