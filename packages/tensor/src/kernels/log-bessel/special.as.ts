import { expm1_f64x2 } from "../../../assembly/exp";
import { isOfI, LogI, LogK, RatioI } from "./functions.as";
import { logGammaOfOnePlus, logOf } from "./gamma.as";

/** Below this order K's two leading terms are of comparable size. */
// @ts-ignore: decorator
@inline
const TWO_TERMS: f64 = 0.75;

// @ts-ignore: decorator
@inline
const EULER: f64 = 0.5772156649015329;

/** Beyond this order or argument only the leading term counts, and its squares overflow. */
// @ts-ignore: decorator
@inline
const HUGE: f64 = 1e150;

/** v and x at the ends of their ranges and beyond; v ≥ 0 or NaN. */
export function special<F>(v: f64, x: f64): f64 {
  // Also where either is NaN.
  if (!(v >= 0 && x >= 0)) return NaN;
  if (v == Infinity || x == Infinity) return atInfinity<F>(v, x);
  if (x == 0) return atZero<F>(v);
  if (max(v, x) > HUGE) return huge<F>(v, x);
  return isOfI<F>() ? smallI<F>(v, x) : smallK<F>(v, x);
}

// @ts-ignore: decorator
@inline
function atInfinity<F>(v: f64, x: f64): f64 {
  if (v == x) return NaN;
  if (idof<F>() == idof<LogI>()) return v == Infinity ? -Infinity : Infinity;
  if (idof<F>() == idof<LogK>()) return v == Infinity ? Infinity : -Infinity;
  if (idof<F>() == idof<RatioI>()) return v == Infinity ? 0 : 1;
  return v == Infinity ? Infinity : 1;
}

// @ts-ignore: decorator
@inline
function atZero<F>(v: f64): f64 {
  if (idof<F>() == idof<LogI>()) return v == 0 ? 0 : -Infinity;
  return isOfI<F>() ? 0 : Infinity;
}

// @ts-ignore: decorator
@inline
function huge<F>(v: f64, x: f64): f64 {
  // A power of two, so that scaling is exact.
  const scale: f64 = 2.409919865102884e-181;
  const vScaled = v * scale;
  const xScaled = x * scale;
  const w = sqrt(vScaled * vScaled + xScaled * xScaled);
  if (idof<F>() == idof<RatioI>()) return xScaled / (vScaled + w);
  // x itself may vanish when scaled.
  const logRatio = logOf(vScaled + w) - logOf(scale) - logOf(x);
  if (idof<F>() == idof<LogI>()) return (w - vScaled * logRatio) / scale;
  if (idof<F>() == idof<LogK>()) return (vScaled * logRatio - w) / scale;
  return xScaled > 0 ? (vScaled + w) / xScaled : Infinity;
}

/** The first term of the power series. */
// @ts-ignore: decorator
@inline
function smallI<F>(v: f64, x: f64): f64 {
  if (idof<F>() == idof<RatioI>()) return (x / (v + 1)) * 0.5;
  return v * logOfHalf(x) - logGammaOfOnePlus(v);
}

/** log(x / 2), also for the smallest x. */
// @ts-ignore: decorator
@inline
function logOfHalf(x: f64): f64 {
  return logOf(x) - 0.6931471805599453;
}

/**
 * The first term of K's power series, ½ Γ(v) (2/x)ᵛ; below order ¾ with that of order −v, which is as large for v → 0:
 * K ≈ √(Γ(1 + v) Γ(1 − v)) sinh(m) / v with m = v log(2/x) + ½ log(Γ(1 + v) / Γ(1 − v)).
 */
// @ts-ignore: decorator
@inline
function smallK<F>(v: f64, x: f64): f64 {
  const logarithm = -logOfHalf(x);
  if (v >= TWO_TERMS) {
    if (idof<F>() != idof<LogK>()) return (v / x) * 2;
    return logGammaOfOnePlus(v) - logOf(v) - 0.6931471805599453 + v * logarithm;
  }
  // So small an order changes no digit.
  if (v < 1e-20) {
    const value = logarithm - EULER;
    return idof<F>() == idof<LogK>() ? logOf(value) : 1 / (x * value);
  }
  const above = logGammaOfOnePlus(v);
  const below = logGammaOfOnePlus(-v);
  const m = v * logarithm + (v < 0.02 ? oddPart(v) : (above - below) * 0.5);
  const expm1 = f64x2.extract_lane(expm1_f64x2(f64x2.splat(-2 * m)), 0);
  if (idof<F>() == idof<LogK>()) return (above + below) * 0.5 + m + logOf(-expm1 / (2 * v));
  return (v / x) * 2 / -expm1;
}

/** ½ log(Γ(1 + v) / Γ(1 − v)) for small v, where the difference of the logarithms would lose its digits: −γ v − ζ(3)/3 v³ − …, DLMF 5.7.3. */
// @ts-ignore: decorator
@inline
function oddPart(v: f64): f64 {
  const square = v * v;
  return -v * (EULER + square * (0.40068563438653143 + square * (0.20738555102867398 + square * 0.14404989684617264)));
}
