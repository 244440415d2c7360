// Reduces the middle axis of [outer, reduced, inner] to [outer, parts, inner]; part p covers the rows [p * part, (p + 1) * part).
// A workgroup makes `outputs` neighbouring results, with 256 / outputs invocations for each, whose accumulators are then combined as a tree.

// One of the numbers in `OPERATIONS` of webgpu.ts.
override operation: u32;

const SUM_FLOAT = 0u;
const SUM_INTEGER = 1u;
const PRODUCT_FLOAT = 2u;
const PRODUCT_INTEGER = 3u;
const MAXIMUM_FLOAT = 4u;
const MINIMUM_FLOAT = 5u;
const MAXIMUM_SIGNED = 6u;
const MINIMUM_SIGNED = 7u;
const MAXIMUM_UNSIGNED = 8u;
const MINIMUM_UNSIGNED = 9u;
const LOG_SUM_EXP = 10u;

const SIZE = 256u;

// Bits of special float32 values. They are told apart as integers, since a WGSL compiler may assume that floats are finite.
const INFINITY = 0x7f800000u;
const MINUS_INFINITY = 0xff800000u;
const NAN = 0x7fc00000u;

// Keys of NaN, see `key_of`: beyond those of the infinities.
const LARGEST_KEY = 0x7fffffff;
const SMALLEST_KEY = -2147483648;

struct Parameters {
  reduced: u32,
  inner: u32,
  part: u32,
  parts: u32,
  // Results in all.
  size: u32,
  // Results per workgroup, a power of two.
  outputs: u32,
  divisor: f32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

// Accumulators. In x: a float or integer by its bits, or the key of a float. For LOG_SUM_EXP: a maximum in x, and in y the sum of exponentials relative to it,
// which is infinite or NaN where the result is.
var<workgroup> shared_state: array<vec2u, SIZE>;

// Maps the bits of floats to integers in the same order, and back.
fn key_of(bits: u32) -> i32 {
  let signed = bitcast<i32>(bits);
  return signed ^ ((signed >> 31u) & 0x7fffffff);
}

fn is_nan(bits: u32) -> bool {
  return (bits & 0x7fffffffu) > INFINITY;
}

fn identity() -> vec2u {
  switch operation {
    case PRODUCT_FLOAT: { return vec2u(bitcast<u32>(1.0), 0u); }
    case PRODUCT_INTEGER: { return vec2u(1u, 0u); }
    case MAXIMUM_FLOAT: { return vec2u(bitcast<u32>(key_of(MINUS_INFINITY)), 0u); }
    case MINIMUM_FLOAT: { return vec2u(bitcast<u32>(key_of(INFINITY)), 0u); }
    case MAXIMUM_SIGNED: { return vec2u(0x80000000u, 0u); }
    case MINIMUM_SIGNED: { return vec2u(0x7fffffffu, 0u); }
    case MINIMUM_UNSIGNED: { return vec2u(0xffffffffu, 0u); }
    case LOG_SUM_EXP: { return vec2u(bitcast<u32>(-3.4e38f), 0u); }
    default: { return vec2u(0u); }
  }
}

// The accumulator of one element.
fn lift(bits: u32) -> vec2u {
  switch operation {
    case MAXIMUM_FLOAT: { return vec2u(bitcast<u32>(select(key_of(bits), LARGEST_KEY, is_nan(bits))), 0u); }
    case MINIMUM_FLOAT: { return vec2u(bitcast<u32>(select(key_of(bits), SMALLEST_KEY, is_nan(bits))), 0u); }
    case LOG_SUM_EXP: {
      if (is_nan(bits)) { return vec2u(0u, NAN); }
      if (bits == INFINITY) { return vec2u(0u, INFINITY); }
      if (bits == MINUS_INFINITY) { return identity(); }
      return vec2u(bits, bitcast<u32>(1.0));
    }
    default: { return vec2u(bits, 0u); }
  }
}

fn combine(a: vec2u, b: vec2u) -> vec2u {
  switch operation {
    case SUM_FLOAT: { return vec2u(bitcast<u32>(bitcast<f32>(a.x) + bitcast<f32>(b.x)), 0u); }
    case SUM_INTEGER: { return vec2u(a.x + b.x, 0u); }
    case PRODUCT_FLOAT: { return vec2u(bitcast<u32>(bitcast<f32>(a.x) * bitcast<f32>(b.x)), 0u); }
    case PRODUCT_INTEGER: { return vec2u(a.x * b.x, 0u); }
    case MAXIMUM_FLOAT, MAXIMUM_SIGNED: { return vec2u(bitcast<u32>(max(bitcast<i32>(a.x), bitcast<i32>(b.x))), 0u); }
    case MINIMUM_FLOAT, MINIMUM_SIGNED: { return vec2u(bitcast<u32>(min(bitcast<i32>(a.x), bitcast<i32>(b.x))), 0u); }
    case MAXIMUM_UNSIGNED: { return vec2u(max(a.x, b.x), 0u); }
    case MINIMUM_UNSIGNED: { return vec2u(min(a.x, b.x), 0u); }
    default: { return combine_exponentials(a, b); }
  }
}

fn combine_exponentials(a: vec2u, b: vec2u) -> vec2u {
  let special = max(a.y, b.y);
  if (special >= INFINITY) { return vec2u(0u, special); }
  // Halves, because the difference of two finite numbers may be infinite.
  let half = 0.5 * bitcast<f32>(a.x) - 0.5 * bitcast<f32>(b.x);
  let scale = exp(2.0 * max(-abs(half), -100.0));
  let sums = vec2f(bitcast<f32>(a.y), bitcast<f32>(b.y));
  if (half >= 0.0) { return vec2u(a.x, bitcast<u32>(sums.x + sums.y * scale)); }
  return vec2u(b.x, bitcast<u32>(sums.x * scale + sums.y));
}

// The bits of the result.
fn finish(state: vec2u) -> u32 {
  switch operation {
    case SUM_FLOAT: { return bitcast<u32>(bitcast<f32>(state.x) / parameters.divisor); }
    case MAXIMUM_FLOAT: {
      let key = bitcast<i32>(state.x);
      return select(bitcast<u32>(key_of(state.x)), NAN, key == LARGEST_KEY);
    }
    case MINIMUM_FLOAT: {
      let key = bitcast<i32>(state.x);
      return select(bitcast<u32>(key_of(state.x)), NAN, key == SMALLEST_KEY);
    }
    case LOG_SUM_EXP: {
      if (state.y >= INFINITY) { return state.y; }
      if (state.y == 0u) { return MINUS_INFINITY; }
      return bitcast<u32>(bitcast<f32>(state.x) + log(bitcast<f32>(state.y)));
    }
    default: { return state.x; }
  }
}

// Every `step`-th row of a result's part from `first` on; four accumulators keep four loads under way and the chains of roundings short.
fn accumulate(output: u32, first: u32, step: u32) -> vec2u {
  let outer_part = output / parameters.inner;
  let begin = (outer_part % parameters.parts) * parameters.part;
  let rows = min(parameters.part, parameters.reduced - begin);
  let base = ((outer_part / parameters.parts) * parameters.reduced + begin) * parameters.inner + output % parameters.inner;
  var states = array<vec2u, 4>(identity(), identity(), identity(), identity());
  var row = first;
  for (; row + 3u * step < rows; row += 4u * step) {
    for (var k = 0u; k < 4u; k++) {
      states[k] = combine(states[k], lift(x[base + (row + k * step) * parameters.inner]));
    }
  }
  for (; row < rows; row += step) {
    states[0] = combine(states[0], lift(x[base + row * parameters.inner]));
  }
  return combine(combine(states[0], states[1]), combine(states[2], states[3]));
}

@compute @workgroup_size(SIZE)
fn main(
  @builtin(local_invocation_index) index: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let lanes = SIZE / parameters.outputs;
  // Neighbouring invocations read neighbouring elements: along a row when the reduced axis is the last, across columns otherwise.
  let along = parameters.inner == 1u;
  let lane = select(index / parameters.outputs, index % lanes, along);
  let local = select(index % parameters.outputs, index / lanes, along);
  let output = (group.x + group.y * groups.x) * parameters.outputs + local;
  let slot = lane * parameters.outputs + local;
  if (output < parameters.size) {
    shared_state[slot] = accumulate(output, lane, lanes);
  }
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      shared_state[slot] = combine(shared_state[slot], shared_state[slot + half * parameters.outputs]);
    }
  }
  if (lane == 0u && output < parameters.size) {
    y[output] = finish(shared_state[slot]);
  }
}
