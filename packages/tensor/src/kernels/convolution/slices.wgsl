// Adds up slices of equal length that lie one after the other.

struct Slices {
  size: u32,
  count: u32,
}

@group(0) @binding(0) var<storage, read> slices: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Slices;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let index = id.x + id.y * workgroups.x * 64u;
  if (index >= parameters.size) {
    return;
  }
  var sum = 0.0f;
  for (var slice = 0u; slice < parameters.count; slice++) {
    sum += slices[slice * parameters.size + index];
  }
  result[index] = sum;
}
