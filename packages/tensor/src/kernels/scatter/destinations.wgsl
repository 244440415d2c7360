// Where updates go: as a list to be sorted, or the last one for each place.
struct Parameters {
  outer: u32,
  extent: u32,
  count: u32,
  inner: u32,
  // 32-bit words per element.
  words: u32,
  // Pairs of (destination, position), filled up to a power of two; all are `pairs` where they are sorted.
  padded: u32,
  // Words of the result.
  size: u32,
  // Whether there is a tensor to start from.
  has_start: u32,
  // Invocations that share a result, a power of two.
  lanes: u32,
}

@group(0) @binding(0) var<storage, read> indices: array<i32>;
@group(0) @binding(1) var<storage, read_write> pairs: array<vec2u>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

fn invocation_of(id: vec3u, groups: vec3u) -> u32 {
  return id.x + id.y * groups.x * 256u;
}

fn destination(k: u32) -> u32 {
  return u32(clamp(indices[k], 0, i32(parameters.extent) - 1));
}

// Destination of update `element` when each has an index: its place in the result.
fn destination_along(element: u32) -> u32 {
  let outer = element / (parameters.count * parameters.inner);
  return (outer * parameters.extent + destination(element)) * parameters.inner + element % parameters.inner;
}

// What fills the list up comes last, since no destination and no position is so large.
@compute @workgroup_size(256)
fn destinations(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let k = invocation_of(id, groups);
  if (k >= parameters.padded) { return; }
  if (k < parameters.count) { pairs[k] = vec2u(destination(k), k); } else { pairs[k] = vec2u(0xffffffffu, k); }
}

@compute @workgroup_size(256)
fn destinations_along(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let k = invocation_of(id, groups);
  if (k >= parameters.padded) { return; }
  let total = parameters.outer * parameters.count * parameters.inner;
  if (k < total) { pairs[k] = vec2u(destination_along(k), k); } else { pairs[k] = vec2u(0xffffffffu, k); }
}

@group(0) @binding(0) var<storage, read> sorted_pairs: array<vec2u>;
@group(0) @binding(1) var<storage, read_write> starts: array<u32>;

// The first pair of each destination, and the end of the last.
@compute @workgroup_size(256)
fn segment_starts(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let segment = invocation_of(id, groups);
  if (segment > parameters.extent) { return; }
  var low = 0u;
  var high = parameters.count;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (sorted_pairs[middle].x < segment) { low = middle + 1u; } else { high = middle; }
  }
  starts[segment] = low;
}

@group(0) @binding(1) var<storage, read_write> last: array<atomic<u32>>;

// The number, from 1, of the last update of each destination.
@compute @workgroup_size(256)
fn last_updates(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let k = invocation_of(id, groups);
  if (k < parameters.count) { atomicMax(&last[destination(k)], k + 1u); }
}

@compute @workgroup_size(256)
fn last_updates_along(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let k = invocation_of(id, groups);
  if (k < parameters.outer * parameters.count * parameters.inner) { atomicMax(&last[destination_along(k)], k + 1u); }
}
