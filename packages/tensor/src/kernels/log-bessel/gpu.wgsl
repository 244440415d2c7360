// Logarithms and ratios of modified Bessel functions. FUNCTION, TERMS and, where results are pairs of floats, IS_PAIR are constants that webgpu.ts adds, with the binding `table`:
// pairs of floats with the coefficients of the uniform expansion, those of its slope, those of 1 / Γ(1 + z), 2⁻⁶⁴ (cosh t − 1) at the nodes of the trapezoid rule,
// and the constants of double-single.wgsl.

const LOG_I = 0u;
const LOG_K = 1u;
const RATIO_I = 2u;
const RATIO_K = 3u;

const SLOPES = 104u;
const GAMMA = 208u;
const GAMMA_TERMS = 22;
const NODES = 230u;
const MOST_NODES = 800u;

// 2⁶⁴, by which nodes are scaled: cosh overflows where x cosh t does not.
const NODE_SCALE = 18446744073709551616.0f;

fn is_of_i() -> bool { return FUNCTION == LOG_I || FUNCTION == RATIO_I; }

const LARGEST = 3.4e38f;

// Whether the uniform expansion holds: with 9 terms to 10⁻⁸, with 13 to 10⁻¹⁴.
fn is_uniform(v: f32, x: f32) -> bool {
  if (IS_PAIR) { return v > 12.6964f || x > 30.0f; }
  return max(v, x) > 12.0f || v * v + x * x > 144.0f;
}

// Σ Qₖ(t) sᵏ for k from 1 to TERMS, or of Vₖ, whose coefficients start at SLOPES.
fn short_sum(offset: u32, t: f32, s: f32) -> f32 {
  var sum = 0.0f;
  for (var k = TERMS; k >= 1u; k--) {
    let start = offset + (k - 1u) * (k + 2u) / 2u;
    var q = 0.0f;
    for (var j = k + 1u; j > 0u; j--) { q = q * t + table[start + j - 1u].x; }
    sum = (sum + q) * s;
  }
  return sum;
}

// The same of Qₖ, whose coefficients cancel: near t = 1 each by more digits than a float has.
fn long_sum(t: vec2f, s: vec2f) -> vec2f {
  var sum = vec2f(0.0f);
  for (var k = TERMS; k >= 1u; k--) {
    let start = (k - 1u) * (k + 2u) / 2u;
    var q = vec2f(0.0f);
    for (var j = k + 1u; j > 0u; j--) { q = plus(times(q, t), table[start + j - 1u]); }
    sum = times(plus(sum, q), s);
  }
  return sum;
}

// Debye's expansion, in w = √(v² + x²): ±(w − v asinh(v / x)) − ½ log(2π w) or ½ log(π / (2w)), and the sum. Arguments are scaled by a power of two where their squares would overflow.
fn uniform_expansion(v: vec2f, x: vec2f) -> vec2f {
  let scale = select(1.0f, 1.35525272e-20f, max(v.x, x.x) > 1.0e12f);
  let a = v * scale;
  let b = x * scale;
  let w = root(plus(times(a, a), times(b, b)));
  let far = plus(a, w);
  let s = select(-scale, scale, is_of_i()) / w.x;
  let t = a.x / w.x * (a.x / w.x);
  if (FUNCTION == RATIO_I || FUNCTION == RATIO_K) {
    let correction = scale / w.x * (0.5f + short_sum(SLOPES, t, s) / (1.0f + short_sum(0u, t, s)));
    let small = b.x / w.x * correction;
    if (FUNCTION == RATIO_I) { return vec2f(b.x / far.x - small, 0.0f); }
    return vec2f(far.x / b.x + small, 0.0f);
  }
  // x itself, which scaling may have flushed to 0.
  let log_ratio = plus(log_of_quotient(far, x), times_ln2(select(0.0f, 66.0f, scale != 1.0f)));
  let scaled_main = minus(w, times(a, log_ratio));
  // Beyond the largest float: infinite, by its bits, and nothing else counts.
  if (abs(scaled_main.x) / LARGEST >= scale) {
    return vec2f(float(((bits(scaled_main.x) & SIGN) ^ select(SIGN, 0u, FUNCTION == LOG_I)) | INFINITY), 0.0f);
  }
  let main = scaled_main / scale;
  if (IS_PAIR) {
    let ratio = over(a, w);
    let sum = plus(table[ONE], long_sum(times(ratio, ratio), over(select(-scale, scale, is_of_i()) * table[ONE], w)));
    let square = times(sum, sum) * scale;
    if (FUNCTION == LOG_I) { return minus(main, 0.5f * log_of_quotient(times(table[TWO_PI], w), square)); }
    return minus(0.5f * log_of_quotient(times(0.25f * table[TWO_PI], square), w), main);
  }
  let sum = 1.0f + short_sum(0u, t, s);
  // ½ log of w, not of what it is scaled to.
  let shift = select(0.0f, 22.8738571f, scale != 1.0f);
  if (FUNCTION == LOG_I) { return plus(main, vec2f(-0.5f * log_of(6.28318531f * w.x / (sum * sum)) - shift, 0.0f)); }
  return plus(-main, vec2f(0.5f * log_of(1.57079633f * sum * sum / w.x) - shift, 0.0f));
}

fn log_of(x: f32) -> f32 {
  return float(log_f32(bits(x)));
}

// Γ(1 + z) as a quotient, from the nearest integer: its numerator and the denominator 1 / Γ(1 + f).
struct Quotient {
  numerator: vec2f,
  denominator: vec2f,
}

fn gamma_of_one_plus(z: vec2f) -> Quotient {
  let n = round(z.x);
  let f = plus(z, vec2f(-n, 0.0f));
  var sum = vec2f(0.0f);
  for (var k = GAMMA_TERMS - 1; k >= 0; k--) { sum = plus(times(sum, f), table[GAMMA + u32(k)]); }
  var product = table[ONE];
  for (var j = 1.0f; j <= n; j += 1.0f) { product = times(product, plus(f, vec2f(j, 0.0f))); }
  return Quotient(product, sum);
}

// The power series of I.
fn series(v: vec2f, x: vec2f) -> vec2f {
  let quarter = times(x, x) * 0.25f;
  var term = table[ONE];
  var sum = table[ONE];
  var weighted = vec2f(0.0f);
  let least = select(1.0e-9f, 1.0e-15f, IS_PAIR);
  for (var k = 1.0f; k < 100.0f; k += 1.0f) {
    term = over(times(term, quarter), times(plus(v, vec2f(k, 0.0f)), vec2f(k, 0.0f)));
    sum = plus(sum, term);
    if (FUNCTION == RATIO_I) { weighted = plus(weighted, times(term, vec2f(k, 0.0f))); }
    if (term.x < least * sum.x) { break; }
  }
  // Below, squares underflow.
  if (FUNCTION == RATIO_I) { return select(over(2.0f * weighted, times(x, sum)), vec2f(0.5f * x.x / (v.x + 1.0f), 0.0f), x.x < 1.0e-15f); }
  let gamma = gamma_of_one_plus(v);
  let leading = times(v, log_of_quotient(x, table[TWO]));
  return plus(leading, log_of_quotient(times(sum, gamma.denominator), gamma.numerator));
}

// The trapezoid rule on K_v(x) = ∫ exp(−x cosh t) cosh(v t) dt, relative to the integrand's peak.
fn trapezoid(v: vec2f, x: vec2f) -> vec2f {
  let w = root(plus(times(v, v), times(x, x)));
  let peak = log_of_quotient(plus(v, w), x);
  let along_peak = times(v, peak);
  let log_peak = minus(along_peak, over(times(v, v), plus(w, x)));
  let scaled_x = x * NODE_SCALE;
  var sum = vec2f(0.0f);
  var weighted = 0.0f;
  for (var node = 0u; node < MOST_NODES; node++) {
    let t = 0.125f * f32(node);
    let height = table[NODES + node];
    let base = -plus(times(scaled_x, height), log_peak);
    let along = times(v, vec2f(t, 0.0f));
    let rising = plus(base, along);
    var value = exp_clamped(rising);
    value = plus(value, exp_clamped(minus(base, along)));
    if (node == 0u) { value *= 0.5f; }
    sum = plus(sum, value);
    weighted += value.x * height.x;
    if (t > peak.x && rising.x < -40.0f) { break; }
  }
  if (FUNCTION == RATIO_K) { return vec2f(v.x / x.x + (1.0f + weighted / sum.x * NODE_SCALE), 0.0f); }
  if (IS_PAIR) { return plus(minus(along_peak, w), log_of_quotient(sum, table[SIXTEEN])); }
  return plus(minus(along_peak, w), vec2f(log_of(sum.x * 0.0625f), 0.0f));
}

fn exp_clamped(a: vec2f) -> vec2f {
  if (a.x < -70.0f) { return vec2f(0.0f); }
  if (IS_PAIR) { return exp_of(a); }
  return vec2f(exp_finite(a.x, a.y), 0.0f);
}

// The value at positive finite numbers, v ≥ 0.
fn evaluate(v: vec2f, x: vec2f) -> vec2f {
  if (is_uniform(v.x, x.x)) { return uniform_expansion(v, x); }
  if (is_of_i()) { return series(v, x); }
  return trapezoid(v, x);
}

// The order's bits: K is even in it, I where it is an integer.
fn canonical_order(v: u32) -> u32 {
  if (FUNCTION == LOG_K) { return magnitude(v); }
  let is_integer = magnitude(v) >= 0x4b000000u || floor(float(v)) == float(v);
  return select(v, magnitude(v), FUNCTION == LOG_I && is_integer && magnitude(v) < INFINITY);
}

// By the bits of both; subnormal numbers count as 0.
fn is_special(v: u32, x: u32) -> bool {
  let is_ordinary = magnitude(v) < INFINITY && magnitude(x) < INFINITY && x >= 0x00800000u && x < INFINITY;
  return !is_ordinary || (magnitude(v) >= 0x00800000u && v != magnitude(v));
}

// The bits of the value at what `is_special`.
fn special(v: u32, x: u32) -> u32 {
  let v_size = select(magnitude(v), 0u, magnitude(v) < 0x00800000u);
  let x_size = select(magnitude(x), 0u, magnitude(x) < 0x00800000u);
  let is_negative = (v_size != 0u && v != v_size) || (x_size != 0u && x != x_size);
  if (is_nan(v) || is_nan(x) || is_negative) { return NAN; }
  if (v_size == INFINITY && x_size == INFINITY) { return NAN; }
  if (FUNCTION == RATIO_I) { return select(0u, 0x3f800000u, x_size == INFINITY); }
  if (FUNCTION == RATIO_K) { return select(INFINITY, 0x3f800000u, x_size == INFINITY); }
  // log K is −∞ for infinite x, else ∞; log I the opposite, but for I_0(0) = 1.
  let is_positive = (x_size == INFINITY) == (FUNCTION == LOG_I);
  return select(select(SIGN | INFINITY, INFINITY, is_positive), 0u, FUNCTION == LOG_I && v_size == 0u && x_size == 0u);
}
