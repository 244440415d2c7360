import { constant } from "./constant";
import { gaussianTail } from "./error-function";
import { expm1_f64x2, firstFactor_f64x2, highRemainder_f64x2, lowRemainder_f64x2, secondPower_f64x2, shiftedQuotient_f64x2 } from "./exp";
import { multiplyAdd } from "./multiply-add";
import { joinHalves, lowerHalf, narrowExp, narrowExpm1, upperHalf } from "./narrow";
import { polynomial } from "./polynomial";

// Of −∞ all of these take their limit there; of +∞, +∞; NaN stays NaN. For large negative x results shrink like eˣ and keep their relative accuracy:
// factors of eˣ are multiplied in before its last power of two, which may make the result subnormal.

/** ln(1 + eˣ) in every lane of a vector of T, f32 or f64: within 3 ulp everywhere. */
// @ts-ignore: decorator
@inline
export function softplus<T extends number>(x: v128): v128 {
  if (sizeof<T>() == 8) return softplus_f64x2(x);
  return joinHalves(narrowSoftplus(lowerHalf(x)), narrowSoftplus(upperHalf(x)));
}

/** x / (1 + e⁻ˣ) in every lane of a vector of T, f32 or f64: within 3 ulp everywhere. */
// @ts-ignore: decorator
@inline
export function silu<T extends number>(x: v128): v128 {
  if (sizeof<T>() == 8) return silu_f64x2(x);
  return joinHalves(narrowSilu(lowerHalf(x)), narrowSilu(upperHalf(x)));
}

/** x Φ(x) with the normal distribution function Φ, in every lane of a vector of T, f32 or f64: within 4 ulp everywhere. */
// @ts-ignore: decorator
@inline
export function gelu<T extends number>(x: v128): v128 {
  if (sizeof<T>() == 8) return gelu_f64x2(x);
  return joinHalves(narrowGelu(lowerHalf(x)), narrowGelu(upperHalf(x)));
}

/** x / (1 + e⁻ʷ) with w = √(8/π) (x + 0.044715 x³), in every lane of a vector of T, f32 or f64: within 3.5 ulp everywhere. */
// @ts-ignore: decorator
@inline
export function geluTanh<T extends number>(x: v128): v128 {
  if (sizeof<T>() == 8) return geluTanh_f64x2(x);
  return joinHalves(narrowGeluTanh(lowerHalf(x)), narrowGeluTanh(upperHalf(x)));
}

/** x where it is positive, elsewhere α (eˣ − 1), in every lane of vectors of T, f32 or f64: within 3.5 ulp everywhere. */
// @ts-ignore: decorator
@inline
export function elu<T extends number>(x: v128, alpha: v128): v128 {
  if (sizeof<T>() == 8) return withPositive(x, f64x2.mul(alpha, expm1_f64x2(f64x2.pmin(x, i64x2.splat(0)))));
  return joinHalves(narrowElu(lowerHalf(x), lowerHalf(alpha)), narrowElu(upperHalf(x), upperHalf(alpha)));
}

/** x where it is positive, elsewhere slope · x, in every lane of vectors of T, f32 or f64; correctly rounded. */
// @ts-ignore: decorator
@inline
export function leakyRelu<T extends number>(x: v128, slope: v128): v128 {
  return v128.bitselect(x, v128.mul<T>(x, slope), v128.gt<T>(x, v128.splat<T>(0 as T)));
}

// @ts-ignore: decorator
@inline
const NARROW = memory.data<f64>([
  1, 2, 20, -200, // From −20 or −200 on results are 0.
  0.3333333366026371, 0.1999985316596486, 0.14296178997151418, 0.10853287900440187, 0.11612164612011674,
  0.5, 0.5068874259677176, 0.2499780004560437, 0.0710509647196961, 0.011583432552275421, 0.0008829952299712504,
  1, 1.8116594074122327, 1.4454511710902955, 0.6555362732782267, 0.18031738836687417, 0.029035168930975973, 0.00221334365304427,
  1.5957691216057308, 0.07135481627260025, // √(8/π); that times 0.044715
]);

/** max(x, 0) + ln(1 + e) with e = exp(−|x|), the logarithm as 2 artanh(e / (2 + e)). */
// @ts-ignore: decorator
@inline
function narrowSoftplus(x: v128): v128 {
  const e = narrowExp(f64x2.neg(f64x2.abs(x)));
  const s = f64x2.div(e, f64x2.add(constant<f64>(NARROW, 1), e));
  const z = f64x2.mul(s, s);
  const twice = f64x2.add(s, s);
  const logarithm = multiplyAdd<f64>(f64x2.mul(twice, z), polynomial<f64>(NARROW, 4, 5, z), twice);
  return f64x2.add(f64x2.max(x, i64x2.splat(0)), logarithm);
}

// @ts-ignore: decorator
@inline
function narrowSilu(x: v128): v128 {
  const one = constant<f64>(NARROW, 0);
  const bounded = f64x2.pmax(x, constant<f64>(NARROW, 3));
  const e = narrowExp(f64x2.neg(f64x2.abs(bounded)));
  return f64x2.div(withPositive(x, f64x2.mul(bounded, e)), f64x2.add(one, e));
}

/** T = x Φ(−|x|) = x exp(−x²/2) P(|x|) / Q(|x|), which is the result for negative x; x − T for positive. */
// @ts-ignore: decorator
@inline
function narrowGelu(x: v128): v128 {
  const magnitude = f64x2.pmin(f64x2.abs(x), constant<f64>(NARROW, 2));
  const square = f64x2.mul(magnitude, magnitude);
  const e = narrowExp(f64x2.mul(square, f64x2.splat(-0.5)));
  const factor = f64x2.mul(withSignOf(magnitude, x), e);
  const quotient = f64x2.div(polynomial<f64>(NARROW, 9, 6, magnitude), polynomial<f64>(NARROW, 15, 7, magnitude));
  return reflected(x, f64x2.mul(factor, quotient));
}

/** T = x e / (1 + e) with e = exp(−|w|), which is the result for negative x; x − T for positive. */
// @ts-ignore: decorator
@inline
function narrowGeluTanh(x: v128): v128 {
  const magnitude = f64x2.pmin(f64x2.abs(x), constant<f64>(NARROW, 2));
  const square = f64x2.mul(magnitude, magnitude);
  const w = f64x2.mul(magnitude, multiplyAdd<f64>(square, constant<f64>(NARROW, 23), constant<f64>(NARROW, 22)));
  const e = narrowExp(f64x2.neg(w));
  return reflected(x, f64x2.div(f64x2.mul(withSignOf(magnitude, x), e), f64x2.add(constant<f64>(NARROW, 0), e)));
}

// @ts-ignore: decorator
@inline
function narrowElu(x: v128, alpha: v128): v128 {
  // expm1 of −0 is 0 there.
  const value = withSignOf(narrowExpm1(f64x2.pmin(x, i64x2.splat(0))), x);
  return withPositive(x, f64x2.mul(alpha, value));
}

// @ts-ignore: decorator
@inline
const F64 = memory.data<f64>([
  1, 2, 24, -760,
  0.3333333333333333, 0.20000000000007292, 0.1428571428355438, 0.11111111358713932, 0.09090894718066429, 0.07692785032479312,
  0.06657072104827468, 0.06000536404795356, 0.04400369243072337, 0.08082022805971766,
]);

/** As in float32; the numerator is 2e so that nothing is lost where e is subnormal. */
// @ts-ignore: decorator
@inline
function softplus_f64x2(x: v128): v128 {
  const bounded = f64x2.pmax(f64x2.neg(f64x2.abs(x)), constant<f64>(F64, 3));
  const shifted = shiftedQuotient_f64x2(bounded);
  const first = firstFactor_f64x2(highRemainder_f64x2(bounded, shifted), lowRemainder_f64x2(shifted), shifted);
  const e = f64x2.mul(first, secondPower_f64x2(shifted));
  const twice = f64x2.div(f64x2.add(e, e), f64x2.add(constant<f64>(F64, 1), e));
  const z = f64x2.mul(f64x2.mul(twice, twice), f64x2.splat(0.25));
  const logarithm = multiplyAdd<f64>(f64x2.mul(twice, z), polynomial<f64>(F64, 4, 10, z), twice);
  return f64x2.add(f64x2.max(x, i64x2.splat(0)), logarithm);
}

// @ts-ignore: decorator
@inline
function silu_f64x2(x: v128): v128 {
  const one = constant<f64>(F64, 0);
  const bounded = f64x2.pmax(x, constant<f64>(F64, 3));
  const exponent = f64x2.pmax(f64x2.neg(f64x2.abs(x)), constant<f64>(F64, 3));
  const shifted = shiftedQuotient_f64x2(exponent);
  const first = firstFactor_f64x2(highRemainder_f64x2(exponent, shifted), lowRemainder_f64x2(shifted), shifted);
  const second = secondPower_f64x2(shifted);
  const denominator = multiplyAdd<f64>(first, second, one);
  const quotient = f64x2.div(withPositive(x, f64x2.mul(bounded, first)), denominator);
  return f64x2.mul(quotient, v128.bitselect(one, second, f64x2.gt(x, i64x2.splat(0))));
}

// As `gaussianTail` says, for Φ(−x) exp(x²/2) and r = 1 / (x + 2.75).
// @ts-ignore: decorator
@inline
const TAIL = memory.data<f64>([
  2.75, 0.1171875, 3.6,
  0.572423666479438, 1.9449402615095022, 4.663958536656071, 5.649474676552724, -6.390277835146489, -33.13099955204393, 4.832744800733407,
  204.87740466017726, -0.1210493640788382, -1553.5365105738053, 700.6442809612042, 13291.280673237065, -19710.34764179335,
  -109166.80975424805, 365749.1252879476, 583779.519975505, -5125938.92289186, 4006352.074890371, 42546312.27494866, -130347372.00386462,
  57495265.58829051, 173106966.90178496,
]);

// 1, ½, a limit beyond which results are 0; then (Φ(x) − ½) / x in powers of x² ≤ 1 (relative error 2⁻⁵⁴), the first coefficient in two parts.
// @ts-ignore: decorator
@inline
const NORMAL = memory.data<f64>([
  1, 0.5, 40,
  0.3989422804014327, -2.49232720227773e-17, -0.06649038006690543, 0.00997355701003502, -0.0011873282154680248, 0.0001154346875164917, -9.444655792833265e-06,
  6.659679873101261e-07, -4.122410653540553e-08, 2.2704128782833767e-09, -1.1064284582887574e-10, 4.074235028642175e-12,
]);

/** x (½ + x g(x²)) for |x| < 1; beyond, T = x Φ(−|x|), which is the result for negative x; x − T for positive. */
// @ts-ignore: decorator
@inline
function gelu_f64x2(x: v128): v128 {
  const magnitude = f64x2.pmin(f64x2.abs(x), constant<f64>(NORMAL, 2));
  const z = f64x2.mul(magnitude, magnitude);
  const g = multiplyAdd<f64>(z, polynomial<f64>(NORMAL, 5, 10, z), constant<f64>(NORMAL, 4));
  const linear = multiplyAdd<f64>(x, constant<f64>(NORMAL, 3), constant<f64>(NORMAL, 1));
  const small = f64x2.mul(x, multiplyAdd<f64>(x, g, linear));
  const large = reflected(x, gaussianTail(magnitude, -0.5, TAIL, withSignOf(magnitude, x)));
  return v128.bitselect(small, large, f64x2.lt(magnitude, constant<f64>(NORMAL, 0)));
}

// √(8/π) and that times 0.044715, in two parts: products of the first with 17 and 26 bits are exact.
// @ts-ignore: decorator
@inline
const CUBIC = memory.data<f64>([1.5957691216026433, 3.0874305383944692e-12, 0.071354815736413, 5.361872467621785e-10]);

/** As in float32, with w and what it loses by rounding: an error of w is a relative error of e. */
// @ts-ignore: decorator
@inline
function geluTanh_f64x2(x: v128): v128 {
  const magnitude = f64x2.pmin(f64x2.abs(x), constant<f64>(F64, 2));
  // The upper 17 bits of x have an exact cube.
  const upper = v128.and(magnitude, i64x2.splat(0xfffffff000000000));
  const rest = f64x2.sub(magnitude, upper);
  const square = f64x2.mul(upper, upper);
  const cube = f64x2.mul(square, upper);
  const three = f64x2.splat(3);
  const cubeRest = f64x2.mul(rest, f64x2.add(f64x2.mul(three, square), f64x2.mul(rest, f64x2.add(f64x2.mul(three, upper), rest))));
  const cubeUpper = v128.and(cube, i64x2.splat(0xfffffffff8000000));
  const cubic = f64x2.mul(constant<f64>(CUBIC, 2), cubeUpper);
  const linear = f64x2.mul(constant<f64>(CUBIC, 0), upper);
  const w = f64x2.add(cubic, linear);
  const virtual = f64x2.sub(w, cubic);
  let wRest = f64x2.add(f64x2.sub(cubic, f64x2.sub(w, virtual)), f64x2.sub(linear, virtual));
  wRest = multiplyAdd<f64>(constant<f64>(CUBIC, 2), f64x2.add(f64x2.sub(cube, cubeUpper), cubeRest), wRest);
  wRest = multiplyAdd<f64>(constant<f64>(CUBIC, 3), f64x2.add(cube, cubeRest), wRest);
  wRest = multiplyAdd<f64>(constant<f64>(CUBIC, 0), rest, wRest);
  wRest = multiplyAdd<f64>(constant<f64>(CUBIC, 1), magnitude, wRest);
  const wRounded = f64x2.add(w, wRest);
  const exponent = f64x2.pmax(f64x2.neg(wRounded), constant<f64>(F64, 3));
  const shifted = shiftedQuotient_f64x2(exponent);
  const low = f64x2.sub(lowRemainder_f64x2(shifted), f64x2.add(f64x2.sub(w, wRounded), wRest));
  const first = firstFactor_f64x2(highRemainder_f64x2(exponent, shifted), low, shifted);
  const second = secondPower_f64x2(shifted);
  const denominator = multiplyAdd<f64>(first, second, constant<f64>(F64, 0));
  return reflected(x, f64x2.mul(f64x2.div(f64x2.mul(withSignOf(magnitude, x), first), denominator), second));
}

/** `value` for negative x (and NaN), x − value for positive. */
// @ts-ignore: decorator
@inline
function reflected(x: v128, value: v128): v128 {
  return v128.bitselect(f64x2.sub(x, value), value, f64x2.gt(x, i64x2.splat(0)));
}

/** x where it is positive, elsewhere `value`. */
// @ts-ignore: decorator
@inline
function withPositive(x: v128, value: v128): v128 {
  return v128.bitselect(x, value, f64x2.gt(x, i64x2.splat(0)));
}

// @ts-ignore: decorator
@inline
function withSignOf(magnitude: v128, x: v128): v128 {
  return v128.or(magnitude, v128.and(x, i64x2.splat(0x8000000000000000)));
}
