struct Parameters {
  count: u32,
  components: u32,
  dimension: u32,
  // Whether second moments are matrices.
  full: u32,
}

@group(0) @binding(0) var<storage, read> points: array<f32>;
@group(0) @binding(1) var<storage, read> centers: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> mass: array<f32>;
@group(0) @binding(4) var<storage, read_write> first: array<f32>;
@group(0) @binding(5) var<storage, read_write> second: array<f32>;
@group(0) @binding(6) var<uniform> parameters: Parameters;

// Points that are summed one after the other before they join the total.
const GROUP = 64u;

fn delta(b: u32, k: u32, i: u32) -> f32 {
  return points[b * parameters.dimension + i] - centers[k * parameters.dimension + i];
}

// One invocation per mean. Those of a component: 1, then D, then D or D * D.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let d = parameters.dimension;
  let seconds = select(d, d * d, parameters.full == 1u);
  let per_component = 1u + d + seconds;
  let index = id.x + id.y * groups.x * 64u;
  if (index >= parameters.components * per_component) {
    return;
  }
  let k = index / per_component;
  let part = index % per_component;
  // Factors of the mean: coordinates i and j, or none.
  let is_second = part > d;
  let position = select(0u, part - 1u - d, is_second);
  let i = select(select(position, position / d, parameters.full == 1u), max(part, 1u) - 1u, !is_second);
  let j = select(position, position % d, parameters.full == 1u);
  var total = 0.0;
  for (var start = 0u; start < parameters.count; start += GROUP) {
    var sum = 0.0;
    for (var b = start; b < min(start + GROUP, parameters.count); b++) {
      var term = weights[b * parameters.components + k];
      if (part > 0u) { term *= delta(b, k, i); }
      if (is_second) { term *= delta(b, k, j); }
      sum += term;
    }
    total += sum;
  }
  let mean = total / f32(parameters.count);
  if (part == 0u) {
    mass[k] = mean;
  } else if (!is_second) {
    first[k * d + part - 1u] = mean;
  } else {
    second[k * seconds + position] = mean;
  }
}
