struct Parameters {
  rows: u32,
  // Columns of a batch, and of all batches.
  columns: u32,
  total: u32,
  most: u32,
  gamma: f32,
  is_entropic: u32,
  is_bound: u32,
}

@group(0) @binding(0) var<storage, read> costs: array<f32>;
@group(0) @binding(1) var<storage, read> row_potentials: array<f32>;
@group(0) @binding(2) var<storage, read> column_inputs: array<f32>;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(4) var<storage, read_write> masses: array<f32>;
@group(0) @binding(5) var<storage, read_write> indices: array<i32>;
// Entries that have been selected, by index: key and index.
@group(0) @binding(6) var<storage, read_write> selected: array<vec2u>;
@group(0) @binding(7) var<uniform> parameters: Parameters;

const THREADS = 256u;
const NAN_KEY = 0xffffffffu;

var<workgroup> counts: array<atomic<u32>, 256>;
var<workgroup> scans: array<u32, 256>;
var<workgroup> sums: array<f32, 256>;
// Digits of the least wanted key that are known, and how many of the keys that begin like it are wanted.
var<workgroup> prefix: u32;
var<workgroup> wanted: u32;
var<workgroup> found_nan: u32;

// An unsigned integer that orders like the float, NaN above all; 0 and -0 are equal.
fn key_of(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    return NAN_KEY;
  }
  let plain = select(bits, 0u, bits == 0x80000000u);
  return select(plain | 0x80000000u, ~plain, (plain >> 31u) == 1u);
}

fn value_of(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key & 0x7fffffffu, (key >> 31u) == 1u));
}

fn key_at(column: u32, row: u32) -> u32 {
  return key_of(row_potentials[column / parameters.columns * parameters.rows + row] - costs[column * parameters.rows + row]);
}

// For each thread, the sum of `own` over itself and the threads before it.
fn scan(lane: u32, own: u32) -> u32 {
  scans[lane] = own;
  workgroupBarrier();
  for (var distance = 1u; distance < THREADS; distance *= 2u) {
    var other = 0u;
    if (lane >= distance) {
      other = scans[lane - distance];
    }
    workgroupBarrier();
    scans[lane] += other;
    workgroupBarrier();
  }
  return scans[lane];
}

// Sum over all threads, pairwise.
fn total(lane: u32, own: f32) -> f32 {
  workgroupBarrier();
  sums[lane] = own;
  workgroupBarrier();
  for (var distance = THREADS / 2u; distance > 0u; distance /= 2u) {
    if (lane < distance) {
      sums[lane] += sums[lane + distance];
    }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&sums[0]);
}

// Finds the least of the largest keys, eight bits at a time. The column is read from memory once and from the cache after that.
fn find_least(lane: u32, column: u32) {
  if (lane == 0u) {
    prefix = 0u;
    wanted = parameters.most;
  }
  for (var shift = 24u; ; shift -= 8u) {
    atomicStore(&counts[lane], 0u);
    workgroupBarrier();
    let mask = select(0xffffffffu << ((shift + 8u) & 31u), 0u, shift == 24u);
    let known = prefix;
    let remaining = wanted;
    for (var row = lane; row < parameters.rows; row += THREADS) {
      let key = key_at(column, row);
      if ((key & mask) == known) {
        atomicAdd(&counts[(key >> shift) & 255u], 1u);
      }
    }
    workgroupBarrier();
    // Threads in the order of falling digits.
    let digit = 255u - lane;
    let own = atomicLoad(&counts[digit]);
    let reached = scan(lane, own);
    if (reached >= remaining && reached - own < remaining) {
      prefix = known | (digit << shift);
      wanted = remaining - (reached - own);
    }
    workgroupBarrier();
    if (shift == 0u) {
      break;
    }
  }
}

// Lists the entries above the least one, and the first of those equal to it.
fn select_entries(lane: u32, column: u32) {
  let least = prefix;
  let ties = wanted;
  let target_start = column * parameters.most;
  var listed = 0u;
  var tied = 0u;
  for (var first = 0u; first < parameters.rows; first += THREADS) {
    let row = first + lane;
    var key = 0u;
    var is_above = false;
    var is_tied = false;
    if (row < parameters.rows) {
      key = key_at(column, row);
      is_above = key > least;
      is_tied = key == least;
    }
    // Two counts in one scan: a workgroup has fewer than 2^16 threads.
    let reached = scan(lane, select(0u, 1u, is_above) + select(0u, 0x10000u, is_tied));
    scans[lane] = reached;
    workgroupBarrier();
    let last = workgroupUniformLoad(&scans[THREADS - 1u]);
    let above = reached & 0xffffu;
    let tied_before = tied + (reached >> 16u);
    if (is_above) {
      // Ties that were taken before this entry.
      selected[target_start + listed + above - 1u + min(tied_before, ties)] = vec2u(key, row);
    } else if (is_tied && tied_before <= ties) {
      selected[target_start + listed + above + tied_before - 1u] = vec2u(key, row);
    }
    listed += last & 0xffffu;
    tied += last >> 16u;
    workgroupBarrier();
  }
}

// Writes scores and indices in their order: each entry counts those before it.
fn sort_entries(lane: u32, column: u32) {
  let start = column * parameters.most;
  for (var entry = lane; entry < parameters.most; entry += THREADS) {
    let own = selected[start + entry];
    var rank = 0u;
    for (var other = 0u; other < parameters.most; other++) {
      let key = selected[start + other].x;
      if (key > own.x || (key == own.x && other < entry)) {
        rank++;
      }
    }
    if (own.x == NAN_KEY) {
      found_nan = 1u;
    }
    masses[start + rank] = value_of(own.x);
    indices[start + rank] = i32(own.y);
  }
}

// Keeps the masses of entries above the threshold; the others get none.
fn write_mass(at: u32, mass: f32) {
  masses[at] = max(mass, 0.0);
  if (mass <= 0.0) {
    indices[at] = 0;
  }
}

fn bound_quadratic(lane: u32, column: u32, mass: f32) {
  let start = column * parameters.most;
  let best = masses[start];
  let gamma = parameters.gamma;
  var remaining_count = 0.0;
  var threshold = -1.0;
  var scale = 0.0;
  // From all entries down: those at most the threshold of their set leave it, until none does.
  loop {
    var own_sum = 0.0;
    var own_count = 0.0;
    for (var entry = lane; entry < parameters.most; entry += THREADS) {
      let below = masses[start + entry] - best;
      if (below * scale > threshold) {
        own_sum += below;
        own_count += 1.0;
      }
    }
    let sum = total(lane, own_sum);
    let count = total(lane, own_count);
    if (count == remaining_count) {
      break;
    }
    remaining_count = count;
    scale = count;
    threshold = sum - gamma * mass;
  }
  let level = threshold / scale;
  workgroupBarrier();
  var own_value = 0.0;
  for (var entry = lane; entry < parameters.most; entry += THREADS) {
    let below = masses[start + entry] - best;
    let own = select(0.0, (below - level) / gamma, below * scale > threshold);
    own_value += own * (below - 0.5 * gamma * own);
    write_mass(start + entry, own);
  }
  let value = total(lane, own_value);
  if (lane == 0u) {
    values[column] = mass * best + value;
  }
}

fn bound_entropic(lane: u32, column: u32, mass: f32) {
  let start = column * parameters.most;
  let best = masses[start];
  workgroupBarrier();
  var own_sum = 0.0;
  for (var entry = lane; entry < parameters.most; entry += THREADS) {
    let weight = exp((masses[start + entry] - best) / parameters.gamma);
    masses[start + entry] = weight;
    own_sum += weight;
  }
  let share = mass / total(lane, own_sum);
  for (var entry = lane; entry < parameters.most; entry += THREADS) {
    masses[start + entry] *= share;
  }
  if (lane == 0u) {
    values[column] = mass * (best - parameters.gamma * log(share));
  }
}

fn free_masses(lane: u32, column: u32, potential: f32) {
  let start = column * parameters.most;
  let gamma = parameters.gamma;
  var own_value = 0.0;
  for (var entry = lane; entry < parameters.most; entry += THREADS) {
    let score = masses[start + entry] + potential;
    if (parameters.is_entropic == 1u) {
      let mass = exp(score / gamma - 1.0);
      own_value += gamma * mass;
      masses[start + entry] = mass;
    } else {
      let positive = max(score, 0.0);
      own_value += positive * positive / (2.0 * gamma);
      write_mass(start + entry, positive / gamma);
    }
  }
  let value = total(lane, own_value);
  if (lane == 0u) {
    values[column] = value;
  }
}

fn fill(lane: u32, column: u32, value: f32) {
  for (var entry = lane; entry < parameters.most; entry += THREADS) {
    masses[column * parameters.most + entry] = value;
    indices[column * parameters.most + entry] = 0;
  }
  if (lane == 0u) {
    values[column] = value;
  }
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = group.x + group.y * groups.x;
  if (column >= parameters.total) {
    return;
  }
  let own = column_inputs[column];
  let own_key = key_of(own);
  if (lane == 0u) {
    found_nan = select(0u, 1u, own_key == NAN_KEY);
  }
  if (parameters.is_bound == 1u && own_key <= 0x80000000u) {
    fill(lane, column, 0.0);
    return;
  }
  find_least(lane, column);
  select_entries(lane, column);
  storageBarrier();
  sort_entries(lane, column);
  storageBarrier();
  if (workgroupUniformLoad(&found_nan) == 1u) {
    fill(lane, column, value_of(NAN_KEY));
  } else if (parameters.is_bound == 0u) {
    free_masses(lane, column, own);
  } else if (parameters.is_entropic == 1u) {
    bound_entropic(lane, column, own);
  } else {
    bound_quadratic(lane, column, own);
  }
}
