import { constant } from "../../../assembly/constant";
import { log_f64x2 } from "../../../assembly/log";
import { multiplyAdd } from "../../../assembly/multiply-add";
import { polynomial } from "../../../assembly/polynomial";
import { isOfI, isRatio, RECIPROCALS, SLOPES } from "./functions.as";

// @ts-ignore: decorator
@inline
const CONSTANTS = memory.data<f64>([1, 0.5, 6.283185307179586, 1.5707963267948966, 0.125]);

// @ts-ignore: decorator
@inline
function one(): v128 {
  return constant<f64>(CONSTANTS, 0);
}

// @ts-ignore: decorator
@inline
function half(): v128 {
  return constant<f64>(CONSTANTS, 1);
}

/** ±main + ½ log(c sum² / scale), with the logarithms of both factors of I or K in one. */
// @ts-ignore: decorator
@inline
function logarithm<F>(main: v128, scale: v128, sum: v128): v128 {
  const square = f64x2.mul(sum, sum);
  if (isOfI<F>()) {
    const argument = f64x2.div(f64x2.mul(scale, constant<f64>(CONSTANTS, 2)), square);
    return f64x2.sub(main, f64x2.mul(half(), log_f64x2(argument)));
  }
  const argument = f64x2.div(f64x2.mul(square, constant<f64>(CONSTANTS, 3)), scale);
  return f64x2.sub(f64x2.mul(half(), log_f64x2(argument)), main);
}

/** Hankel's expansion for large arguments, μ_K of the paper with K = `terms` ≤ 20. */
// @ts-ignore: decorator
@inline
export function hankel<F>(table: usize, terms: i32, v: v128, x: v128): v128 {
  const mu = f64x2.mul(f64x2.add(v, v), f64x2.add(v, v));
  const reciprocal = f64x2.div(one(), x);
  const eighth = f64x2.mul(reciprocal, constant<f64>(CONSTANTS, 4));
  const step = isOfI<F>() ? f64x2.neg(eighth) : eighth;
  let term = one();
  let tail = f64x2.splat(0);
  let weighted = f64x2.splat(0);
  for (let k = 1; k <= terms; k++) {
    const odd = <f64>(2 * k - 1);
    const factor = f64x2.mul(f64x2.sub(mu, f64x2.splat(odd * odd)), f64x2.mul(step, constant<f64>(table, <i32>RECIPROCALS + k)));
    term = f64x2.mul(term, factor);
    tail = f64x2.add(tail, term);
    if (isRatio<F>()) weighted = multiplyAdd<f64>(term, f64x2.splat(<f64>k), weighted);
  }
  const sum = f64x2.add(one(), tail);
  if (!isRatio<F>()) return logarithm<F>(x, x, sum);
  const slope = f64x2.mul(reciprocal, f64x2.add(f64x2.add(v, half()), f64x2.div(weighted, sum)));
  return isOfI<F>() ? f64x2.sub(one(), slope) : f64x2.add(one(), slope);
}

/** Qₖ(t), u_k(p) = pᵏ Qₖ(p²); k coefficients and one. */
// @ts-ignore: decorator
@inline
function term(table: usize, k: i32, sum: v128, t: v128, s: v128): v128 {
  return multiplyAdd<f64>(sum, s, polynomial<f64>(table, ((k - 1) * (k + 2)) >> 1, k + 1, t));
}

/** Σ Qₖ(t) sᵏ for k from 1 to `terms`: 4, 6, 9 or 13. */
function uniformSum(table: usize, terms: i32, t: v128, s: v128): v128 {
  let sum = f64x2.splat(0);
  if (terms > 9) {
    sum = term(table, 13, sum, t, s);
    sum = term(table, 12, sum, t, s);
    sum = term(table, 11, sum, t, s);
    sum = term(table, 10, sum, t, s);
  }
  if (terms > 6) {
    sum = term(table, 9, sum, t, s);
    sum = term(table, 8, sum, t, s);
    sum = term(table, 7, sum, t, s);
  }
  if (terms > 4) {
    sum = term(table, 6, sum, t, s);
    sum = term(table, 5, sum, t, s);
  }
  sum = term(table, 4, sum, t, s);
  sum = term(table, 3, sum, t, s);
  sum = term(table, 2, sum, t, s);
  return f64x2.mul(term(table, 1, sum, t, s), s);
}

// Where v η crosses 0, log q with q = (v + w) / x is w / v, at q = 3.31905…: there rounding of w and of v log q is all that would be left of the digits. They are computed with what they lose,
// log q from that of a number close by: log q = log c + 2 artanh s, s = (q − c) / (q + c).
// @ts-ignore: decorator
@inline
const CROSSING = memory.data<f64>([
  3.319, 0.035, // c; largest |s|
  1.1996635327378375, -7.792784670650068e-19, // log c in two parts
  0.3333333333333333, 0.2, 0.14285714285714285, 0.1111111111111111, 0.09090909090909091, 0.07692307692307693,
  134217729, // 2²⁷ + 1, for halves of a significand
]);

/** What the product a · b loses by rounding to `product`: exact with fused multiply-add, or by Dekker's halves. */
// @ts-ignore: decorator
@inline
function lostByProduct(a: v128, b: v128, product: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return multiplyAdd<f64>(a, b, f64x2.neg(product));
  const aHigh = upperHalf(a);
  const bHigh = upperHalf(b);
  const aLow = f64x2.sub(a, aHigh);
  const bLow = f64x2.sub(b, bHigh);
  const rest = f64x2.sub(f64x2.sub(f64x2.sub(product, f64x2.mul(aHigh, bHigh)), f64x2.mul(aLow, bHigh)), f64x2.mul(aHigh, bLow));
  return f64x2.sub(f64x2.mul(aLow, bLow), rest);
}

// @ts-ignore: decorator
@inline
function upperHalf(a: v128): v128 {
  const scaled = f64x2.mul(a, constant<f64>(CROSSING, 10));
  return f64x2.sub(scaled, f64x2.sub(scaled, a));
}

/** |s| ≤ 0.035. */
// @ts-ignore: decorator
@inline
function isNearCrossing(q: v128): v128 {
  const c = constant<f64>(CROSSING, 0);
  return f64x2.le(f64x2.abs(f64x2.sub(q, c)), f64x2.mul(f64x2.add(q, c), constant<f64>(CROSSING, 1)));
}

/** w − v log q near its zero, within 2⁻⁶⁰ of v; all differences of neighbours are exact there. */
function differenceNearCrossing(v: v128, x: v128, w: v128, q: v128): v128 {
  const vSquare = f64x2.mul(v, v);
  const xSquare = f64x2.mul(x, x);
  const wSquare = f64x2.mul(w, w);
  const lostBySquares = f64x2.sub(f64x2.add(lostByProduct(v, v, vSquare), lostByProduct(x, x, xSquare)), lostByProduct(w, w, wSquare));
  const restOfSquare = f64x2.add(f64x2.add(f64x2.sub(vSquare, wSquare), xSquare), lostBySquares);
  const restOfW = f64x2.div(f64x2.mul(restOfSquare, half()), w);

  const far = f64x2.add(w, v);
  const restOfFar = f64x2.add(f64x2.sub(v, f64x2.sub(far, w)), restOfW);
  const back = f64x2.mul(q, x);
  const restOfQ = f64x2.add(f64x2.sub(f64x2.sub(far, back), lostByProduct(q, x, back)), restOfFar);

  const c = constant<f64>(CROSSING, 0);
  const numerator = f64x2.sub(q, c);
  const denominator = f64x2.add(q, c);
  const restOfDenominator = f64x2.sub(c, f64x2.sub(denominator, q));
  const s = f64x2.div(numerator, denominator);
  const product = f64x2.mul(s, denominator);
  const restOfNumerator = f64x2.sub(f64x2.sub(f64x2.sub(numerator, product), lostByProduct(s, denominator, product)), f64x2.mul(s, restOfDenominator));
  const restOfS = f64x2.div(restOfNumerator, denominator);
  const square = f64x2.mul(s, s);
  const tail = f64x2.mul(f64x2.mul(s, square), polynomial<f64>(CROSSING, 4, 6, square));

  const twice = f64x2.add(s, s);
  const logarithm = f64x2.add(constant<f64>(CROSSING, 2), twice);
  const restOfSum = f64x2.sub(twice, f64x2.sub(logarithm, constant<f64>(CROSSING, 2)));
  const series = f64x2.add(f64x2.add(tail, tail), f64x2.add(restOfS, restOfS));
  const restOfLogarithm = f64x2.add(f64x2.add(restOfSum, constant<f64>(CROSSING, 3)), f64x2.add(series, f64x2.div(restOfQ, back)));

  const vLogarithm = f64x2.mul(v, logarithm);
  const rest = f64x2.sub(f64x2.sub(restOfW, lostByProduct(v, logarithm, vLogarithm)), f64x2.mul(v, restOfLogarithm));
  return f64x2.add(f64x2.sub(w, vLogarithm), rest);
}

/**
 * Debye's expansion for large orders, U_K of the paper with K = `terms`, in w = √(v² + x²): v η is w − v asinh(v / x), and u_k(p) / vᵏ is Qₖ(p²) / wᵏ, so that
 * nothing is divided by v.
 */
// @ts-ignore: decorator
@inline
export function uniformExpansion<F>(table: usize, terms: i32, v: v128, x: v128): v128 {
  const vSquare = f64x2.mul(v, v);
  const wSquare = multiplyAdd<f64>(x, x, vSquare);
  const w = f64x2.sqrt(wSquare);
  const inverse = f64x2.div(one(), w);
  const inverseSquare = f64x2.mul(inverse, inverse);
  const t = f64x2.mul(vSquare, inverseSquare);
  const s = isOfI<F>() ? inverse : f64x2.neg(inverse);
  const sum = f64x2.add(one(), uniformSum(table, terms, t, s));
  const far = f64x2.add(v, w);
  if (!isRatio<F>()) {
    const q = f64x2.div(far, x);
    let main = f64x2.sub(w, f64x2.mul(v, log_f64x2(q)));
    const near = isNearCrossing(q);
    if (v128.any_true(near)) main = v128.bitselect(differenceNearCrossing(v, x, w, q), main, near);
    return logarithm<F>(main, w, sum);
  }
  const weighted = uniformSum(table + SLOPES * sizeof<f64>(), terms, t, s);
  const correction = f64x2.mul(inverseSquare, f64x2.add(half(), f64x2.div(weighted, sum)));
  if (isOfI<F>()) return f64x2.sub(f64x2.div(x, far), f64x2.mul(x, correction));
  return f64x2.add(f64x2.div(far, x), f64x2.mul(x, correction));
}
