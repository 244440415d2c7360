// Elements are moved as 32-bit words whatever their type. An element of two words has an axis of its own for them.

// The real number stands in its place, see gpu-moves.ts: arrays of uniforms cannot be sized by an override.
const RANK = 1;

struct Parameters {
  size: u32,
  first_of_x: i32,
  first_of_y: i32,
  // Of each axis its extent and the steps in x and in y.
  axes: array<vec4i, RANK>,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let position = id.x + id.y * groups.x * 256u;
  if (position >= parameters.size) {
    return;
  }
  var rest = position;
  var source = parameters.first_of_x;
  var goal = parameters.first_of_y;
  for (var axis = RANK - 1; axis > 0; axis--) {
    let extent = u32(parameters.axes[axis].x);
    let index = i32(rest % extent);
    rest /= extent;
    source += index * parameters.axes[axis].y;
    goal += index * parameters.axes[axis].z;
  }
  source += i32(rest) * parameters.axes[0].y;
  goal += i32(rest) * parameters.axes[0].z;
  y[goal] = x[source];
}
