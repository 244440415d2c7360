@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> result: array<i32>;
@group(0) @binding(2) var<uniform> windows: Windows;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 256u;
  if (index >= windows.size) {
    return;
  }
  let window = window_of(windows, index);
  var best = position_of(windows, window.first);
  var value = key(x[window.base + best]);
  for (var d = window.first.x; d < window.last.x; d++) {
    for (var h = window.first.y; h < window.last.y; h++) {
      for (var w = window.first.z; w < window.last.z; w++) {
        let position = position_of(windows, vec3i(d, h, w));
        let other = key(x[window.base + position]);
        if (other > value) {
          value = other;
          best = position;
        }
      }
    }
  }
  result[index] = best;
}
