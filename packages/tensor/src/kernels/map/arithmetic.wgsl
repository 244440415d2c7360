// Operations on the bits of elements: each takes and returns u32, whatever the dtype. Special float32 values are told apart as integers, since a WGSL
// compiler may assume that floats are finite. bool is 0 or 1.

const SIGN = 0x80000000u;
const INFINITY = 0x7f800000u;
const NAN = 0x7fc00000u;

fn float(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}

fn bits(x: f32) -> u32 {
  return bitcast<u32>(x);
}

fn magnitude(bits: u32) -> u32 {
  return bits & ~SIGN;
}

fn is_nan(bits: u32) -> bool {
  return magnitude(bits) > INFINITY;
}

// Integers in the order of the floats; both zeros are 0.
fn key(bits: u32) -> i32 {
  let signed = bitcast<i32>(bits);
  return select(signed, bitcast<i32>(SIGN) - signed, signed < 0);
}

fn truth(condition: bool) -> u32 {
  return select(0u, 1u, condition);
}

fn neg_f32(x: u32) -> u32 { return x ^ SIGN; }
fn abs_f32(x: u32) -> u32 { return magnitude(x); }
fn sign_f32(x: u32) -> u32 { return select((x & SIGN) | 0x3f800000u, x, magnitude(x) == 0u || is_nan(x)); }

// From 2²³ on floats are integers (or infinite, or NaN).
fn is_fractional(x: u32) -> bool { return magnitude(x) < 0x4b000000u; }
fn floor_f32(x: u32) -> u32 { return select(x, bits(floor(float(x))), is_fractional(x)); }
fn ceil_f32(x: u32) -> u32 { return select(x, bits(ceil(float(x))), is_fractional(x)); }
fn round_f32(x: u32) -> u32 { return select(x, bits(round(float(x))), is_fractional(x)); }

fn square_f32(x: u32) -> u32 { return bits(float(x) * float(x)); }
fn reciprocal_f32(x: u32) -> u32 { return divide_f32(0x3f800000u, x); }
fn isNaN_f32(x: u32) -> u32 { return truth(is_nan(x)); }

fn add_f32(a: u32, b: u32) -> u32 { return bits(float(a) + float(b)); }
fn subtract_f32(a: u32, b: u32) -> u32 { return bits(float(a) - float(b)); }
fn multiply_f32(a: u32, b: u32) -> u32 { return bits(float(a) * float(b)); }

fn divide_f32(a: u32, b: u32) -> u32 {
  let sign = (a ^ b) & SIGN;
  let top = magnitude(a);
  let bottom = magnitude(b);
  var result = bits(float(a) / float(b));
  result = select(result, sign, bottom == INFINITY || top == 0u);
  result = select(result, sign | INFINITY, bottom == 0u || top == INFINITY);
  let invalid = is_nan(a) || is_nan(b) || (top == bottom && (top == 0u || top == INFINITY));
  return select(result, NAN, invalid);
}

fn minimum_f32(a: u32, b: u32) -> u32 {
  return select(select(b, a, key(a) < key(b)), NAN, is_nan(a) || is_nan(b));
}

fn maximum_f32(a: u32, b: u32) -> u32 {
  return select(select(b, a, key(a) > key(b)), NAN, is_nan(a) || is_nan(b));
}

fn clamp_f32(x: u32, lower: u32, upper: u32) -> u32 { return minimum_f32(maximum_f32(x, lower), upper); }

fn equal_f32(a: u32, b: u32) -> u32 { return truth(key(a) == key(b) && !is_nan(a) && !is_nan(b)); }
fn notEqual_f32(a: u32, b: u32) -> u32 { return 1u - equal_f32(a, b); }
fn less_f32(a: u32, b: u32) -> u32 { return truth(key(a) < key(b) && !is_nan(a) && !is_nan(b)); }
fn lessEqual_f32(a: u32, b: u32) -> u32 { return truth(key(a) <= key(b) && !is_nan(a) && !is_nan(b)); }
fn greater_f32(a: u32, b: u32) -> u32 { return less_f32(b, a); }
fn greaterEqual_f32(a: u32, b: u32) -> u32 { return lessEqual_f32(b, a); }

fn integer(bits: u32) -> i32 {
  return bitcast<i32>(bits);
}

fn neg_i32(x: u32) -> u32 { return 0u - x; }
fn abs_i32(x: u32) -> u32 { return select(x, 0u - x, integer(x) < 0); }
fn sign_i32(x: u32) -> u32 { return bitcast<u32>(sign(integer(x))); }

// Towards zero, with 0 for a divisor of 0. The absolute values are right for −2³¹ too.
fn divide_i32(a: u32, b: u32) -> u32 {
  let quotient = divide_u32(abs_i32(a), abs_i32(b));
  return select(quotient, 0u - quotient, ((a ^ b) & SIGN) != 0u);
}

fn minimum_i32(a: u32, b: u32) -> u32 { return bitcast<u32>(min(integer(a), integer(b))); }
fn maximum_i32(a: u32, b: u32) -> u32 { return bitcast<u32>(max(integer(a), integer(b))); }
fn clamp_i32(x: u32, lower: u32, upper: u32) -> u32 { return minimum_i32(maximum_i32(x, lower), upper); }
fn less_i32(a: u32, b: u32) -> u32 { return truth(integer(a) < integer(b)); }
fn lessEqual_i32(a: u32, b: u32) -> u32 { return truth(integer(a) <= integer(b)); }
fn greater_i32(a: u32, b: u32) -> u32 { return truth(integer(a) > integer(b)); }
fn greaterEqual_i32(a: u32, b: u32) -> u32 { return truth(integer(a) >= integer(b)); }

fn square_u32(x: u32) -> u32 { return x * x; }
fn add_u32(a: u32, b: u32) -> u32 { return a + b; }
fn subtract_u32(a: u32, b: u32) -> u32 { return a - b; }
fn multiply_u32(a: u32, b: u32) -> u32 { return a * b; }
fn divide_u32(a: u32, b: u32) -> u32 { return select(a / max(b, 1u), 0u, b == 0u); }
fn minimum_u32(a: u32, b: u32) -> u32 { return min(a, b); }
fn maximum_u32(a: u32, b: u32) -> u32 { return max(a, b); }
fn clamp_u32(x: u32, lower: u32, upper: u32) -> u32 { return min(max(x, lower), upper); }
fn equal_u32(a: u32, b: u32) -> u32 { return truth(a == b); }
fn notEqual_u32(a: u32, b: u32) -> u32 { return truth(a != b); }
fn less_u32(a: u32, b: u32) -> u32 { return truth(a < b); }
fn lessEqual_u32(a: u32, b: u32) -> u32 { return truth(a <= b); }
fn greater_u32(a: u32, b: u32) -> u32 { return truth(a > b); }
fn greaterEqual_u32(a: u32, b: u32) -> u32 { return truth(a >= b); }

fn logicalNot_u32(x: u32) -> u32 { return truth(x == 0u); }
fn logicalAnd_u32(a: u32, b: u32) -> u32 { return truth(a != 0u && b != 0u); }
fn logicalOr_u32(a: u32, b: u32) -> u32 { return truth((a | b) != 0u); }
fn logicalXor_u32(a: u32, b: u32) -> u32 { return truth(a != b); }
fn where_u32(condition: u32, a: u32, b: u32) -> u32 { return select(b, a, condition != 0u); }
