// Elements are u32 by their bits; floats are told apart as integers, since a WGSL compiler may assume that they are finite.

const FLOAT = 0u;
const SIGNED = 1u;
const UNSIGNED = 2u;
const BOOL = 3u;

// Two of the numbers above, see `KINDS` of webgpu.ts.
override source: u32;
override destination: u32;

struct Parameters {
  size: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

const SIGN = 0x80000000u;
const INFINITY = 0x7f800000u;
// 2³¹ and 2³² as floats.
const TWO_TO_31 = 0x4f000000u;
const TWO_TO_32 = 0x4f800000u;

// Towards zero, to the nearest end of the range beyond it, 0 for NaN.
fn signed_of(bits: u32) -> u32 {
  let magnitude = bits & ~SIGN;
  let saturated = select(0x7fffffffu, SIGN, (bits & SIGN) != 0u);
  let inside = magnitude < TWO_TO_31;
  let value = bitcast<u32>(i32(bitcast<f32>(select(0u, bits, inside))));
  return select(select(saturated, value, inside), 0u, magnitude > INFINITY);
}

fn unsigned_of(bits: u32) -> u32 {
  let inside = bits < TWO_TO_32;
  let value = u32(bitcast<f32>(select(0u, bits, inside)));
  let isNegativeOrNaN = bits > INFINITY;
  return select(select(0xffffffffu, value, inside), 0u, isNegativeOrNaN);
}

fn float_of(bits: u32) -> u32 {
  let value = select(f32(bits), f32(bitcast<i32>(bits)), source == SIGNED);
  return bitcast<u32>(value);
}

fn convert(bits: u32) -> u32 {
  if (source == destination) {
    return bits;
  }
  if (destination == BOOL) {
    let zero = select(bits, bits & ~SIGN, source == FLOAT) == 0u;
    return select(1u, 0u, zero);
  }
  if (source == FLOAT) {
    return select(unsigned_of(bits), signed_of(bits), destination == SIGNED);
  }
  return select(bits, float_of(bits), destination == FLOAT);
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let position = id.x + id.y * groups.x * 256u;
  if (position < parameters.size) {
    y[position] = convert(x[position]);
  }
}
