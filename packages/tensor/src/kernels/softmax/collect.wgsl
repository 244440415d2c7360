// One pass over lines, the middle axis of [outer, length, inner], in parts of `part` elements: a state for each part, [outer, parts, inner].
// A workgroup takes `columns` neighbouring parts, with 256 / columns invocations for each, whose states are then merged as a tree.

override purpose: u32;

const MAXIMUM = 0u;
// Relative to the maximum that `bases` holds for the line, [outer, inner]; SUM_AND_STORE also stores the terms.
const SUM = 1u;
const SUM_AND_STORE = 2u;
const EXTENDED_SUM = 3u;
const ONLINE_SUM = 4u;
// SUM of the lines whose EXTENDED_SUM, in `bases`, is not to be trusted; others are left out.
const REPAIR = 5u;

const SIZE = 256u;

struct Parameters {
  length: u32,
  inner: u32,
  part: u32,
  parts: u32,
  // outer · parts · inner.
  size: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> bases: array<State>;
@group(0) @binding(2) var<storage, read_write> states: array<State>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

var<workgroup> shared_states: array<State, SIZE>;

fn initial(base: f32) -> State {
  switch purpose {
    case EXTENDED_SUM: { return State(-1000.0, 0u, LOWEST); }
    case SUM, SUM_AND_STORE, REPAIR: { return State(base, 0u, LOWEST); }
    default: { return State(LOWEST, 0u, LOWEST); }
  }
}

// What an element adds to a sum relative to base; nothing for −∞.
fn term(bits: u32, base: f32) -> f32 {
  if (bits == MINUS_INFINITY) { return 0.0; }
  if (purpose == EXTENDED_SUM) { return exp_over_power(bitcast<f32>(bits), base, 1.0); }
  return exp_difference(bitcast<f32>(bits), base, 1.0);
}

// `count` elements of a line, up to four, `step` apart.
fn absorb(state: State, place: u32, step: u32, count: u32) -> State {
  var bits = vec4u(MINUS_INFINITY);
  for (var k = 0u; k < count; k++) { bits[k] = x[place + k * step]; }
  var largest = LOWEST;
  var invalid = false;
  for (var k = 0u; k < 4u; k++) {
    if (is_invalid(bits[k])) { invalid = true; }
    else if (bits[k] != MINUS_INFINITY) { largest = max(largest, bitcast<f32>(bits[k])); }
  }
  let maximum = max(state.maximum, largest);
  if (invalid || state.sum >= INFINITY) { return State(0.0, NAN, maximum); }
  var base = state.base;
  var sum = bitcast<f32>(state.sum);
  switch purpose {
    case MAXIMUM: { return State(maximum, 0u, maximum); }
    case EXTENDED_SUM: {
      base = max(base, exponent_of_exp(clamped(largest)));
      sum *= power_of_two(state.base - base);
    }
    case ONLINE_SUM: {
      if (largest > base) {
        base = largest;
        sum = exp_difference(state.base, base, sum);
      }
    }
    default: {}
  }
  let terms = vec4f(term(bits.x, base), term(bits.y, base), term(bits.z, base), term(bits.w, base));
  if (purpose == SUM_AND_STORE) {
    for (var k = 0u; k < count; k++) { y[place + k * step] = bitcast<u32>(terms[k]); }
  }
  return State(base, bitcast<u32>(sum + ((terms.x + terms.y) + (terms.z + terms.w))), maximum);
}

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lanes = SIZE / parameters.columns;
  // Neighbouring invocations read neighbouring elements: along the line when that is how it lies, across lines otherwise.
  let along = parameters.inner == 1u;
  let lane = select(index / parameters.columns, index % lanes, along);
  let local = select(index % parameters.columns, index / lanes, along);
  let slot = lane * parameters.columns + local;
  let result = (group.x + group.y * groups.x) * parameters.columns + local;
  if (result < parameters.size) {
    let outer_part = result / parameters.inner;
    let column = result % parameters.inner;
    let outer = outer_part / parameters.parts;
    let begin = outer_part % parameters.parts * parameters.part;
    let rows = min(parameters.part, parameters.length - begin);
    let line = bases[outer * parameters.inner + column];
    let place = (outer * parameters.length + begin) * parameters.inner + column;
    var state = initial(select(line.base, line.maximum, purpose == REPAIR));
    if (purpose != REPAIR || !is_trusted(line)) {
      for (var row = lane; row < rows; row += 4u * lanes) {
        state = absorb(state, place + row * parameters.inner, lanes * parameters.inner, min(4u, (rows - row - 1u) / lanes + 1u));
      }
    }
    shared_states[slot] = state;
  }
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half && result < parameters.size) {
      shared_states[slot] = merge(shared_states[slot], shared_states[slot + half * parameters.columns], purpose == EXTENDED_SUM);
    }
  }
  if (lane == 0u && result < parameters.size) { states[result] = shared_states[slot]; }
}
