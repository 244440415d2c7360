// Elements are moved as 32-bit words whatever their type, so that NaNs keep their bits.
struct Parameters {
  extent: u32,
  count: u32,
  inner: u32,
  words: u32,
  size: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 256u;
  if (index >= parameters.size) { return; }
  let position = clamp(indices[index], 0, i32(parameters.extent) - 1);
  let outer = index / (parameters.count * parameters.inner);
  let source = (outer * parameters.extent + u32(position)) * parameters.inner + index % parameters.inner;
  for (var word = 0u; word < parameters.words; word++) {
    y[index * parameters.words + word] = x[source * parameters.words + word];
  }
}
