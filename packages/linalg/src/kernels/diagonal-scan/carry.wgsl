// The states at the ends of chunks become those before them, one invocation for each state.
struct Parameters {
  states: u32,
  chunk: u32,
  chunks: u32,
  // Invocations: examples · states.
  size: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> carry: array<vec2f>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

fn product(x: vec2f, y: vec2f) -> vec2f {
  return vec2f(x.x * y.x - x.y * y.y, x.x * y.y + x.y * y.x);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= parameters.size) { return; }
  let state = index % parameters.states;
  // The chunk's length is a power of two.
  var factor = a[state];
  for (var length = 1u; length < parameters.chunk; length *= 2u) { factor = product(factor, factor); }
  var value = vec2f(0.0f);
  var place = index / parameters.states * parameters.chunks * parameters.states + state;
  for (var chunk = 0u; chunk < parameters.chunks; chunk++) {
    let end = carry[place];
    carry[place] = value;
    value = product(factor, value) + end;
    place += parameters.states;
  }
}
