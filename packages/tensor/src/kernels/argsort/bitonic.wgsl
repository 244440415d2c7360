// Bitonic sorting of lines of (key, position) pairs, a power of two long, by key and then by position: all pairs differ, so there is one order, and it is stable.
struct Parameters {
  // Pairs of all lines.
  total: u32,
  // Pairs of a line.
  length: u32,
  // Pairs that are in order, ascending and descending by turns, once this stage is done.
  stage: u32,
  distance: u32,
}

@group(0) @binding(0) var<storage, read_write> pairs: array<vec2u>;
@group(0) @binding(1) var<uniform> parameters: Parameters;

// Pairs that a workgroup holds, twice the invocations or more.
const BLOCK = 1024u;
const SIZE = 256u;

var<workgroup> block: array<vec2u, BLOCK>;

fn is_after(a: vec2u, b: vec2u) -> bool {
  return a.x > b.x || (a.x == b.x && a.y > b.y);
}

// Whether the pair at `index` belongs to an ascending run of the stage; the whole line is one.
fn is_ascending(index: u32, stage: u32) -> bool {
  return ((index & (parameters.length - 1u)) & stage) == 0u;
}

fn merge_block(invocation: u32, first: u32, stage: u32, largest_distance: u32) {
  for (var distance = largest_distance; distance > 0u; distance /= 2u) {
    for (var pair = invocation; pair < BLOCK / 2u; pair += SIZE) {
      let lower = pair / distance * (2u * distance) + pair % distance;
      let a = block[lower];
      let b = block[lower + distance];
      if (is_after(a, b) == is_ascending(first + lower, stage)) {
        block[lower] = b;
        block[lower + distance] = a;
      }
    }
    workgroupBarrier();
  }
}

fn load_block(invocation: u32, first: u32) {
  for (var index = invocation; index < BLOCK; index += SIZE) {
    if (first + index < parameters.total) { block[index] = pairs[first + index]; }
  }
  workgroupBarrier();
}

fn store_block(invocation: u32, first: u32) {
  for (var index = invocation; index < BLOCK; index += SIZE) {
    if (first + index < parameters.total) { pairs[first + index] = block[index]; }
  }
}

// All stages up to the block's size.
@compute @workgroup_size(SIZE)
fn sort_block(@builtin(local_invocation_index) invocation: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = (group.x + group.y * groups.x) * BLOCK;
  load_block(invocation, first);
  let last_stage = min(parameters.length, BLOCK);
  for (var stage = 2u; stage <= last_stage; stage *= 2u) {
    merge_block(invocation, first, stage, stage / 2u);
  }
  store_block(invocation, first);
}

// One distance of a stage that reaches beyond a block.
@compute @workgroup_size(SIZE)
fn merge_step(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let pair = id.x + id.y * groups.x * SIZE;
  if (pair >= parameters.total / 2u) { return; }
  let distance = parameters.distance;
  let lower = pair / distance * (2u * distance) + pair % distance;
  let a = pairs[lower];
  let b = pairs[lower + distance];
  if (is_after(a, b) == is_ascending(lower, parameters.stage)) {
    pairs[lower] = b;
    pairs[lower + distance] = a;
  }
}

// The distances of a stage that a block holds.
@compute @workgroup_size(SIZE)
fn merge_within_blocks(@builtin(local_invocation_index) invocation: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = (group.x + group.y * groups.x) * BLOCK;
  load_block(invocation, first);
  merge_block(invocation, first, parameters.stage, BLOCK / 2u);
  store_block(invocation, first);
}
