struct Parameters {
  rows: u32,
  columns: u32,
  eta: f32,
  epsilon: f32,
  grid: f32,
}

@group(0) @binding(0) var<storage, read> cost: array<f32>;
@group(0) @binding(1) var<storage, read> potentials: array<f32>;
@group(0) @binding(2) var<storage, read> log_marginals: array<f32>;
@group(0) @binding(3) var<storage, read_write> moved: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

const THREADS = 256u;
// A workgroup takes 16 rows, or columns; 16 threads share the entries of each.
const TILE = 16u;
const LOWEST = -3.0e38;

var<workgroup> lanes: array<f32, 256>;

fn store_moved(position: u32, value: vec2f) {
  moved[position] = value.x;
  moved[parameters.rows + parameters.columns + position] = value.y;
}

// Moves a potential by the step that meets its marginal; the remainder stays within half a grid step.
fn meet_marginal(position: u32, maximum: f32, sum: f32) {
  let log_sum = maximum + log(sum);
  let before = potential(position);
  let remainder = before.y + (log_marginals[position] - log_sum) * parameters.epsilon;
  let shift = round(remainder / parameters.grid) * parameters.grid;
  store_moved(position, vec2f(before.x + shift, remainder - shift));
}

fn entry(row: u32, column: u32) -> f32 {
  let c = cost[row * parameters.columns + column];
  return log_plan(potential(row), potential(parameters.rows + column), c, parameters.eta);
}

// The largest value of `count` threads, the first being `first`, `stride` apart. All threads of the workgroup must call it.
fn maximum_of(lane: u32, first: u32, stride: u32, count: u32, value: f32) -> f32 {
  lanes[lane] = value;
  workgroupBarrier();
  var result = lanes[first];
  for (var other = 1u; other < count; other++) {
    result = max(result, lanes[first + other * stride]);
  }
  workgroupBarrier();
  return result;
}

fn sum_of(lane: u32, first: u32, stride: u32, count: u32, value: f32) -> f32 {
  lanes[lane] = value;
  workgroupBarrier();
  var result = lanes[first];
  for (var other = 1u; other < count; other++) {
    result += lanes[first + other * stride];
  }
  return result;
}

@compute @workgroup_size(TILE, TILE)
fn sweep_rows(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) id: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  for (var column = group.x * THREADS + lane; column < parameters.columns; column += groups.x * THREADS) {
    store_moved(parameters.rows + column, potential(parameters.rows + column));
  }
  let row = group.x * TILE + id.y;
  // Rows beyond the last do the work of the last: all threads must reach the barriers.
  let real = min(row, parameters.rows - 1u);
  let first = id.y * TILE;
  var maximum = LOWEST;
  for (var column = id.x; column < parameters.columns; column += TILE) {
    maximum = max(maximum, entry(real, column));
  }
  maximum = maximum_of(lane, first, 1u, TILE, maximum);
  var sum = 0.0;
  for (var column = id.x; column < parameters.columns; column += TILE) {
    sum += exp(entry(real, column) - maximum);
  }
  sum = sum_of(lane, first, 1u, TILE, sum);
  if (id.x == 0u && row < parameters.rows) {
    sums[row] = exp(maximum) * sum;
    meet_marginal(row, maximum, sum);
  }
}

@compute @workgroup_size(TILE, TILE)
fn sweep_columns(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) id: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  for (var row = group.x * THREADS + lane; row < parameters.rows; row += groups.x * THREADS) {
    store_moved(row, potential(row));
  }
  let column = group.x * TILE + id.x;
  let real = min(column, parameters.columns - 1u);
  var maximum = LOWEST;
  for (var row = id.y; row < parameters.rows; row += TILE) {
    maximum = max(maximum, entry(row, real));
  }
  maximum = maximum_of(lane, id.x, TILE, TILE, maximum);
  var sum = 0.0;
  for (var row = id.y; row < parameters.rows; row += TILE) {
    sum += exp(entry(row, real) - maximum);
  }
  sum = sum_of(lane, id.x, TILE, TILE, sum);
  if (id.y == 0u && column < parameters.columns) {
    sums[column] = exp(maximum) * sum;
    meet_marginal(parameters.rows + column, maximum, sum);
  }
}
