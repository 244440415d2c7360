struct Parameters {
  rows: u32,
  dimensions: u32,
  components: u32,
  alpha: f32,
  shift: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> means: array<f32>;
// The outputs are bits, because a compiler may assume that no float is NaN.
// Per component: ln of weight and norm, 1/(2V), factors of the state and of the mean.
@group(0) @binding(2) var<storage, read> factors: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> prediction: array<u32>;
@group(0) @binding(4) var<storage, read_write> log_density: array<u32>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

const ROWS = 16u;
const COMPONENTS = 64u;
const DEPTH = 16u;
const PER_THREAD = 4u;

const NAN = 0x7fc00000u;
const INFINITY = 0x7f800000u;

// Below every logarithm of a weight: WGSL has no infinity.
const LOWEST = -3.0e38;

var<workgroup> x_tile: array<f32, 256>;
// One more than DEPTH per component, so that threads of neighbouring components meet different banks.
var<workgroup> mean_tile: array<f32, 1088>;
var<workgroup> weights: array<f32, 1024>;
var<workgroup> partial: array<vec2f, 256>;

// A workgroup has 16 rows, and 16 threads for each of them. Sums over components are kept in the prediction until all are done.
@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = (group.x + group.y * groups.x) * ROWS + id.y;
  let exists = row < parameters.rows;
  // The largest size of the row's numbers as bits; not below infinity where one is not finite.
  var size = 0u;
  var largest = LOWEST;
  var total = 0.0;
  var of_state = 0.0;
  for (var first = 0u; first < parameters.components; first += COMPONENTS) {
    let squares = distances(row, exists, first, id, &size);
    var logarithms: vec4f;
    var most = LOWEST;
    for (var i = 0u; i < PER_THREAD; i++) {
      let component = first + i * 16u + id.x;
      logarithms[i] = LOWEST;
      if (component < parameters.components) {
        let factor = factors[component];
        logarithms[i] = factor.x - squares[i] * factor.y;
      }
      most = max(most, logarithms[i]);
    }
    let before = largest;
    partial[lane] = vec2f(most, 0.0);
    workgroupBarrier();
    for (var other = 0u; other < 16u; other++) {
      largest = max(largest, partial[id.y * 16u + other].x);
    }
    workgroupBarrier();
    var sums = vec2f(0.0);
    for (var i = 0u; i < PER_THREAD; i++) {
      let component = first + i * 16u + id.x;
      var weight = 0.0;
      if (component < parameters.components) {
        let own = exp(logarithms[i] - largest);
        let factor = factors[component];
        sums += vec2f(own, own * factor.z);
        weight = own * factor.w;
      }
      weights[id.y * COMPONENTS + i * 16u + id.x] = weight;
    }
    partial[lane] = sums;
    workgroupBarrier();
    let scale = select(exp(before - largest), 0.0, first == 0u);
    total *= scale;
    of_state *= scale;
    for (var other = 0u; other < 16u; other++) {
      total += partial[id.y * 16u + other].x;
      of_state += partial[id.y * 16u + other].y;
    }
    if (exists) {
      add_means(row, first, scale, id);
    }
    workgroupBarrier();
  }
  if (!exists) {
    return;
  }
  for (var d = id.x; d < parameters.dimensions; d += 16u) {
    let k = row * parameters.dimensions + d;
    let value = (of_state * x[k] + bitcast<f32>(prediction[k])) / total;
    prediction[k] = select(bitcast<u32>(value), NAN, size >= INFINITY);
  }
  if (id.x == 0u) {
    let value = largest + log(total) + parameters.shift;
    log_density[row] = select(bitcast<u32>(value), NAN, size >= INFINITY);
  }
}

// Squared distances of the thread's row to four components, 16 apart.
fn distances(row: u32, exists: bool, first: u32, id: vec3u, size: ptr<function, u32>) -> vec4f {
  var squares = vec4f(0.0);
  for (var depth = 0u; depth < parameters.dimensions; depth += DEPTH) {
    let d = depth + id.x;
    let inside = d < parameters.dimensions;
    x_tile[id.y * DEPTH + id.x] = 0.0;
    if (exists && inside) {
      x_tile[id.y * DEPTH + id.x] = x[row * parameters.dimensions + d];
    }
    for (var i = 0u; i < PER_THREAD; i++) {
      let component = first + i * 16u + id.y;
      var value = 0.0;
      if (inside && component < parameters.components) {
        value = parameters.alpha * means[component * parameters.dimensions + d];
      }
      mean_tile[(i * 16u + id.y) * (DEPTH + 1u) + id.x] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let value = x_tile[id.y * DEPTH + k];
      *size = max(*size, bitcast<u32>(value) & 0x7fffffffu);
      for (var i = 0u; i < PER_THREAD; i++) {
        let difference = value - mean_tile[(i * 16u + id.x) * (DEPTH + 1u) + k];
        squares[i] = fma(difference, difference, squares[i]);
      }
    }
    workgroupBarrier();
  }
  return squares;
}

fn add_means(row: u32, first: u32, scale: f32, id: vec3u) {
  let count = min(COMPONENTS, parameters.components - first);
  for (var d = id.x; d < parameters.dimensions; d += 16u) {
    let k = row * parameters.dimensions + d;
    var sum = 0.0;
    if (first > 0u) {
      sum = bitcast<f32>(prediction[k]) * scale;
    }
    for (var component = 0u; component < count; component++) {
      sum = fma(weights[id.y * COMPONENTS + component], means[(first + component) * parameters.dimensions + d], sum);
    }
    prediction[k] = bitcast<u32>(sum);
  }
}
