struct Parameters {
  rows: u32,
  columns: u32,
  eta: f32,
  epsilon: f32,
  grid: f32,
  dimension: u32,
  metric: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> own: array<f32>;
@group(0) @binding(3) var<storage, read> others: array<f32>;
@group(0) @binding(4) var<storage, read> log_marginals: array<f32>;
@group(0) @binding(5) var<storage, read_write> moved: array<f32>;
@group(0) @binding(6) var<storage, read_write> sums: array<f32>;
@group(0) @binding(7) var<storage, read_write> cost_sums: array<f32>;
@group(0) @binding(8) var<uniform> parameters: Parameters;

// A workgroup takes 16 rows; 16 threads share the columns of each.
const TILE = 16u;
const LOWEST = -3.0e38;
const EUCLIDEAN = 1u;
const L1 = 2u;

var<workgroup> lanes: array<f32, 256>;
var<workgroup> cost_lanes: array<f32, 256>;

fn cost_between(row: u32, column: u32) -> f32 {
  var sum = 0.0;
  for (var axis = 0u; axis < parameters.dimension; axis++) {
    let difference = x[row * parameters.dimension + axis] - y[axis * parameters.columns + column];
    sum += select(difference * difference, abs(difference), parameters.metric == L1);
  }
  return select(sum, sqrt(sum), parameters.metric == EUCLIDEAN);
}

// log P of one entry.
fn log_entry(potential: vec2f, column: u32, cost: f32) -> f32 {
  let other = vec2f(others[column], others[parameters.columns + column]);
  return (((potential.x + other.x) - cost) + (potential.y + other.y)) * parameters.eta - 1.0;
}

@compute @workgroup_size(TILE, TILE)
fn sweep(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) id: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = group.x * TILE + id.y;
  // Rows beyond the last do the work of the last: all threads must reach the barriers.
  let real = min(row, parameters.rows - 1u);
  let potential = vec2f(own[real], own[parameters.rows + real]);
  let first = id.y * TILE;
  var maximum = LOWEST;
  for (var column = id.x; column < parameters.columns; column += TILE) {
    maximum = max(maximum, log_entry(potential, column, cost_between(real, column)));
  }
  lanes[lane] = maximum;
  workgroupBarrier();
  for (var other = 0u; other < TILE; other++) {
    maximum = max(maximum, lanes[first + other]);
  }
  workgroupBarrier();
  var sum = 0.0;
  var cost_sum = 0.0;
  for (var column = id.x; column < parameters.columns; column += TILE) {
    let cost = cost_between(real, column);
    let p = exp(log_entry(potential, column, cost) - maximum);
    sum += p;
    cost_sum += cost * p;
  }
  lanes[lane] = sum;
  cost_lanes[lane] = cost_sum;
  workgroupBarrier();
  if (id.x != 0u || row >= parameters.rows) {
    return;
  }
  for (var other = 1u; other < TILE; other++) {
    sum += lanes[first + other];
    cost_sum += cost_lanes[first + other];
  }
  let scale = exp(maximum);
  sums[row] = scale * sum;
  cost_sums[row] = scale * cost_sum;
  let remainder = potential.y + (log_marginals[row] - (maximum + log(sum))) * parameters.epsilon;
  let shift = round(remainder / parameters.grid) * parameters.grid;
  moved[row] = potential.x + shift;
  moved[parameters.rows + row] = remainder - shift;
}
