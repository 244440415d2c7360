// States through chunks of samples, one invocation for each chunk of each state: what a chunk that begins with zeros ends with, or the states after each sample.
override is_final: bool;

struct Parameters {
  length: u32,
  states: u32,
  // Samples of a chunk, and chunks of a sequence.
  chunk: u32,
  chunks: u32,
  reverse: u32,
  // Invocations: examples · chunks · states.
  size: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec2f>;
@group(0) @binding(1) var<storage, read> b: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> x: array<vec2f>;
// [examples, chunks, states]: before each chunk, or after it unless is_final.
@group(0) @binding(3) var<storage, read_write> carry: array<vec2f>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= parameters.size) { return; }
  let state = index % parameters.states;
  let rest = index / parameters.states;
  let first = rest % parameters.chunks * parameters.chunk;
  let example = rest / parameters.chunks;
  let last = min(first + parameters.chunk, parameters.length);
  let re = a[state].x;
  let im = vec2f(-a[state].y, a[state].y);
  var value = vec2f(0.0f);
  if (is_final) { value = carry[index]; }
  for (var k = first; k < last; k++) {
    let row = example * parameters.length + select(k, parameters.length - 1u - k, parameters.reverse != 0u);
    let place = row * parameters.states + state;
    value = im * value.yx + (re * value + b[place]);
    if (is_final) { x[place] = value; }
  }
  if (!is_final) { carry[index] = value; }
}
