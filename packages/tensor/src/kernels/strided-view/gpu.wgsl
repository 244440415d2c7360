// Elements are moved as 32-bit words whatever their type. An element of two words has an axis of its own for them.
struct Axis {
  extent: u32,
  in_x: i32,
  in_y: i32,
}

struct Parameters {
  size: u32,
  rank: u32,
  first_of_x: u32,
  first_of_y: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<storage, read> axes: array<Axis>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let position = id.x + id.y * groups.x * 256u;
  if (position >= parameters.size) {
    return;
  }
  var rest = position;
  var source = i32(parameters.first_of_x);
  var goal = i32(parameters.first_of_y);
  for (var axis = i32(parameters.rank) - 1; axis >= 0; axis--) {
    let extent = axes[axis].extent;
    let index = i32(rest % extent);
    rest /= extent;
    source += index * axes[axis].in_x;
    goal += index * axes[axis].in_y;
  }
  y[goal] = x[source];
}
