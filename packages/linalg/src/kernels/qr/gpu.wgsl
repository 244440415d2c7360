// `Element` and its operations are those of element-shader.ts.
struct Parameters {
  rows: u32,
  columns: u32,
  // Columns of Q, and rows of R.
  kept: u32,
  // First matrix of the dispatch.
  first: u32,
  // Column whose reflector is made or applied.
  k: u32,
  pivoting: u32,
}

@group(0) @binding(0) var<storage, read> a: array<Element>;
@group(0) @binding(1) var<storage, read_write> q: array<Element>;
@group(0) @binding(2) var<storage, read_write> r: array<Element>;
// The reduced matrix: R on and above the diagonal, below it the reflectors, whose first element is 1.
@group(0) @binding(3) var<storage, read_write> work: array<Element>;
@group(0) @binding(4) var<storage, read_write> taus: array<Element>;
@group(0) @binding(5) var<storage, read_write> lengths: array<f32>;
@group(0) @binding(6) var<storage, read_write> order: array<i32>;
@group(0) @binding(7) var<uniform> parameters: Parameters;

const TILE = 16u;
const COLUMNS = 64u;
const THREADS = 256u;

var<workgroup> sums: array<f32, 256>;
var<workgroup> places: array<u32, 256>;

fn position(batch: u32, i: u32, j: u32) -> u32 {
  return (batch * parameters.rows + i) * parameters.columns + j;
}

fn tau_at(batch: u32, k: u32) -> u32 {
  return batch * min(parameters.rows, parameters.columns) + k;
}

@compute @workgroup_size(TILE, TILE)
fn begin(@builtin(global_invocation_id) id: vec3u) {
  let batch = parameters.first + id.z;
  if (id.x >= parameters.columns) {
    return;
  }
  if (id.y < parameters.rows) {
    let at = position(batch, id.y, id.x);
    work[at] = a[at];
  }
  if (id.y == 0u) {
    order[batch * parameters.columns + id.x] = i32(id.x);
  }
}

// The largest size in a column, from a row on.
fn most(batch: u32, column: u32, from_row: u32) -> f32 {
  var size = 0.0;
  for (var i = from_row; i < parameters.rows; i++) {
    size = max(size, largest_part(work[position(batch, i, column)]));
  }
  return size;
}

@compute @workgroup_size(COLUMNS)
fn measure(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let batch = parameters.first + group.z;
  let column = parameters.k + group.x * COLUMNS + lane;
  if (column >= parameters.columns) {
    return;
  }
  let size = most(batch, column, parameters.k);
  var sum = 0.0;
  if (size > 0.0) {
    for (var i = parameters.k; i < parameters.rows; i++) {
      sum += square_modulus(work[position(batch, i, column)] / size);
    }
  }
  lengths[batch * parameters.columns + column] = size * sqrt(sum);
}

fn sum_threads(lane: u32, value: f32) -> f32 {
  sums[lane] = value;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      sums[lane] += sums[lane + half];
    }
    workgroupBarrier();
  }
  let total = sums[0];
  workgroupBarrier();
  return total;
}

fn largest_of_threads(lane: u32, value: f32, place: u32) -> u32 {
  sums[lane] = value;
  places[lane] = place;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      let other = lane + half;
      if (sums[other] > sums[lane] || (sums[other] == sums[lane] && places[other] < places[lane])) {
        sums[lane] = sums[other];
        places[lane] = places[other];
      }
    }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&places[0]);
}

fn bring_longest(lane: u32, batch: u32) {
  let k = parameters.k;
  var length = -1.0;
  var place = k;
  for (var j = k + lane; j < parameters.columns; j += THREADS) {
    let other = lengths[batch * parameters.columns + j];
    if (other > length) {
      length = other;
      place = j;
    }
  }
  let best = largest_of_threads(lane, length, place);
  if (best == k) {
    return;
  }
  for (var i = lane; i < parameters.rows; i += THREADS) {
    let one = position(batch, i, k);
    let other = position(batch, i, best);
    let moved = work[one];
    work[one] = work[other];
    work[other] = moved;
  }
  if (lane == 0u) {
    let start = batch * parameters.columns;
    let moved = order[start + k];
    order[start + k] = order[start + best];
    order[start + best] = moved;
  }
}

@compute @workgroup_size(THREADS)
fn reflect(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let batch = parameters.first + group.z;
  let k = parameters.k;
  if (parameters.pivoting != 0u) {
    bring_longest(lane, batch);
    storageBarrier();
  }
  var size = 0.0;
  for (var i = k + 1u + lane; i < parameters.rows; i += THREADS) {
    size = max(size, largest_part(work[position(batch, i, k)]));
  }
  largest_of_threads(lane, size, lane);
  let scale = sums[0];
  workgroupBarrier();
  var sum = 0.0;
  if (scale > 0.0) {
    for (var i = k + 1u + lane; i < parameters.rows; i += THREADS) {
      sum += square_modulus(work[position(batch, i, k)] / scale);
    }
  }
  let rest = scale * sqrt(sum_threads(lane, sum));
  let diagonal = position(batch, k, k);
  let alpha = work[diagonal];
  storageBarrier();
  var tau = Element();
  if (rest > 0.0 || imaginary_part(alpha) != 0.0) {
    let own = modulus(alpha);
    let longer = max(own, rest);
    let shorter = min(own, rest) / longer;
    let beta = select(-1.0, 1.0, real_part(alpha) < 0.0) * longer * sqrt(1.0 + shorter * shorter);
    tau = (from_real(beta) - alpha) / beta;
    for (var i = k + 1u + lane; i < parameters.rows; i += THREADS) {
      let at = position(batch, i, k);
      work[at] = over(work[at], alpha - from_real(beta));
    }
    if (lane == 0u) {
      work[diagonal] = from_real(beta);
    }
  }
  if (lane == 0u) {
    taus[tau_at(batch, k)] = tau;
  }
}

@compute @workgroup_size(COLUMNS)
fn apply(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let batch = parameters.first + group.z;
  let k = parameters.k;
  let column = k + 1u + group.x * COLUMNS + lane;
  if (column >= parameters.columns) {
    return;
  }
  var sum = work[position(batch, k, column)];
  for (var i = k + 1u; i < parameters.rows; i++) {
    sum += times(conjugate(work[position(batch, i, k)]), work[position(batch, i, column)]);
  }
  sum = times(conjugate(taus[tau_at(batch, k)]), sum);
  work[position(batch, k, column)] -= sum;
  for (var i = k + 1u; i < parameters.rows; i++) {
    work[position(batch, i, column)] -= times(sum, work[position(batch, i, k)]);
  }
}

fn is_flipped(batch: u32, i: u32) -> bool {
  return i < min(parameters.rows, parameters.columns) && real_part(work[position(batch, i, i)]) < 0.0;
}

// R with a diagonal that is not negative, and the identity with the signs that this takes in Q's place.
@compute @workgroup_size(TILE, TILE)
fn split(@builtin(global_invocation_id) id: vec3u) {
  let batch = parameters.first + id.z;
  let i = id.y;
  let j = id.x;
  if (i >= parameters.rows) {
    return;
  }
  let sign = select(1.0, -1.0, is_flipped(batch, i));
  if (j < parameters.kept) {
    q[(batch * parameters.rows + i) * parameters.kept + j] = from_real(select(0.0, sign, i == j));
  }
  if (i < parameters.kept && j < parameters.columns) {
    let at = (batch * parameters.kept + i) * parameters.columns + j;
    if (i <= j) {
      r[at] = sign * work[position(batch, i, j)];
    } else {
      r[at] = Element();
    }
  }
}

@compute @workgroup_size(COLUMNS)
fn apply_to_q(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let batch = parameters.first + group.z;
  let k = parameters.k;
  let column = k + group.x * COLUMNS + lane;
  let kept = parameters.kept;
  if (column >= kept) {
    return;
  }
  let start = batch * parameters.rows * kept + column;
  var sum = q[start + k * kept];
  for (var i = k + 1u; i < parameters.rows; i++) {
    sum += times(conjugate(work[position(batch, i, k)]), q[start + i * kept]);
  }
  sum = times(taus[tau_at(batch, k)], sum);
  q[start + k * kept] -= sum;
  for (var i = k + 1u; i < parameters.rows; i++) {
    q[start + i * kept] -= times(sum, work[position(batch, i, k)]);
  }
}
