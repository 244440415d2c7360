// Each element of the result is computed by its own invocations from the updates that go to it, in a fixed order: no atomic floats, the same bits at every run.
override kind: u32;

const SUM_FLOAT = 0u;
const SUM_INTEGER = 1u;
const MAXIMUM_FLOAT = 2u;
const MAXIMUM_SIGNED = 3u;
const MAXIMUM_UNSIGNED = 4u;

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
@group(0) @binding(1) var<storage, read> order: array<vec2u>;
@group(0) @binding(2) var<storage, read> segments: array<u32>;
@group(0) @binding(3) var<storage, read> start: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

const SIZE = 256u;
const NAN = 0x7fc00000u;
const MINUS_INFINITY = 0xff800000u;

var<workgroup> partial: array<u32, SIZE>;

fn identity() -> u32 {
  switch kind {
    case MAXIMUM_FLOAT: { return MINUS_INFINITY; }
    case MAXIMUM_SIGNED: { return 0x80000000u; }
    default: { return 0u; }
  }
}

// Floats in the order of signed integers.
fn ordered(bits: u32) -> i32 {
  return bitcast<i32>(select(bits, bits ^ 0x7fffffffu, (bits & 0x80000000u) != 0u));
}

fn is_nan(bits: u32) -> bool {
  return (bits & 0x7fffffffu) > 0x7f800000u;
}

fn combine(a: u32, b: u32) -> u32 {
  switch kind {
    case SUM_FLOAT: { return bitcast<u32>(bitcast<f32>(a) + bitcast<f32>(b)); }
    case SUM_INTEGER: { return a + b; }
    case MAXIMUM_FLOAT: {
      if (is_nan(a) || is_nan(b)) { return NAN; }
      return select(b, a, ordered(a) >= ordered(b));
    }
    case MAXIMUM_SIGNED: { return bitcast<u32>(max(bitcast<i32>(a), bitcast<i32>(b))); }
    default: { return max(a, b); }
  }
}

// One word of the result: every `lanes`-th update of its destination, then the lanes' results as a tree. Neighbouring invocations have neighbouring words.
@compute @workgroup_size(SIZE)
fn reduce_segments(
  @builtin(local_invocation_index) invocation: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let results = SIZE / parameters.lanes;
  let word = (group.x + group.y * groups.x) * results + invocation % results;
  let lane = invocation / results;
  if (word < parameters.size) {
    let row = word / parameters.inner;
    let column = word % parameters.inner;
    let segment = row % parameters.extent;
    let base = row / parameters.extent * parameters.count;
    let end = segments[segment + 1u];
    var total = identity();
    for (var at = segments[segment] + lane; at < end; at += parameters.lanes) {
      total = combine(total, updates[(base + order[at].y) * parameters.inner + column]);
    }
    partial[invocation] = total;
  }
  for (var half = parameters.lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { partial[invocation] = combine(partial[invocation], partial[invocation + half * results]); }
  }
  if (lane == 0u && word < parameters.size) {
    var result = partial[invocation];
    if (parameters.has_start != 0u) { result = combine(start[word], result); }
    y[word] = result;
  }
}
