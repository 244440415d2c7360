// Merges the states of parts, [outer, parts, inner], to those of lines, [outer, inner].

override to_exponent: bool;

struct Parameters {
  parts: u32,
  inner: u32,
  // outer · inner.
  lines: u32,
}

@group(0) @binding(0) var<storage, read> parts: array<State>;
@group(0) @binding(1) var<storage, read_write> lines: array<State>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

const SIZE = 64u;

var<workgroup> shared_states: array<State, SIZE>;

// One workgroup for each line.
@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let line = group.x + group.y * groups.x;
  let is_inside = line < parameters.lines;
  let first = line / parameters.inner * parameters.parts * parameters.inner + line % parameters.inner;
  if (is_inside) {
    // Invocations without a part of their own take the base of the last one, and no sum.
    var state = parts[first + min(index, parameters.parts - 1u) * parameters.inner];
    if (index >= parameters.parts && state.sum < INFINITY) { state.sum = 0u; }
    for (var part = index + SIZE; part < parameters.parts; part += SIZE) {
      state = merge(state, parts[first + part * parameters.inner], to_exponent);
    }
    shared_states[index] = state;
  }
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (is_inside && index < half) { shared_states[index] = merge(shared_states[index], shared_states[index + half], to_exponent); }
  }
  if (is_inside && index == 0u) { lines[line] = shared_states[0]; }
}
