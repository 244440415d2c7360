// Numbers of 48 bits as unevaluated sums of two floats, the larger first (Dekker, 1971; Knuth's and Dekker's error-free sums and products). They need a compiler that keeps the order of
// operations; `keeps_order` finds out whether this one does. Constants come from memory, because compilers that keep it otherwise still take (1 + b) − 1 for b.

// Places of constants in `table`, see webgpu.ts: 1, ½, 1/3!, … 1/7!; ⅓, ⅕, 1/7; ln 2 in three parts, of which products of the first with integers of 8 bits are exact; 2π; 2; 16.
const CONSTANTS = 1030u;
const ONE = CONSTANTS;
const RECIPROCAL_FACTORIALS = CONSTANTS;
const THIRD = CONSTANTS + 7u;
const FIFTH = CONSTANTS + 8u;
const SEVENTH = CONSTANTS + 9u;
const LN2_PARTS = CONSTANTS + 10u;
const TWO_PI = CONSTANTS + 12u;
const TWO = CONSTANTS + 13u;
const SIXTEEN = CONSTANTS + 14u;

fn ordered_sum(a: f32, b: f32) -> vec2f {
  let sum = a + b;
  return vec2f(sum, b - (sum - a));
}

fn exact_sum(a: f32, b: f32) -> vec2f {
  let sum = a + b;
  let part = sum - a;
  return vec2f(sum, (a - (sum - part)) + (b - part));
}

// The halves by their bits rather than by a multiplication, which overflows, and which a compiler may simplify.
fn exact_product(a: f32, b: f32) -> vec2f {
  let a_high = upper_half(a);
  let b_high = upper_half(b);
  let a_low = a - a_high;
  let b_low = b - b_high;
  let product = a * b;
  return vec2f(product, a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low));
}

// `one` and `tiny` are 1 and 2⁻³⁰, from memory so that nothing is computed beforehand.
fn keeps_order(one: f32, tiny: f32) -> bool {
  let sum = exact_sum(one, tiny);
  let product = exact_product(one + 4096.0f * tiny * 1024.0f, one + 4096.0f * tiny * 1024.0f);
  return bits(sum.y) == bits(tiny) && product.x + product.y >= one && bits(ordered_sum(one, tiny).y) == bits(tiny);
}

fn plus(a: vec2f, b: vec2f) -> vec2f {
  let high = exact_sum(a.x, b.x);
  let low = exact_sum(a.y, b.y);
  let sum = ordered_sum(high.x, high.y + low.x);
  return ordered_sum(sum.x, sum.y + low.y);
}

fn minus(a: vec2f, b: vec2f) -> vec2f {
  return plus(a, -b);
}

fn times(a: vec2f, b: vec2f) -> vec2f {
  let product = exact_product(a.x, b.x);
  return ordered_sum(product.x, product.y + (a.x * b.y + a.y * b.x));
}

fn over(a: vec2f, b: vec2f) -> vec2f {
  let first = a.x / b.x;
  let rest = minus(a, times(b, vec2f(first, 0.0f)));
  let second = rest.x / b.x;
  let last = minus(rest, times(b, vec2f(second, 0.0f)));
  return plus(ordered_sum(first, second), vec2f(last.x / b.x, 0.0f));
}

fn root(a: vec2f) -> vec2f {
  let first = sqrt(a.x);
  let rest = minus(a, exact_product(first, first));
  let better = ordered_sum(first, rest.x / (2.0f * first));
  let last = minus(a, times(better, better));
  return plus(better, vec2f(last.x / (2.0f * first), 0.0f));
}

fn times_ln2(k: f32) -> vec2f {
  let leading = table[LN2_PARTS];
  return plus(vec2f(k * leading.x, 0.0f), plus(exact_product(k, leading.y), vec2f(k * table[LN2_PARTS + 1u].x, 0.0f)));
}

// A positive number as significand in [½, 1) · 2 and exponent.
struct Scaled {
  value: vec2f,
  exponent: i32,
}

fn scaled(a: vec2f) -> Scaled {
  let exponent = i32((bits(a.x) >> 23u) & 0xffu) - 127;
  // In two steps, each by a power of two that exists.
  let half = -exponent / 2;
  return Scaled(a * power_of_two(half) * power_of_two(-exponent - half), exponent);
}

// ln(a / b) for positive normal a and b, also where the quotient overflows: k ln 2 + 2 artanh(s), s = (a − b) / (a + b) of significands with |s| ≤ 0.172.
fn log_of_quotient(a: vec2f, b: vec2f) -> vec2f {
  let top = scaled(a);
  let bottom = scaled(b);
  var k = top.exponent - bottom.exponent;
  var numerator = top.value;
  var denominator = bottom.value;
  if (numerator.x > 1.41421356f * denominator.x) {
    numerator *= 0.5f;
    k += 1;
  } else if (denominator.x > 1.41421356f * numerator.x) {
    denominator *= 0.5f;
    k -= 1;
  }
  let s = over(minus(numerator, denominator), plus(numerator, denominator));
  let z = times(s, s);
  // z⁴ is below 10⁻⁶: from there on one float is enough.
  let tail = 0.111111111f + z.x * (0.0909090909f + z.x * (0.0769230769f + z.x * (0.0666666667f + z.x * 0.0588235294f)));
  var sum = plus(table[SEVENTH], z * tail);
  sum = plus(table[FIFTH], times(z, sum));
  sum = plus(table[THIRD], times(z, sum));
  return plus(times_ln2(f32(k)), 2.0f * plus(s, times(s, times(z, sum))));
}

// eᵃ for a in [−80, 80].
fn exp_of(a: vec2f) -> vec2f {
  let n = round(a.x * 1.44269504f);
  let r = minus(a, times_ln2(n));
  let tail = 2.48015876e-5f + r.x * (2.75573188e-6f + r.x * (2.75573200e-7f + r.x * (2.50521079e-8f + r.x * 2.08767559e-9f)));
  var sum = plus(table[RECIPROCAL_FACTORIALS + 6u], r * tail);
  for (var k = 6u; k > 0u; k--) { sum = plus(table[RECIPROCAL_FACTORIALS + k - 1u], times(r, sum)); }
  sum = plus(table[ONE], times(r, sum));
  return sum * power_of_two(i32(n));
}
