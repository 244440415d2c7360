// Largest element or mean of windows, one result an invocation.

override is_maximum: bool;
override includes_padding: bool;

struct Windows {
  size: u32,
  input: vec3i,
  window: vec3i,
  output: vec3i,
  stride: vec3i,
  before: vec3i,
}

// Floats by their bits: a WGSL compiler may assume that none is NaN.
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;
@group(0) @binding(2) var<uniform> windows: Windows;

const SIGN = 0x80000000u;

// Integers in the order of the floats, NaN above all; both zeros are 0.
fn key(bits: u32) -> i32 {
  let signed = bitcast<i32>(bits);
  let ordered = select(signed, bitcast<i32>(SIGN) - signed, signed < 0);
  return select(ordered, 0x7fffffff, (bits & ~SIGN) > 0x7f800000u);
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 256u;
  if (index >= windows.size) {
    return;
  }
  let p = i32(index);
  let place = vec3i(p / (windows.output.y * windows.output.z) % windows.output.x, p / windows.output.z % windows.output.y, p % windows.output.z);
  let plane = p / (windows.output.x * windows.output.y * windows.output.z);
  let start = place * windows.stride - windows.before;
  let first = max(start, vec3i(0));
  let last = min(start + windows.window, windows.input);
  let base = plane * windows.input.x * windows.input.y * windows.input.z;
  var best = x[base + (first.x * windows.input.y + first.y) * windows.input.z + first.z];
  var sum = 0.0;
  for (var d = first.x; d < last.x; d++) {
    for (var h = first.y; h < last.y; h++) {
      for (var w = first.z; w < last.z; w++) {
        let bits = x[base + (d * windows.input.y + h) * windows.input.z + w];
        if (is_maximum) {
          if (key(bits) > key(best)) { best = bits; }
        } else {
          sum += bitcast<f32>(bits);
        }
      }
    }
  }
  let extents = select(last - first, windows.window, includes_padding);
  result[index] = select(bitcast<u32>(sum / f32(extents.x * extents.y * extents.z)), best, is_maximum);
}
