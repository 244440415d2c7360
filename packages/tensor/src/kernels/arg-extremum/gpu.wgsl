// Follows key.wgsl. Each line is cut into parts, whose best elements (key, position) are compared in a second pass; of equal ones the first is best.
struct Parameters {
  length: u32,
  inner: u32,
  // Rows of a part; the last may have fewer.
  part: u32,
  parts: u32,
  // Parts of all lines.
  size: u32,
  // Parts that a workgroup takes, a power of two.
  outputs: u32,
}

const SIZE = 256u;

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> best: array<vec2u>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@group(0) @binding(0) var<storage, read> candidates: array<vec2u>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

var<workgroup> partial: array<vec2u, SIZE>;

fn better(a: vec2u, b: vec2u) -> vec2u {
  return select(b, a, a.x > b.x || (a.x == b.x && a.y < b.y));
}

@compute @workgroup_size(SIZE)
fn parts(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lanes = SIZE / parameters.outputs;
  // Neighbouring invocations read neighbouring elements: along the line when it is contiguous, across lines otherwise.
  let is_contiguous = parameters.inner == 1u;
  let lane = select(index / parameters.outputs, index % lanes, is_contiguous);
  let local = select(index % parameters.outputs, index / lanes, is_contiguous);
  let output = (group.x + group.y * groups.x) * parameters.outputs + local;
  let slot = lane * parameters.outputs + local;
  var found = vec2u(0u, LARGEST);
  if (output < parameters.size) {
    let outer_part = output / parameters.inner;
    let begin = outer_part % parameters.parts * parameters.part;
    let end = min(begin + parameters.part, parameters.length);
    let line = outer_part / parameters.parts * parameters.length * parameters.inner + output % parameters.inner;
    for (var row = begin + lane; row < end; row += lanes) {
      found = better(found, vec2u(key_of(x[line + row * parameters.inner]), row));
    }
  }
  partial[slot] = found;
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { partial[slot] = better(partial[slot], partial[slot + half * parameters.outputs]); }
  }
  if (lane == 0u && output < parameters.size) { best[output] = partial[slot]; }
}

@compute @workgroup_size(SIZE)
fn lines(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * SIZE;
  if (index >= parameters.size / parameters.parts) { return; }
  let first = index / parameters.inner * parameters.parts * parameters.inner + index % parameters.inner;
  var found = candidates[first];
  for (var part = 1u; part < parameters.parts; part++) {
    found = better(found, candidates[first + part * parameters.inner]);
  }
  y[index] = found.y;
}
