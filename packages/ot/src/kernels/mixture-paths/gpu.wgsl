struct Parameters {
  count: u32,
  components: u32,
  steps: u32,
  every: u32,
  regularization: f32,
  step_size: f32,
}

@group(0) @binding(0) var<storage, read> starts: array<f32>;
@group(0) @binding(1) var<storage, read> noise: array<f32>;
@group(0) @binding(2) var<storage, read> offsets: array<f32>;
@group(0) @binding(3) var<storage, read> quadratic: array<f32>;
@group(0) @binding(4) var<storage, read> linear: array<f32>;
@group(0) @binding(5) var<storage, read> rotations: array<f32>;
@group(0) @binding(6) var<storage, read_write> states: array<f32>;
@group(0) @binding(7) var<uniform> parameters: Parameters;

// One invocation takes a particle through all steps. Log-sum and its gradient are made together, rescaled whenever the largest exponent so far grows.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let b = id.x + id.y * groups.x * 64u;
  if (b >= parameters.count) {
    return;
  }
  var state: array<f32, DIMENSION>;
  for (var i = 0u; i < DIMENSION; i++) {
    state[i] = starts[b * DIMENSION + i];
  }
  let deviation = sqrt(parameters.regularization * parameters.step_size);
  for (var step = 0u; step < parameters.steps; step++) {
    var gradient: array<f32, DIMENSION>;
    var own: array<f32, DIMENSION>;
    var maximum = -3.0e38;
    var sum = 0.0;
    for (var k = 0u; k < parameters.components; k++) {
      let row = step * parameters.components + k;
      var exponent = offsets[row];
      for (var j = 0u; j < DIMENSION; j++) {
        let a = quadratic[row * DIMENSION + j];
        let slope = linear[row * DIMENSION + j];
        let z = own_coordinate(k, j, &state);
        exponent += z * (a * z + slope);
        own[j] = 2.0 * a * z + slope;
      }
      let larger = max(maximum, exponent);
      let kept = exp(maximum - larger);
      let weight = exp(exponent - larger);
      maximum = larger;
      sum = sum * kept + weight;
      for (var i = 0u; i < DIMENSION; i++) {
        var value = own[i];
        if (ROTATED) {
          value = 0.0;
          for (var j = 0u; j < DIMENSION; j++) {
            value += rotations[(k * DIMENSION + i) * DIMENSION + j] * own[j];
          }
        }
        gradient[i] = gradient[i] * kept + weight * value;
      }
    }
    let scale = parameters.regularization * parameters.step_size / sum;
    for (var i = 0u; i < DIMENSION; i++) {
      state[i] += scale * gradient[i] + deviation * noise[(b * parameters.steps + step) * DIMENSION + i];
    }
    if ((step + 1u) % parameters.every == 0u) {
      let kept_at = b * (parameters.steps / parameters.every) + step / parameters.every;
      for (var i = 0u; i < DIMENSION; i++) {
        states[kept_at * DIMENSION + i] = state[i];
      }
    }
  }
}
