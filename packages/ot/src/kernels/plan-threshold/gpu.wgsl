struct Parameters {
  rows: u32,
  columns: u32,
  eta: f32,
  // How many of the largest entries are wanted.
  count: u32,
  // Bits below the digit of this round: 24, 16, 8, 0.
  shift: u32,
}

// What the rounds before have found out.
struct State {
  counts: array<atomic<u32>, 256>,
  // Digits of the wanted key that are known; the others are 0.
  prefix: u32,
  // Keys larger than all that begin with the prefix.
  above: u32,
}

@group(0) @binding(0) var<storage, read> cost: array<f32>;
@group(0) @binding(1) var<storage, read> potentials: array<f32>;
@group(0) @binding(2) var<storage, read_write> threshold: array<f32>;
@group(0) @binding(3) var<storage, read_write> ties: array<i32>;
@group(0) @binding(4) var<storage, read_write> state: State;
@group(0) @binding(5) var<uniform> parameters: Parameters;

const THREADS = 256u;
var<workgroup> counts: array<atomic<u32>, 256>;

// An unsigned integer that orders like the float; 0 and -0 are equal.
fn key_of(value: f32) -> u32 {
  let bits = select(bitcast<u32>(value), 0u, value == 0.0);
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn value_of(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key & 0x7fffffffu, (key >> 31u) == 1u));
}

@compute @workgroup_size(THREADS)
fn count_digits(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  atomicStore(&counts[lane], 0u);
  workgroupBarrier();
  let known = state.prefix;
  let mask = select(0xffffffffu << ((parameters.shift + 8u) & 31u), 0u, parameters.shift == 24u);
  for (var index = group.x * THREADS + lane; index < parameters.rows * parameters.columns; index += groups.x * THREADS) {
    let x = potential(index / parameters.columns);
    let y = potential(parameters.rows + index % parameters.columns);
    let key = key_of(log_plan(x, y, cost[index], parameters.eta));
    if ((key & mask) == known) {
      atomicAdd(&counts[(key >> parameters.shift) & 255u], 1u);
    }
  }
  workgroupBarrier();
  let count = atomicLoad(&counts[lane]);
  if (count != 0u) {
    atomicAdd(&state.counts[lane], count);
  }
}

@compute @workgroup_size(1)
fn take_digit() {
  var digit = 255u;
  var above = state.above;
  for (; digit > 0u; digit--) {
    let count = atomicLoad(&state.counts[digit]);
    if (above + count >= parameters.count) {
      break;
    }
    above += count;
  }
  state.above = above;
  state.prefix |= digit << parameters.shift;
  for (var each = 0u; each < 256u; each++) {
    atomicStore(&state.counts[each], 0u);
  }
  threshold[0] = value_of(state.prefix);
  ties[0] = i32(parameters.count - above);
}
