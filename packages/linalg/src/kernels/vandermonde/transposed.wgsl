// y_n = Σ_l k_l e^(l z_n), after powers.wgsl: one workgroup for each n of each row, its invocations for stretches of l.
struct Parameters {
  nodes: u32,
  length: u32,
  // l of an invocation.
  stretch: u32,
  size: u32,
}

@group(0) @binding(0) var<storage, read> z: array<vec2f>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec2f>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const SIZE = 64u;
// Products that follow each other before the exponential is taken anew.
const STEPS = 16u;

var<workgroup> partial: array<vec2f, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let node = group.x + group.y * groups.x;
  if (node >= parameters.size) { return; }
  let row = node / parameters.nodes * parameters.length;
  let turns = turns_of(z[node].y);
  let factor = power(z[node].x, turns, 1u);
  let end = min((lane + 1u) * parameters.stretch, parameters.length);
  var sum = vec2f(0.0f);
  for (var first = lane * parameters.stretch; first < end; first += STEPS) {
    var value = power(z[node].x, turns, first);
    for (var l = first; l < min(first + STEPS, end); l++) {
      sum += k[row + l] * value;
      value = product(value, factor);
    }
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var distance = SIZE / 2u; distance > 0u; distance /= 2u) {
    if (lane < distance) { partial[lane] += partial[lane + distance]; }
    workgroupBarrier();
  }
  if (lane == 0u) { y[node] = partial[0]; }
}
