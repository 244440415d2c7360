// Follows key.wgsl. Elements become pairs of a key and their position; sorted pairs give up their positions.
struct Parameters {
  // Pairs of all lines.
  total: u32,
  // Pairs of a line, a power of two.
  padded: u32,
  // Elements of a line.
  length: u32,
  inner: u32,
  // Positions wanted of a line.
  count: u32,
  // Positions wanted of all lines.
  size: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> pairs: array<vec2u>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@group(0) @binding(0) var<storage, read> sorted_pairs: array<vec2u>;
@group(0) @binding(1) var<storage, read_write> positions: array<u32>;

@compute @workgroup_size(256)
fn keys(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 256u;
  if (index >= parameters.total) { return; }
  let line = index / parameters.padded;
  let position = index % parameters.padded;
  // What fills a line up comes last: its positions are beyond those of all elements.
  var key = LARGEST;
  if (position < parameters.length) {
    let outer = line / parameters.inner;
    key = key_of(x[(outer * parameters.length + position) * parameters.inner + line % parameters.inner]);
  }
  pairs[index] = vec2u(key, position);
}

@compute @workgroup_size(256)
fn positions_of_pairs(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 256u;
  if (index >= parameters.size) { return; }
  let row = index / parameters.inner;
  let line = row / parameters.count * parameters.inner + index % parameters.inner;
  positions[index] = sorted_pairs[line * parameters.padded + row % parameters.count].y;
}
