// The windows of a pooling, and floats by their bits: a WGSL compiler may assume that none is NaN.

struct Windows {
  size: u32,
  input: vec3i,
  window: vec3i,
  output: vec3i,
  stride: vec3i,
  before: vec3i,
}

// The elements of a window that are no padding: places [first, last) of the plane that begins at element `base`.
struct Window {
  first: vec3i,
  last: vec3i,
  base: i32,
}

const SIGN = 0x80000000u;

// Integers in the order of the floats, NaN above all; both zeros are 0.
fn key(bits: u32) -> i32 {
  let signed = bitcast<i32>(bits);
  let ordered = select(signed, bitcast<i32>(SIGN) - signed, signed < 0);
  return select(ordered, 0x7fffffff, (bits & ~SIGN) > 0x7f800000u);
}

// The window of result `index`.
fn window_of(windows: Windows, index: u32) -> Window {
  let p = i32(index);
  let place = vec3i(p / (windows.output.y * windows.output.z) % windows.output.x, p / windows.output.z % windows.output.y, p % windows.output.z);
  let plane = p / (windows.output.x * windows.output.y * windows.output.z);
  let start = place * windows.stride - windows.before;
  return Window(max(start, vec3i(0)), min(start + windows.window, windows.input), plane * windows.input.x * windows.input.y * windows.input.z);
}

// Position in its plane.
fn position_of(windows: Windows, place: vec3i) -> i32 {
  return (place.x * windows.input.y + place.y) * windows.input.z + place.z;
}
