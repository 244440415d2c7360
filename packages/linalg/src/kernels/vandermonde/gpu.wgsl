// y_l = Re Σ_n w_n e^(l z_n), after powers.wgsl: one invocation for STEPS neighbouring l.
struct Parameters {
  nodes: u32,
  length: u32,
  // Groups of STEPS in a row, and in all rows.
  groups: u32,
  size: u32,
}

@group(0) @binding(0) var<storage, read> z: array<vec2f>;
@group(0) @binding(1) var<storage, read> w: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const STEPS = 16u;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= parameters.size) { return; }
  let row = index / parameters.groups;
  let first = index % parameters.groups * STEPS;
  var sums: array<f32, 16>;
  for (var n = row * parameters.nodes; n < (row + 1u) * parameters.nodes; n++) {
    let turns = turns_of(z[n].y);
    let factor = power(z[n].x, turns, 1u);
    var value = product(w[n], power(z[n].x, turns, first));
    for (var k = 0u; k < STEPS; k++) {
      sums[k] += value.x;
      value = product(value, factor);
    }
  }
  for (var k = 0u; k < min(STEPS, parameters.length - first); k++) { y[row * parameters.length + first + k] = sums[k]; }
}
