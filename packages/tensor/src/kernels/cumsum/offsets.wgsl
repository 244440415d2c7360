// Adds to each element the sum of the blocks before its own.
override is_float: bool;

struct Parameters {
  length: u32,
  inner: u32,
  blocks: u32,
  // Rows of a block.
  rows: u32,
  reverse: u32,
  size: u32,
}

@group(0) @binding(0) var<storage, read> offsets: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 256u;
  if (index >= parameters.size) { return; }
  let row = index / parameters.inner;
  let k = select(row % parameters.length, parameters.length - 1u - row % parameters.length, parameters.reverse != 0u);
  let block = row / parameters.length * parameters.blocks + k / parameters.rows;
  let offset = offsets[block * parameters.inner + index % parameters.inner];
  if (is_float) {
    y[index] = bitcast<u32>(bitcast<f32>(offset) + bitcast<f32>(y[index]));
  } else {
    y[index] = offset + y[index];
  }
}
