// Stands behind program.wgsl, which has the function of the fraction. Elements are u32 by their bits, since a WGSL compiler may assume that floats are finite.

struct Parameters {
  size: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

const SIGN = 0x80000000u;
const INFINITY = 0x7f800000u;
const NOT_A_NUMBER = 0x7fc00000u;
// 252 as a float: beyond it, results are 0 or infinite.
const HIGHEST = 0x437c0000u;

fn power_of_two(n: i32) -> f32 {
  return bitcast<f32>(u32(n + 127) << 23u);
}

fn exp2_of(bits: u32) -> u32 {
  let magnitude = bits & ~SIGN;
  if (magnitude > INFINITY) {
    return NOT_A_NUMBER;
  }
  if (magnitude >= HIGHEST) {
    return select(INFINITY, 0u, (bits & SIGN) != 0u);
  }
  let value = bitcast<f32>(bits);
  let whole = floor(value);
  let n = i32(whole);
  // From 2^128 on, nothing is finite.
  if (n >= 128) {
    return INFINITY;
  }
  let half = n >> 1u;
  return bitcast<u32>(exp2OfFraction(value - whole) * power_of_two(half) * power_of_two(n - half));
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let position = id.x + id.y * groups.x * 256u;
  if (position < parameters.size) {
    y[position] = exp2_of(x[position]);
  }
}
