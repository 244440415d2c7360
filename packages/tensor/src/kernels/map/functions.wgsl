// Elementary functions of float32 on the bits of elements, after arithmetic.wgsl. WGSL's own promise too little (exp 3 + 2|x| ulp, log 2⁻²¹ absolute near 1,
// sin and cos 2⁻¹¹ absolute up to π and nothing beyond, tanh 10⁻⁵). The methods are those of the cpu, see packages/tensor/assembly.

fn sqrt_f32(x: u32) -> u32 {
  let ordinary = x > 0u && x < INFINITY;
  return select(select(NAN, x, magnitude(x) == 0u || x == INFINITY), bits(sqrt(float(x))), ordinary);
}

fn rsqrt_f32(x: u32) -> u32 {
  let ordinary = x > 0u && x < INFINITY;
  let special = select(select(NAN, 0u, x == INFINITY), (x & SIGN) | INFINITY, magnitude(x) == 0u);
  return select(special, bits(inverseSqrt(float(x))), ordinary);
}

// a / b, better than the 2.5 ulp that WGSL promises.
fn quotient(a: f32, b: f32) -> f32 {
  let q = a / b;
  return q + fma(-q, b, a) / b;
}

const LN2_HIGH = 0.693359375f;
const LN2_LOW = -2.12194440e-4f;

// eʳ − 1 − r for |r| ≤ ln 2 / 2.
fn exp_tail(r: f32) -> f32 {
  return r * r * (0.5f + r * (0.1666653454f + r * (0.0416672416f + r * (0.008367434144f + r * 0.001386340708f))));
}

// 2ⁿ for n in [−126, 127].
fn power_of_two(n: i32) -> f32 {
  return bitcast<f32>((n + 127) << 23u);
}

// p · 2ⁿ for n in [−252, 254], in two steps of which only the second rounds.
fn scale(p: f32, n: i32) -> f32 {
  let half = n >> 1u;
  return p * power_of_two(half) * power_of_two(n - half);
}

// The remainder of x by n ln 2, explicitly fused so that no compiler joins the two parts of ln 2.
fn exp_remainder(x: f32, n: f32) -> f32 {
  return fma(-n, LN2_LOW, fma(-n, LN2_HIGH, x));
}

// factor · eˣ⁺ᵗ for a small t, x in [−120, 89]; only the last multiplication by a power of two may make it subnormal.
fn exp_times(x: f32, t: f32, factor: f32) -> f32 {
  let n = round(x * 1.44269504f);
  let r = exp_remainder(x, n) + t;
  return scale(factor * (1.0f + (r + exp_tail(r))), i32(n));
}

// eˣ⁺ᵗ for a small t, x in [−104, 89].
fn exp_finite(x: f32, t: f32) -> f32 {
  return exp_times(x, t, 1.0f);
}

// eˣ by the bits of x: infinite above 88.722839, the largest float's logarithm, and 0 below −104.
fn exp_f32(x: u32) -> u32 {
  var result = bits(exp_finite(clamp(float(x), -104.0f, 89.0f), 0.0f));
  result = select(result, INFINITY, key(x) > key(0x42b17217u));
  result = select(result, 0u, key(x) < key(0xc2d00000u));
  return select(result, NAN, is_nan(x));
}

fn exp2_f32(x: u32) -> u32 {
  let bounded = clamp(float(x), -160.0f, 129.0f);
  let n = round(bounded);
  let r = (bounded - n) * 0.693147181f;
  var result = bits(scale(1.0f + (r + exp_tail(r)), i32(n)));
  result = select(result, INFINITY, key(x) >= key(0x43000000u));
  result = select(result, 0u, key(x) < key(0xc3160000u));
  return select(result, NAN, is_nan(x));
}

fn expm1_f32(x: u32) -> u32 {
  let bounded = clamp(float(x), -20.0f, 89.0f);
  let n = round(bounded * 1.44269504f);
  let r = exp_remainder(bounded, n);
  // 2ⁿ ((1 − 2⁻ⁿ) + (eʳ − 1)), r first: for n = 0 nothing else may round it.
  let offset = 1.0f - power_of_two(-min(i32(n), 64));
  var result = bits(scale(offset + (r + exp_tail(r)), i32(n)));
  result = select(result, INFINITY, key(x) > key(0x42b17217u));
  // Tiny and zero x are their own results, with their sign.
  result = select(result, x, magnitude(x) < 0x33000000u);
  return select(result, NAN, is_nan(x));
}

// The upper 12 bits of a significand: products of two such numbers are exact.
fn upper_half(x: f32) -> f32 {
  return float(bits(x) & 0xfffff000u);
}

// k ln 2 + ln(1 + f) for √½ ≤ 1 + f < √2.
fn log_sum(k: f32, f: f32) -> f32 {
  let s = f / (2.0f + f);
  let z = s * s;
  let R = z * (0.66666662693f + z * (0.40000972152f + z * (0.28498786688f + z * 0.24279078841f)));
  let half_square = 0.5f * f * f;
  return k * 6.9313812256e-1f + ((s * (half_square + R) + k * 9.0580006145e-6f) - half_square + f);
}

// k and f in x = 2ᵏ (1 + f).
struct Significand {
  k: f32,
  f: f32,
}

fn significand(x: u32) -> Significand {
  // A subnormal is its bits times 2⁻¹⁴⁹; GPUs may read it as 0 in float arithmetic.
  let is_subnormal = magnitude(x) < 0x00800000u;
  let shifted = select(x, bits(f32(x)), is_subnormal) + (0x3f800000u - 0x3f3504f3u);
  let k = f32(i32(shifted >> 23u) - 127 - select(0, 149, is_subnormal));
  return Significand(k, float((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0f);
}

// (k ln 2 + ln(1 + f)) / ln b, where 1 / ln b is high + low and log 2 is log2_high + log2_low.
fn log_in_base(x: u32, high: f32, low: f32, log2_high: f32, log2_low: f32) -> u32 {
  let at = significand(x);
  let s = at.f / (2.0f + at.f);
  let z = s * s;
  let R = z * (0.66666662693f + z * (0.40000972152f + z * (0.28498786688f + z * 0.24279078841f)));
  let half_square = 0.5f * at.f * at.f;
  let leading = upper_half(at.f - half_square);
  let rest = (at.f - leading) - half_square + s * (half_square + R);
  let tail = rest * high + ((rest + leading) * low + at.k * log2_low);
  return log_special(x, at.k * log2_high + (leading * high + tail));
}

fn log2_f32(x: u32) -> u32 { return log_in_base(x, 1.4428710938f, -1.7605285393e-4f, 1.0f, 0.0f); }
fn log10_f32(x: u32) -> u32 { return log_in_base(x, 4.3432617188e-1f, -3.1689971365e-5f, 3.0102920532e-1f, 7.9034151668e-7f); }

// `result` where 0 < x < ∞, otherwise the logarithm's special values.
fn log_special(x: u32, result: f32) -> u32 {
  let special = select(select(NAN, INFINITY, x == INFINITY), SIGN | INFINITY, magnitude(x) == 0u);
  return select(special, bits(result), x > 0u && x < INFINITY);
}

fn log_f32(x: u32) -> u32 {
  let at = significand(x);
  return log_special(x, log_sum(at.k, at.f));
}

fn log1p_f32(x: u32) -> u32 {
  // Near 0, 1 + x is not rounded at all; elsewhere rounding it costs half an ulp.
  let is_near = float(x) > -0.29f && float(x) < 0.41f && !is_nan(x);
  let far = log_f32(bits(1.0f + float(x)));
  return select(far, select(bits(log_sum(0.0f, float(x))), x, magnitude(x) < 0x33000000u), is_near);
}

fn sigmoid_f32(x: u32) -> u32 {
  let e = float(exp_f32(x | SIGN));
  let numerator = select(1.0f, e, (x & SIGN) != 0u);
  return select(bits(numerator / (1.0f + e)), NAN, is_nan(x));
}

fn tanh_f32(x: u32) -> u32 {
  let size = float(magnitude(x));
  let z = size * size;
  let p = -0.3333328068f + z * (0.133314088f + z * (-0.0537369512f + z * (0.02063006908f + z * -0.005694860592f)));
  let small = size + size * z * p;
  // tanh(10) rounds to 1.
  let large = 1.0f - 2.0f / (exp_finite(2.0f * min(size, 10.0f), 0.0f) + 1.0f);
  let result = select(bits(large), bits(small), magnitude(x) < 0x3f200000u) | (x & SIGN);
  return select(result, NAN, is_nan(x));
}

// The binary digits of 2/π after 32 zeros.
const TWO_OVER_PI = array<u32, 8>(
  0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu,
);

// The 64-bit product, low word first.
fn wide_product(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let cross = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let cross2 = (a & 0xffffu) * (b >> 16u) + (cross & 0xffffu);
  return vec2u(a * b, (a >> 16u) * (b >> 16u) + (cross >> 16u) + (cross2 >> 16u));
}

// |x| / (π/2) modulo 4 in units of 2⁻⁶², low word first, for |x| ≥ 0.7 (Payne and Hanek's reduction, in integers).
fn quarter_turns(x: u32) -> vec2u {
  let significand = (x & 0x007fffffu) | 0x00800000u;
  let first_digit = ((x >> 23u) & 0xffu) - 150u - 2u + 32u;
  let word = first_digit >> 5u;
  let shift = first_digit & 31u;
  var table = TWO_OVER_PI;
  var digits: array<u32, 3>;
  for (var i = 0u; i < 3u; i++) {
    digits[i] = (table[word + i] << shift) | ((table[word + i + 1u] >> 1u) >> (31u - shift));
  }
  let middle = wide_product(significand, digits[1]);
  let low = middle.x + wide_product(significand, digits[2]).y;
  return vec2u(low, significand * digits[0] + middle.y + select(0u, 1u, low < middle.x));
}

// x less a multiple of π/2, and that multiple modulo 4; of |x|.
struct Reduced {
  y: f32,
  quadrant: u32,
}

fn reduced(x: u32) -> Reduced {
  if (magnitude(x) <= 0x3f490fdau) {
    return Reduced(float(magnitude(x)), 0u);
  }
  let position = quarter_turns(x);
  // The fraction to the nearest quarter turn in units of 2⁻⁶⁴: its magnitude, normalised.
  var fraction = vec2u(position.x << 2u, (position.y << 2u) | (position.x >> 30u));
  let is_negative = (fraction.y & SIGN) != 0u;
  if (is_negative) {
    fraction = ~fraction;
  }
  var exponent = 32;
  if (fraction.y == 0u) {
    fraction = vec2u(0u, fraction.x);
    exponent += 32;
  }
  let zeros = countLeadingZeros(fraction.y);
  fraction.y = (fraction.y << zeros) | ((fraction.x >> 1u) >> (31u - zeros));
  exponent += i32(zeros);
  let leading = f32(fraction.y >> 8u) * 256.0f;
  let trailing = f32(fraction.y & 0xffu);
  let size = leading * 1.57079637f + (trailing * 1.57079637f - leading * 4.37113883e-8f);
  return Reduced(select(size, -size, is_negative) * power_of_two(-exponent), ((position.y >> 29u) + 1u) >> 1u);
}

fn sine_of_remainder(y: f32) -> f32 {
  let z = y * y;
  return y + y * z * (-1.6666654611e-1f + z * (8.3321608736e-3f + z * -1.9515295891e-4f));
}

fn cosine_of_remainder(y: f32) -> f32 {
  let z = y * y;
  return 1.0f - (0.5f * z - z * z * (4.166664568298827e-2f + z * (-1.388731625493765e-3f + z * 2.443315711809948e-5f)));
}

// sin(x + turns · π/2), turns 0 or 1.
fn sine(x: u32, turns: u32) -> u32 {
  let at = reduced(x);
  let quadrant = at.quadrant + turns;
  let value = select(sine_of_remainder(at.y), cosine_of_remainder(at.y), (quadrant & 1u) != 0u);
  let odd = select(0u, x & SIGN, turns == 0u);
  return select(bits(value) ^ ((quadrant & 2u) << 30u) ^ odd, NAN, magnitude(x) >= INFINITY);
}

fn sin_f32(x: u32) -> u32 { return sine(x, 0u); }
fn cos_f32(x: u32) -> u32 { return sine(x, 1u); }

fn tan_f32(x: u32) -> u32 {
  let at = reduced(x);
  let sine = sine_of_remainder(at.y);
  let cosine = cosine_of_remainder(at.y);
  let is_odd = (at.quadrant & 1u) != 0u;
  let value = quotient(select(sine, -cosine, is_odd), select(cosine, sine, is_odd));
  return select(bits(value) ^ (x & SIGN), NAN, magnitude(x) >= INFINITY);
}

// |x|ʸ for finite nonzero x, through ln |x| and its product with y in two floats each.
fn power_finite(x: u32, y: f32) -> u32 {
  let at = significand(x);
  let k = at.k;
  let f = at.f;
  // m = 1 + f, s = (m − 1) / (m + 1) as s_high + s_low; ln m = 2 (s + s³/3 + s⁵/5 + …).
  let d = 2.0f + f;
  let d_high = upper_half(d);
  let d_low = f - (d_high - 2.0f);
  let s = f / d;
  let s_high = upper_half(s);
  let s_low = ((f - s_high * d_high) - s_high * d_low) / d;
  let z = s * s;
  let cubic = 2.0f * s * z * (0.333333333f + z * (0.2f + z * (0.142857143f + z * (0.111111111f + z * 0.0909090909f))));
  let k_high = k * 0.693145752f;
  let sum = k_high + 2.0f * s_high;
  let sum_low = ((k_high - sum) + 2.0f * s_high) + (k * 1.42860677e-6f + (2.0f * s_low + cubic));
  let high = upper_half(sum + sum_low);
  let low = sum_low - (high - sum);
  let y_high = upper_half(y);
  let product = y_high * high;
  let product_low = (y - y_high) * high + y * low;
  let exponent = product + product_low;
  var result = bits(exp_finite(clamp(product, -104.0f, 89.0f), product_low));
  result = select(result, INFINITY, key(bits(exponent)) > key(0x42b17218u));
  return select(result, 0u, key(bits(exponent)) < key(0xc2d00000u));
}

fn power_f32(x: u32, y: u32) -> u32 {
  let size = magnitude(x);
  let y_size = magnitude(y);
  let y_negative = (y & SIGN) != 0u;
  // Beyond 2²⁴ floats are even integers; y beyond 2³¹ gives 0, 1 or ∞ as 2³¹ does, and its halves do not overflow.
  let y_value = float(select(y, (y & SIGN) | 0x4f000000u, y_size > 0x4f000000u));
  let is_integer = y_size >= 0x4b800000u || floor(y_value) == y_value;
  let is_odd = is_integer && y_size < 0x4b800000u && (i32(y_value) & 1) != 0;
  var result = power_finite(select(size, 0x3f800000u, size == 0u || size >= INFINITY), y_value);
  result = select(result, select(0u, INFINITY, y_negative), size == 0u);
  result = select(result, select(INFINITY, 0u, y_negative), size == INFINITY);
  result |= select(0u, x & SIGN, is_odd);
  let is_finite_negative = (x & SIGN) != 0u && size > 0u && size < INFINITY;
  let invalid = is_nan(x) || is_nan(y) || (is_finite_negative && !is_integer);
  result = select(result, NAN, invalid);
  let is_one = y_size == 0u || x == 0x3f800000u || (size == 0x3f800000u && y_size == INFINITY);
  return select(result, 0x3f800000u, is_one);
}
