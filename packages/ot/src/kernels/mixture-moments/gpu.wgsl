struct Parameters {
  count: u32,
  components: u32,
}

@group(0) @binding(0) var<storage, read> points: array<f32>;
@group(0) @binding(1) var<storage, read> offsets: array<f32>;
@group(0) @binding(2) var<storage, read> centers: array<f32>;
@group(0) @binding(3) var<storage, read> quadratic: array<f32>;
@group(0) @binding(4) var<storage, read> linear: array<f32>;
@group(0) @binding(5) var<storage, read> rotations: array<f32>;
@group(0) @binding(6) var<storage, read_write> log_sums: array<f32>;
@group(0) @binding(7) var<storage, read_write> weights: array<f32>;
@group(0) @binding(8) var<uniform> parameters: Parameters;

// One invocation per point: its exponents with their log-sum as they come, then its responsibilities.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let b = id.x + id.y * groups.x * 64u;
  if (b >= parameters.count) {
    return;
  }
  var difference: array<f32, DIMENSION>;
  var maximum = -3.0e38;
  var sum = 0.0;
  var spoilt = false;
  for (var i = 0u; i < DIMENSION; i++) {
    spoilt = spoilt || is_nan(points[b * DIMENSION + i]);
  }
  for (var k = 0u; k < parameters.components; k++) {
    for (var i = 0u; i < DIMENSION; i++) {
      difference[i] = points[b * DIMENSION + i] - centers[k * DIMENSION + i];
    }
    var exponent = offsets[k];
    for (var j = 0u; j < DIMENSION; j++) {
      let z = own_coordinate(k, j, &difference);
      exponent += z * (quadratic[k * DIMENSION + j] * z + linear[k * DIMENSION + j]);
    }
    weights[b * parameters.components + k] = exponent;
    let larger = max(maximum, exponent);
    sum = sum * exp(maximum - larger) + exp(exponent - larger);
    maximum = larger;
  }
  let not_a_number = bitcast<f32>(0x7fc00000u + (b & 0u));
  let log_sum = maximum + log(sum);
  log_sums[b] = select(log_sum, not_a_number, spoilt);
  for (var k = 0u; k < parameters.components; k++) {
    let at = b * parameters.components + k;
    weights[at] = select(exp(weights[at] - maximum) / sum, not_a_number, spoilt);
  }
}
