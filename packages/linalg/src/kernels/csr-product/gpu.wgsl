struct Sizes {
  // Of the result.
  size: u32,
  extent: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> pointers: array<i32>;
@group(0) @binding(3) var<storage, read> columns: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 256u;
  if (index >= sizes.size) { return; }
  let row = index / sizes.width;
  let column = index % sizes.width;
  var sum = 0.0;
  for (var entry = pointers[row]; entry < pointers[row + 1u]; entry++) {
    sum = fma(values[entry], x[min(columns[entry], sizes.extent - 1u) * sizes.width + column], sum);
  }
  y[index] = sum;
}
