// Writes the results, element by element, from the states of lines, [outer, inner].

override result: u32;

const FROM_EXPONENT = 0u;
const FROM_MAXIMUM = 1u;
// From terms that are in y already.
const FROM_TERM = 2u;
const LOGARITHM = 3u;

struct Parameters {
  length: u32,
  inner: u32,
  size: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> states: array<State>;
// Sums relative to maxima, for lines whose state is not to be trusted.
@group(0) @binding(2) var<storage, read> repaired: array<State>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const SIZE = 256u;

fn result_of(place: u32, state: State, from_exponent: bool) -> u32 {
  // Something is +∞ or NaN, or everything is −∞.
  if (state.sum >= INFINITY || state.sum == 0u) { return NAN; }
  let sum = bitcast<f32>(state.sum);
  if (result == FROM_TERM) { return bitcast<u32>(bitcast<f32>(y[place]) / sum); }
  let bits = x[place];
  if (bits == MINUS_INFINITY) { return select(0u, MINUS_INFINITY, result == LOGARITHM); }
  let value = bitcast<f32>(bits);
  if (result == LOGARITHM) { return bitcast<u32>((value - state.base) - log(sum)); }
  if (from_exponent) { return bitcast<u32>(exp_over_power(value, state.base, 1.0 / sum)); }
  return bitcast<u32>(exp_difference(value, state.base, 1.0 / sum));
}

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let place = (group.x + group.y * groups.x) * SIZE + index;
  if (place >= parameters.size) { return; }
  let line = place / (parameters.length * parameters.inner) * parameters.inner + place % parameters.inner;
  let state = states[line];
  if (result == FROM_EXPONENT && !is_trusted(state)) {
    y[place] = result_of(place, repaired[line], false);
  } else {
    y[place] = result_of(place, state, result == FROM_EXPONENT);
  }
}
