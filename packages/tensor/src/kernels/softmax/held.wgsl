// Softmax of lines, the middle axis of [outer, length, inner], short enough to be held in registers: every element is read once and exponentiated once.
// A workgroup takes `columns` neighbouring lines, with 256 / columns invocations for each and up to 16 elements for an invocation.

override logarithm: bool;

const SIZE = 256u;
const ITEMS = 16u;

struct Parameters {
  length: u32,
  inner: u32,
  // outer · inner.
  lines: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

var<workgroup> shared_maximum: array<f32, SIZE>;
var<workgroup> shared_sum: array<f32, SIZE>;
// Of each line, whether an element is +∞ or NaN.
var<workgroup> shared_invalid: array<atomic<u32>, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let columns = parameters.columns;
  let lanes = SIZE / columns;
  // Neighbouring invocations read neighbouring elements: along the line when that is how it lies, across lines otherwise.
  let along = parameters.inner == 1u;
  let lane = select(index / columns, index % lanes, along);
  let local = select(index % columns, index / lanes, along);
  let slot = lane * columns + local;
  let line = (group.x + group.y * groups.x) * columns + local;
  let start = line / parameters.inner * parameters.length * parameters.inner + line % parameters.inner;
  let length = select(0u, parameters.length, line < parameters.lines);

  var bits: array<u32, ITEMS>;
  var maximum = LOWEST;
  for (var k = 0u; k < ITEMS; k++) {
    let row = lane + k * lanes;
    bits[k] = MINUS_INFINITY;
    if (row < length) { bits[k] = x[start + row * parameters.inner]; }
    if (is_invalid(bits[k])) { atomicStore(&shared_invalid[local], 1u); }
    else if (bits[k] != MINUS_INFINITY) { maximum = max(maximum, bitcast<f32>(bits[k])); }
  }
  shared_maximum[slot] = maximum;
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { shared_maximum[slot] = max(shared_maximum[slot], shared_maximum[slot + half * columns]); }
  }
  workgroupBarrier();
  maximum = shared_maximum[local];

  var terms: array<f32, ITEMS>;
  var sum = 0.0;
  for (var k = 0u; k < ITEMS; k++) {
    terms[k] = 0.0;
    if (bits[k] != MINUS_INFINITY && !is_invalid(bits[k])) { terms[k] = exp_difference(bitcast<f32>(bits[k]), maximum, 1.0); }
    sum += terms[k];
  }
  shared_sum[slot] = sum;
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { shared_sum[slot] += shared_sum[slot + half * columns]; }
  }
  workgroupBarrier();
  sum = shared_sum[local];

  // Something is +∞ or NaN, or everything is −∞.
  let is_nan = sum == 0.0 || atomicLoad(&shared_invalid[local]) != 0u;
  for (var k = 0u; k < ITEMS; k++) {
    let row = lane + k * lanes;
    if (row >= length) { break; }
    var result = bitcast<u32>(terms[k] / sum);
    if (logarithm) {
      result = MINUS_INFINITY;
      if (bits[k] != MINUS_INFINITY) { result = bitcast<u32>((bitcast<f32>(bits[k]) - maximum) - log(sum)); }
    }
    y[start + row * parameters.inner] = select(result, NAN, is_nan);
  }
}
