// Largest element or mean of windows, one result an invocation.

override is_maximum: bool;
override includes_padding: bool;

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> result: array<u32>;
@group(0) @binding(2) var<uniform> windows: Windows;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 256u;
  if (index >= windows.size) {
    return;
  }
  let window = window_of(windows, index);
  var best = x[window.base + position_of(windows, window.first)];
  var sum = 0.0;
  for (var d = window.first.x; d < window.last.x; d++) {
    for (var h = window.first.y; h < window.last.y; h++) {
      for (var w = window.first.z; w < window.last.z; w++) {
        let bits = x[window.base + position_of(windows, vec3i(d, h, w))];
        if (is_maximum) {
          if (key(bits) > key(best)) { best = bits; }
        } else {
          sum += bitcast<f32>(bits);
        }
      }
    }
  }
  let extents = select(window.last - window.first, windows.window, includes_padding);
  result[index] = select(bitcast<u32>(sum / f32(extents.x * extents.y * extents.z)), best, is_maximum);
}
