struct Parameters {
  rows: u32,
  columns: u32,
  eta: f32,
  capacity: u32,
}

@group(0) @binding(0) var<storage, read> cost: array<f32>;
@group(0) @binding(1) var<storage, read> potentials: array<f32>;
@group(0) @binding(2) var<storage, read> threshold: array<f32>;
@group(0) @binding(3) var<storage, read> ties: array<i32>;
@group(0) @binding(4) var<storage, read_write> offsets: array<u32>;
@group(0) @binding(5) var<storage, read_write> indices: array<u32>;
@group(0) @binding(6) var<storage, read_write> values: array<f32>;
// Per row the entries above the threshold, then per row those equal to it (later: how many of them are kept), then per column a cursor;
// then per segment of a row how many of either the segments before it have.
@group(0) @binding(7) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(8) var<uniform> parameters: Parameters;

const THREADS = 64u;
const SCAN_THREADS = 256u;
// Columns that one thread walks through: threads that share a row would have to wait for each other.
const SEGMENT = 64u;

var<workgroup> lanes: array<u32, 256>;

fn segments() -> u32 {
  return (parameters.columns + SEGMENT - 1u) / SEGMENT;
}

fn first_segment() -> u32 {
  return 2u * parameters.rows + parameters.columns;
}

fn entry(row: u32, column: u32) -> f32 {
  let c = cost[row * parameters.columns + column];
  return log_plan(potential(row), potential(parameters.rows + column), c, parameters.eta);
}

@compute @workgroup_size(THREADS)
fn count_segments(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * THREADS;
  let row = index / segments();
  if (row >= parameters.rows) {
    return;
  }
  let bound = threshold[0];
  let begin = (index % segments()) * SEGMENT;
  var above = 0u;
  var equal = 0u;
  for (var column = begin; column < min(begin + SEGMENT, parameters.columns); column++) {
    let t = entry(row, column);
    above += u32(t > bound);
    equal += u32(t == bound);
  }
  atomicStore(&counts[first_segment() + 2u * index], above);
  atomicStore(&counts[first_segment() + 2u * index + 1u], equal);
}

@compute @workgroup_size(THREADS)
fn count_rows(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= parameters.rows) {
    return;
  }
  var above = 0u;
  var equal = 0u;
  for (var segment = row * segments(); segment < (row + 1u) * segments(); segment++) {
    let own = first_segment() + 2u * segment;
    let own_above = atomicLoad(&counts[own]);
    let own_equal = atomicLoad(&counts[own + 1u]);
    atomicStore(&counts[own], above);
    atomicStore(&counts[own + 1u], equal);
    above += own_above;
    equal += own_equal;
  }
  atomicStore(&counts[row], above);
  atomicStore(&counts[parameters.rows + row], equal);
}

// The sum of the values of all lanes before this one.
fn scan_exclusive(lane: u32, value: u32) -> u32 {
  workgroupBarrier();
  lanes[lane] = value;
  workgroupBarrier();
  for (var stride = 1u; stride < SCAN_THREADS; stride *= 2u) {
    var before = 0u;
    if (lane >= stride) {
      before = lanes[lane - stride];
    }
    workgroupBarrier();
    lanes[lane] += before;
    workgroupBarrier();
  }
  return lanes[lane] - value;
}

// One workgroup: how many ties each row keeps, and where each row begins.
@compute @workgroup_size(SCAN_THREADS)
fn scan_rows(@builtin(local_invocation_index) lane: u32) {
  let share = (parameters.rows + SCAN_THREADS - 1u) / SCAN_THREADS;
  let begin = min(lane * share, parameters.rows);
  let end = min(begin + share, parameters.rows);
  var equal = 0u;
  for (var row = begin; row < end; row++) {
    equal += atomicLoad(&counts[parameters.rows + row]);
  }
  var left = max(ties[0] - i32(scan_exclusive(lane, equal)), 0);
  var kept = 0u;
  for (var row = begin; row < end; row++) {
    let quota = min(u32(left), atomicLoad(&counts[parameters.rows + row]));
    atomicStore(&counts[parameters.rows + row], quota);
    left -= i32(quota);
    kept += quota + atomicLoad(&counts[row]);
  }
  var position = scan_exclusive(lane, kept);
  for (var row = begin; row < end; row++) {
    // Compilers may round log P differently from one shader to the next; the room must not be overrun for that.
    offsets[row] = min(position, parameters.capacity);
    position += atomicLoad(&counts[row]) + atomicLoad(&counts[parameters.rows + row]);
  }
  if (lane == SCAN_THREADS - 1u) {
    offsets[parameters.rows] = min(position, parameters.capacity);
  }
}

@compute @workgroup_size(THREADS)
fn write_segments(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * THREADS;
  let row = index / segments();
  if (row >= parameters.rows) {
    return;
  }
  let bound = threshold[0];
  let begin = (index % segments()) * SEGMENT;
  let end = offsets[row + 1u];
  let quota = atomicLoad(&counts[parameters.rows + row]);
  var equal = atomicLoad(&counts[first_segment() + 2u * index + 1u]);
  var position = offsets[row] + atomicLoad(&counts[first_segment() + 2u * index]) + min(equal, quota);
  for (var column = begin; column < min(begin + SEGMENT, parameters.columns); column++) {
    let t = entry(row, column);
    if ((t > bound || (t == bound && equal < quota)) && position < end) {
      indices[position] = column;
      values[position] = exp(t);
      position++;
    }
    equal += u32(t == bound);
  }
}

@compute @workgroup_size(THREADS)
fn count_columns(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= parameters.rows) {
    return;
  }
  for (var position = offsets[id.x]; position < offsets[id.x + 1u]; position++) {
    atomicAdd(&counts[2u * parameters.rows + indices[position]], 1u);
  }
}

// One workgroup: where each column begins, as offset and as cursor.
@compute @workgroup_size(SCAN_THREADS)
fn scan_columns(@builtin(local_invocation_index) lane: u32) {
  let share = (parameters.columns + SCAN_THREADS - 1u) / SCAN_THREADS;
  let begin = min(lane * share, parameters.columns);
  let end = min(begin + share, parameters.columns);
  var count = 0u;
  for (var column = begin; column < end; column++) {
    count += atomicLoad(&counts[2u * parameters.rows + column]);
  }
  var position = scan_exclusive(lane, count);
  for (var column = begin; column < end; column++) {
    let own = atomicLoad(&counts[2u * parameters.rows + column]);
    offsets[parameters.rows + 1u + column] = position;
    atomicStore(&counts[2u * parameters.rows + column], position);
    position += own;
  }
  if (lane == SCAN_THREADS - 1u) {
    offsets[parameters.rows + 1u + parameters.columns] = position;
  }
}

@compute @workgroup_size(THREADS)
fn scatter_columns(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= parameters.rows) {
    return;
  }
  for (var position = offsets[id.x]; position < offsets[id.x + 1u]; position++) {
    let place = parameters.capacity + atomicAdd(&counts[2u * parameters.rows + indices[position]], 1u);
    indices[place] = id.x;
    values[place] = values[position];
  }
}

// Threads have scattered in any order: sorts each column by row (Shell's sort).
@compute @workgroup_size(THREADS)
fn sort_columns(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= parameters.columns) {
    return;
  }
  let begin = parameters.capacity + offsets[parameters.rows + 1u + id.x];
  let end = parameters.capacity + offsets[parameters.rows + 2u + id.x];
  var gap = 1u;
  while (gap * 3u + 1u < end - begin) {
    gap = gap * 3u + 1u;
  }
  for (; gap > 0u; gap /= 3u) {
    for (var next = begin + gap; next < end; next++) {
      let row = indices[next];
      let value = values[next];
      var place = next;
      while (place >= begin + gap && indices[place - gap] > row) {
        indices[place] = indices[place - gap];
        values[place] = values[place - gap];
        place -= gap;
      }
      indices[place] = row;
      values[place] = value;
    }
  }
}
