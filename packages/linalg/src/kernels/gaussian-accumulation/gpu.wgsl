struct Sizes {
  particles: u32,
  exponents: u32,
  nodes: vec2u,
}

@group(0) @binding(0) var<storage, read> positions: array<f32>;
@group(0) @binding(1) var<storage, read> charges: array<f32>;
@group(0) @binding(2) var<storage, read> exponents: array<f32>;
@group(0) @binding(3) var<storage, read> amplitudes: array<f32>;
// Nodes of the three axes, one after the other.
@group(0) @binding(4) var<storage, read> nodes_x: array<f32>;
@group(0) @binding(5) var<storage, read> nodes_y: array<f32>;
@group(0) @binding(6) var<storage, read> nodes_z: array<f32>;
@group(0) @binding(7) var<storage, read_write> values: array<f32>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

var<workgroup> of_xy: array<array<f32, 17>, 16>;
var<workgroup> of_z: array<array<f32, 17>, 16>;

/// A tile of 16 by 16 nodes in y and z at one node in x; the Gaussians pass by 16 at a time.
@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let j = group.y * 16u + local.y;
  let k = group.x * 16u + local.x;
  let x = nodes_x[group.z];
  // The node that this invocation takes Gaussians of.
  let y = nodes_y[min(group.y * 16u + local.y, sizes.nodes.x - 1u)];
  let z = nodes_z[min(group.x * 16u + local.y, sizes.nodes.y - 1u)];
  let count = sizes.particles * sizes.exponents;
  var sum = 0.0;
  for (var first = 0u; first < count; first += 16u) {
    let gaussian = first + local.x;
    var xy_value = 0.0;
    var z_value = 0.0;
    if (gaussian < count) {
      let exponent = gaussian / sizes.particles;
      let particle = gaussian % sizes.particles;
      let t = exponents[exponent];
      let to_x = x - positions[3u * particle];
      let to_y = y - positions[3u * particle + 1u];
      let to_z = z - positions[3u * particle + 2u];
      let weight = charges[particle] * amplitudes[exponent];
      xy_value = weight * exp(-t * t * to_x * to_x) * exp(-t * t * to_y * to_y);
      z_value = exp(-t * t * to_z * to_z);
    }
    of_xy[local.y][local.x] = xy_value;
    of_z[local.y][local.x] = z_value;
    workgroupBarrier();
    for (var c = 0u; c < 16u; c++) { sum = fma(of_xy[local.y][c], of_z[local.x][c], sum); }
    workgroupBarrier();
  }
  if (j < sizes.nodes.x && k < sizes.nodes.y) {
    values[(group.z * sizes.nodes.x + j) * sizes.nodes.y + k] = sum;
  }
}
