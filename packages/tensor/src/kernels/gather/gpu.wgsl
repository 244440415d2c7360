// Elements are moved as 32-bit words whatever their type, so that NaNs keep their bits.
struct Parameters {
  extent: u32,
  count: u32,
  inner: u32,
  size: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(0) var<storage, read> vectors_of_x: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> vectors_of_y: array<vec4u>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

// Where element `index` of the result comes from.
fn source(index: u32) -> u32 {
  let row = index / parameters.inner;
  let outer = row / parameters.count;
  let position = clamp(indices[row % parameters.count], 0, i32(parameters.extent) - 1);
  return (outer * parameters.extent + u32(position)) * parameters.inner + index % parameters.inner;
}

@compute @workgroup_size(256)
fn words(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 256u;
  if (index < parameters.size) {
    y[index] = x[source(index)];
  }
}

@compute @workgroup_size(256)
fn vectors(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 256u;
  if (index < parameters.size) {
    vectors_of_y[index] = vectors_of_x[source(index)];
  }
}
