// eˣ as mantissa and exponent, and the states that sums of exponentials are gathered in.

// Bits of special float32 values. They are told apart as integers, since a WGSL compiler may assume that floats are finite.
const INFINITY = 0x7f800000u;
const MINUS_INFINITY = 0xff800000u;
const NAN = 0x7fc00000u;

// Where maxima begin.
const LOWEST = -3.4e38f;
// Exponents up to here are trusted: of larger ones, x − n ln 2 would be inexact where fma is not fused.
const TRUSTED_EXPONENT = 448.0;

// A sum of exponentials relative to a base, an exponent of 2 or of e, and the largest element. The sum is in bits, NAN where an element is +∞ or NaN.
struct State {
  base: f32,
  sum: u32,
  maximum: f32,
}

// Whether an element makes its whole line NaN.
fn is_invalid(bits: u32) -> bool {
  return (bits & 0x7fffffffu) > INFINITY || bits == INFINITY;
}

// Whether a sum relative to an exponent of 2 is right. Where it is not, it has to be gathered anew, relative to the maximum.
fn is_trusted(state: State) -> bool {
  return state.sum >= INFINITY || abs(state.base) <= TRUSTED_EXPONENT;
}

fn exponent_of_exp(x: f32) -> f32 {
  return round(x * 1.44269504);
}

// Coefficients and the two parts of ln 2: assembly/extended-exponent.ts.
fn mantissa_of_exp(x: f32, n: f32) -> f32 {
  let t = fma(n, -1.428606765330187e-6, fma(n, -0.693145751953125, x));
  var p = fma(0.008289290592074394, t, 0.04189782217144966);
  p = fma(p, t, 0.16667652130126953);
  p = fma(p, t, 0.4999915063381195);
  p = fma(p, t, 0.9999997019767761);
  return fma(p, t, 1.0);
}

// 2ⁿ for whole n ≤ 127, exactly 0 for n ≤ −127.
fn power_of_two(n: f32) -> f32 {
  return bitcast<f32>(u32(i32(max(n, -127.0)) + 127) << 23u);
}

// x within the exponents that are trusted and those that are nothing next to them; what lies above gets one that is not trusted.
fn clamped(x: f32) -> f32 {
  return clamp(x, -421.4, 421.4);
}

// exp(x) · 2⁻ᵇ · factor.
fn exp_over_power(x: f32, b: f32, factor: f32) -> f32 {
  let z = clamped(x);
  let n = exponent_of_exp(z);
  return mantissa_of_exp(z, n) * factor * power_of_two(n - b);
}

// exp(x − base) · factor. Differences count as −88.02 at least, whose exponent is −127; halves, because the difference of two finite numbers may be infinite.
fn exp_difference(x: f32, base: f32, factor: f32) -> f32 {
  let z = 2.0 * max(0.5 * x - 0.5 * base, -44.01);
  let n = exponent_of_exp(z);
  return mantissa_of_exp(z, n) * factor * power_of_two(n);
}

fn merge(a: State, b: State, to_exponent: bool) -> State {
  let maximum = max(a.maximum, b.maximum);
  if (max(a.sum, b.sum) >= INFINITY) { return State(0.0, NAN, maximum); }
  let base = max(a.base, b.base);
  let sums = vec2f(bitcast<f32>(a.sum), bitcast<f32>(b.sum));
  if (to_exponent) {
    let sum = sums.x * power_of_two(a.base - base) + sums.y * power_of_two(b.base - base);
    return State(base, bitcast<u32>(sum), maximum);
  }
  return State(base, bitcast<u32>(exp_difference(a.base, base, sums.x) + exp_difference(b.base, base, sums.y)), maximum);
}
