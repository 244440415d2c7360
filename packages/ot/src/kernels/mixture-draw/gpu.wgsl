struct Parameters {
  count: u32,
  components: u32,
  regularization: f32,
}

@group(0) @binding(0) var<storage, read> points: array<f32>;
@group(0) @binding(1) var<storage, read> uniforms: array<f32>;
@group(0) @binding(2) var<storage, read> noise: array<f32>;
@group(0) @binding(3) var<storage, read> offsets: array<f32>;
@group(0) @binding(4) var<storage, read> quadratic: array<f32>;
@group(0) @binding(5) var<storage, read> linear: array<f32>;
@group(0) @binding(6) var<storage, read> rotations: array<f32>;
@group(0) @binding(7) var<storage, read_write> drawn: array<f32>;
@group(0) @binding(8) var<uniform> parameters: Parameters;

fn exponent_of(k: u32, point: ptr<function, array<f32, DIMENSION>>) -> f32 {
  var exponent = offsets[k];
  for (var j = 0u; j < DIMENSION; j++) {
    let z = own_coordinate(k, j, point);
    exponent += z * (quadratic[k * DIMENSION + j] * z + linear[k * DIMENSION + j]);
  }
  return exponent;
}

// One invocation per point.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let b = id.x + id.y * groups.x * 64u;
  if (b >= parameters.count) {
    return;
  }
  var point: array<f32, DIMENSION>;
  var spoilt = false;
  for (var i = 0u; i < DIMENSION; i++) {
    point[i] = points[b * DIMENSION + i];
    spoilt = spoilt || is_nan(point[i]);
  }
  var maximum = -3.0e38;
  var sum = 0.0;
  for (var k = 0u; k < parameters.components; k++) {
    let exponent = exponent_of(k, &point);
    let larger = max(maximum, exponent);
    sum = sum * exp(maximum - larger) + exp(exponent - larger);
    maximum = larger;
  }
  let threshold = uniforms[b] * sum;
  var cumulative = 0.0;
  var chosen = parameters.components - 1u;
  for (var k = 0u; k < parameters.components; k++) {
    cumulative += exp(exponent_of(k, &point) - maximum);
    if (cumulative > threshold) {
      chosen = k;
      break;
    }
  }
  var own: array<f32, DIMENSION>;
  for (var j = 0u; j < DIMENSION; j++) {
    let z = own_coordinate(chosen, j, &point);
    let a = 2.0 * quadratic[chosen * DIMENSION + j];
    let xi = noise[b * DIMENSION + j];
    own[j] = parameters.regularization * (a * z + linear[chosen * DIMENSION + j] + sqrt(a) * xi);
  }
  for (var i = 0u; i < DIMENSION; i++) {
    var value = own[i];
    if (ROTATED) {
      value = 0.0;
      for (var j = 0u; j < DIMENSION; j++) {
        value += rotations[(chosen * DIMENSION + i) * DIMENSION + j] * own[j];
      }
    }
    drawn[b * DIMENSION + i] = select(value, bitcast<f32>(0x7fc00000u + (b & 0u)), spoilt);
  }
}
