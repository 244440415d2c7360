// Words of the last update of each place, or what was there.
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

@group(0) @binding(0) var<storage, read> updates: array<u32>;
@group(0) @binding(1) var<storage, read> winners: array<u32>;
@group(0) @binding(2) var<storage, read> replaced: array<u32>;
@group(0) @binding(3) var<storage, read_write> written: array<u32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

fn invocation_of(id: vec3u, groups: vec3u) -> u32 {
  return id.x + id.y * groups.x * 256u;
}

fn unchanged(word: u32) -> u32 {
  if (parameters.has_start != 0u) { return replaced[word]; }
  return 0u;
}

@compute @workgroup_size(256)
fn replace(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let word = invocation_of(id, groups);
  if (word >= parameters.size) { return; }
  let width = parameters.inner * parameters.words;
  let row = word / width;
  let winner = winners[row % parameters.extent];
  if (winner == 0u) {
    written[word] = unchanged(word);
  } else {
    written[word] = updates[(row / parameters.extent * parameters.count + winner - 1u) * width + word % width];
  }
}

@compute @workgroup_size(256)
fn replace_along(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let word = invocation_of(id, groups);
  if (word >= parameters.size) { return; }
  let winner = winners[word / parameters.words];
  if (winner == 0u) {
    written[word] = unchanged(word);
  } else {
    written[word] = updates[(winner - 1u) * parameters.words + word % parameters.words];
  }
}
