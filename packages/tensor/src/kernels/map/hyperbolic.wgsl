// Hyperbolic functions, inverses and angles of float32, after functions.wgsl. The methods are those of the cpu, see packages/tensor/assembly.

// even · cosh(high + low) + odd · sinh(high + low), with n ln 2 + high + low = x.
fn hyperbolic(x: f32, n: f32, even: f32, odd: f32) -> f32 {
  let high = fma(-n, LN2_HIGH, x);
  let low = -n * LN2_LOW;
  let r = high + low;
  let z = r * r;
  let S = 0.1666666716f + z * (0.008333177306f + z * 0.000199719274f);
  let C = 0.5f + z * (0.04166645929f + z * 0.001393544953f);
  return even + (odd * high + (odd * (r * z * S + low) + even * (z * C)));
}

fn sinh_f32(x: u32) -> u32 {
  let bounded = min(float(magnitude(x)), 89.5f);
  let n = round(bounded * 1.44269504f);
  let growing = power_of_two(i32(n) - 2);
  let shrinking = power_of_two(-min(i32(n), 60) - 2);
  let value = 2.0f * hyperbolic(bounded, n, growing - shrinking, growing + shrinking);
  var result = bits(value) | (x & SIGN);
  // Beyond 89.41599, the largest argument of a finite result.
  result = select(result, (x & SIGN) | INFINITY, magnitude(x) > 0x42b2d4fcu);
  result = select(result, x, magnitude(x) < 0x39000000u);
  return select(result, NAN, is_nan(x));
}

fn cosh_f32(x: u32) -> u32 {
  let bounded = min(float(magnitude(x)), 89.5f);
  let n = round(bounded * 1.44269504f);
  let growing = power_of_two(i32(n) - 2);
  let shrinking = power_of_two(-min(i32(n), 60) - 2);
  let value = 2.0f * hyperbolic(bounded, n, growing + shrinking, growing - shrinking);
  return select(select(bits(value), INFINITY, magnitude(x) > 0x42b2d4fcu), NAN, is_nan(x));
}

const LN2 = 0.693147181f;
// 2³⁰, from where on squares leave 1 without a trace.
const LARGE = 0x4e800000u;

fn asinh_f32(x: u32) -> u32 {
  let size = magnitude(x);
  let a = float(min(size, LARGE));
  let w = bits(a + a * a / (1.0f + sqrt(1.0f + a * a)));
  let result = select(log1p_f32(w), bits(float(log_f32(size)) + LN2), size > LARGE) | (x & SIGN);
  return select(select(result, x, size == INFINITY || size < 0x33000000u), NAN, is_nan(x));
}

fn acosh_f32(x: u32) -> u32 {
  let t = clamp(float(x), 1.0f, float(LARGE)) - 1.0f;
  let w = bits(t + sqrt(t * (2.0f + t)));
  let far = select(bits(float(log_f32(x)) + LN2), INFINITY, x == INFINITY);
  let result = select(log1p_f32(select(w, 0u, t == 0.0f)), far, key(x) > key(LARGE));
  return select(result, NAN, is_nan(x) || key(x) < key(0x3f800000u));
}

fn atanh_f32(x: u32) -> u32 {
  let size = magnitude(x);
  let a = float(min(size, 0x3f7fffffu));
  let value = 0.5f * float(log1p_f32(bits(quotient(2.0f * a, 1.0f - a))));
  var result = bits(value) | (x & SIGN);
  result = select(result, x, size < 0x33000000u);
  result = select(result, (x & SIGN) | INFINITY, size == 0x3f800000u);
  return select(result, NAN, size > 0x3f800000u);
}

// high + low − v arcsin(t) / t for z = t² ≤ ¼.
fn arc_from(v: f32, z: f32, high: f32, low: f32) -> f32 {
  let p = z * (0.1666675359f + z * (0.07495251298f + z * (0.04547625408f + z * (0.02415044233f + z * 0.04221559316f))));
  return high - (v + (v * p - low));
}

fn asin_f32(x: u32) -> u32 {
  let size = magnitude(x);
  let a = min(float(size), 1.0f);
  let half_distance = (1.0f - a) * 0.5f;
  let large = arc_from(2.0f * sqrt(half_distance), half_distance, 1.57079637f, -4.37113883e-8f);
  let small = arc_from(-a, a * a, 0.0f, 0.0f);
  let value = select(bits(large), select(bits(small), size, size < 0x33000000u), size <= 0x3f000000u);
  return select(value | (x & SIGN), NAN, size > 0x3f800000u);
}

fn acos_f32(x: u32) -> u32 {
  let size = magnitude(x);
  let a = min(float(size), 1.0f);
  let is_negative = (x & SIGN) != 0u;
  let half_distance = (1.0f - a) * 0.5f;
  let v = 2.0f * sqrt(half_distance);
  let large = arc_from(select(-v, v, is_negative), half_distance, select(0.0f, 3.14159274f, is_negative), select(0.0f, -8.74227766e-8f, is_negative));
  let small = arc_from(select(a, -a, is_negative), a * a, 1.57079637f, -4.37113883e-8f);
  let value = select(bits(large), bits(small), size <= 0x3f000000u);
  return select(select(value, 0u, x == 0x3f800000u), NAN, size > 0x3f800000u);
}

fn atan2_f32(y: u32, x: u32) -> u32 {
  let is_nan_result = is_nan(x) || is_nan(y);
  let height = magnitude(y);
  let width = magnitude(x);
  // 1 stands for both of two zeros or two infinities: those of zeros are told apart below.
  let both_infinite = height == INFINITY && width == INFINITY;
  let smaller = select(min(height, width), 0x3f800000u, both_infinite);
  let larger = select(max(height, width), 0x3f800000u, both_infinite || (height | width) == 0u);
  // An infinite side leaves an angle of 0 to it; large ones are scaled, so that their sum is finite.
  let factor = select(1.0f, 7.888609e-31f, larger > 0x7e800000u);
  let a = float(smaller) * factor;
  let b = select(float(larger) * factor, 1.0f, larger == INFINITY);
  let is_diagonal = a + a > b && larger != INFINITY;
  var t = quotient(select(a, a - b, is_diagonal), select(b, a + b, is_diagonal));
  // The smallest quotients may be subnormal, which GPUs flush.
  t = select(t, 0.0f, smaller == 0u || larger == INFINITY);
  let z = t * t;
  let p = z * (-0.3333332837f + z * (0.1999955624f + z * (-0.1427315027f + z * (0.1094883606f + z * (-0.08010810614f + z * 0.03906729445f)))));
  let is_steep = height > width;
  let is_left = (x & SIGN) != 0u;
  var k = select(0.0f, 1.0f, is_diagonal);
  k = select(k, 2.0f - k, is_steep);
  k = select(k, 4.0f - k, is_left);
  let signed = select(t, -t, is_steep != is_left);
  let value = k * 0.785398006f + (signed + (signed * p + k * 1.569582393e-7f));
  return select(bits(value) | (y & SIGN), NAN, is_nan_result);
}

fn atan_f32(x: u32) -> u32 {
  return select(atan2_f32(x, 0x3f800000u), x, magnitude(x) < 0x33000000u);
}
