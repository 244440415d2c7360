struct Parameters {
  rows: u32,
  columns: u32,
  eta: f32,
}

@group(0) @binding(0) var<storage, read> cost: array<f32>;
@group(0) @binding(1) var<storage, read> potentials: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> row_costs: array<f32>;
@group(0) @binding(4) var<storage, read_write> histogram: array<atomic<i32>>;
// For every tile of a row its part of the sum, then of the cost; for every tile of a column its part of the sum.
@group(0) @binding(5) var<storage, read_write> partial: array<f32>;
@group(0) @binding(6) var<uniform> parameters: Parameters;

const THREADS = 8u;
const TILE = 64u;
const PER_THREAD = 8u;
const BINS = 1664u;
const BINS_PER_UNIT = 32.0;
const LOWEST = -52.0;

var<workgroup> tile_values: array<f32, 512>;
var<workgroup> bins: array<atomic<i32>, BINS>;

// Every thread gets the sum of one row of the tile, and brings its parts of eight of them, 8 rows apart.
fn sum_rows(lane: u32, id: vec3u, parts: array<f32, PER_THREAD>) -> f32 {
  workgroupBarrier();
  for (var i = 0u; i < PER_THREAD; i++) {
    tile_values[(i * THREADS + id.y) * THREADS + id.x] = parts[i];
  }
  workgroupBarrier();
  var sum = 0.0;
  for (var other = 0u; other < THREADS; other++) {
    sum += tile_values[lane * THREADS + other];
  }
  return sum;
}

// As `sum_rows`, for columns.
fn sum_columns(lane: u32, id: vec3u, parts: array<f32, PER_THREAD>) -> f32 {
  workgroupBarrier();
  for (var j = 0u; j < PER_THREAD; j++) {
    tile_values[id.y * TILE + j * THREADS + id.x] = parts[j];
  }
  workgroupBarrier();
  var sum = 0.0;
  for (var other = 0u; other < THREADS; other++) {
    sum += tile_values[other * TILE + lane];
  }
  return sum;
}

@compute @workgroup_size(THREADS, THREADS)
fn sum_tiles(
  @builtin(workgroup_id) tile: vec3u,
  @builtin(num_workgroups) tiles: vec3u,
  @builtin(local_invocation_id) id: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  for (var bin = lane; bin < BINS; bin += THREADS * THREADS) {
    atomicStore(&bins[bin], 0);
  }
  workgroupBarrier();
  var row_parts: array<f32, PER_THREAD>;
  var cost_parts: array<f32, PER_THREAD>;
  var column_parts: array<f32, PER_THREAD>;
  var lowest = 0;
  for (var i = 0u; i < PER_THREAD; i++) {
    let row = tile.y * TILE + i * THREADS + id.y;
    for (var j = 0u; j < PER_THREAD; j++) {
      let column = tile.x * TILE + j * THREADS + id.x;
      if (row < parameters.rows && column < parameters.columns) {
        let c = cost[row * parameters.columns + column];
        let t = log_plan(potential(row), potential(parameters.rows + column), c, parameters.eta);
        let p = exp(t);
        row_parts[i] += p;
        cost_parts[i] += p * c;
        column_parts[j] += p;
        let position = floor((t - LOWEST) * BINS_PER_UNIT);
        if (position >= 1.0) {
          atomicAdd(&bins[u32(min(position, f32(BINS - 1u)))], 1);
        } else {
          lowest++;
        }
      }
    }
  }
  atomicAdd(&bins[0], lowest);
  let row_sum = sum_rows(lane, id, row_parts);
  let row_cost = sum_rows(lane, id, cost_parts);
  let column_sum = sum_columns(lane, id, column_parts);
  let costs = tiles.x * parameters.rows;
  let row = tile.y * TILE + lane;
  if (row < parameters.rows) {
    partial[tile.x * parameters.rows + row] = row_sum;
    partial[costs + tile.x * parameters.rows + row] = row_cost;
  }
  let column = tile.x * TILE + lane;
  if (column < parameters.columns) {
    partial[2u * costs + tile.y * parameters.columns + column] = column_sum;
  }
  for (var bin = lane; bin < BINS; bin += THREADS * THREADS) {
    let count = atomicLoad(&bins[bin]);
    if (count != 0) {
      atomicAdd(&histogram[bin], count);
    }
  }
}

@compute @workgroup_size(64)
fn combine_tiles(@builtin(global_invocation_id) id: vec3u) {
  let row_tiles = (parameters.rows + TILE - 1u) / TILE;
  let column_tiles = (parameters.columns + TILE - 1u) / TILE;
  let costs = column_tiles * parameters.rows;
  if (id.x < parameters.rows) {
    var sum = 0.0;
    var total_cost = 0.0;
    for (var tile = 0u; tile < column_tiles; tile++) {
      sum += partial[tile * parameters.rows + id.x];
      total_cost += partial[costs + tile * parameters.rows + id.x];
    }
    sums[id.x] = sum;
    row_costs[id.x] = total_cost;
  } else if (id.x < parameters.rows + parameters.columns) {
    var sum = 0.0;
    for (var tile = 0u; tile < row_tiles; tile++) {
      sum += partial[2u * costs + tile * parameters.columns + id.x - parameters.rows];
    }
    sums[id.x] = sum;
  }
}
