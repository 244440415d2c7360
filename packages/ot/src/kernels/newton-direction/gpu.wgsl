// One workgroup does all of it: the vectors are short, and a barrier costs far less than a dispatch.
struct Parameters {
  rows: u32,
  columns: u32,
  capacity: u32,
  // Iterations of this dispatch, and of all.
  chunk: u32,
  iterations: u32,
  // 1 + shift
  scale: f32,
  // Square of the tolerance.
  tolerance: f32,
}

struct Scalars {
  weighted: f32,
  residual_square: f32,
  gradient_square: f32,
  iterations: u32,
  broken: u32,
}

@group(0) @binding(0) var<storage, read> sums: array<f32>;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> offsets: array<u32>;
@group(0) @binding(3) var<storage, read> indices: array<u32>;
@group(0) @binding(4) var<storage, read> values: array<f32>;
@group(0) @binding(5) var<storage, read_write> direction: array<f32>;
@group(0) @binding(6) var<storage, read_write> statistics: array<f32>;
// Per row: inverse diagonal, a vector. Per column: residual, search direction, inverse diagonal, product. Then the scalars, as bits.
@group(0) @binding(7) var<storage, read_write> room: array<f32>;
@group(0) @binding(8) var<uniform> parameters: Parameters;

const THREADS = 256u;
// Cancellation leaves nothing below this share of the diagonal.
const FLOOR = 1e-6;

var<workgroup> lanes: array<vec3f, 256>;
var<workgroup> groups: array<vec3f, 16>;
var<workgroup> result: vec3f;
var<workgroup> scalars: Scalars;

fn row_vector() -> u32 { return parameters.rows; }
fn residual() -> u32 { return 2u * parameters.rows; }
fn search() -> u32 { return residual() + parameters.columns; }
fn inverse_diagonal() -> u32 { return search() + parameters.columns; }
fn product() -> u32 { return inverse_diagonal() + parameters.columns; }
fn saved() -> u32 { return product() + parameters.columns; }

// The sum over all threads, in two rounds of 16.
fn sum_threads(lane: u32, value: vec3f) -> vec3f {
  workgroupBarrier();
  lanes[lane] = value;
  workgroupBarrier();
  if (lane < 16u) {
    var sum = lanes[16u * lane];
    for (var other = 1u; other < 16u; other++) {
      sum += lanes[16u * lane + other];
    }
    groups[lane] = sum;
  }
  workgroupBarrier();
  var total = groups[0];
  for (var other = 1u; other < 16u; other++) {
    total += groups[other];
  }
  if (lane == 0u) {
    result = total;
  }
  return workgroupUniformLoad(&result);
}

// Row `row` of S times the vector in `room` at `vector`.
fn row_times(row: u32, vector: u32) -> f32 {
  var sum = 0.0;
  for (var position = offsets[row]; position < offsets[row + 1u]; position++) {
    sum += values[position] * room[vector + indices[position]];
  }
  return sum;
}

// Column `column` of S times the vector in `room` at `vector`.
fn column_times(column: u32, vector: u32) -> f32 {
  var sum = 0.0;
  let first = parameters.rows + 1u + column;
  for (var position = offsets[first]; position < offsets[first + 1u]; position++) {
    sum += values[parameters.capacity + position] * room[vector + indices[parameters.capacity + position]];
  }
  return sum;
}

fn column_squares(column: u32) -> f32 {
  var sum = 0.0;
  let first = parameters.rows + 1u + column;
  for (var position = offsets[first]; position < offsets[first + 1u]; position++) {
    let value = values[parameters.capacity + position];
    sum += value * value * room[indices[parameters.capacity + position]];
  }
  return sum;
}

fn save_scalars(lane: u32, weighted: f32, residual_square: f32, gradient_square: f32, iterations: u32, broken: bool) {
  if (lane == 0u) {
    room[saved()] = weighted;
    room[saved() + 1u] = residual_square;
    room[saved() + 2u] = gradient_square;
    room[saved() + 3u] = f32(iterations);
    room[saved() + 4u] = f32(broken);
  }
}

@compute @workgroup_size(THREADS)
fn begin_solve(@builtin(local_invocation_index) lane: u32) {
  var gradient_square = 0.0;
  for (var row = lane; row < parameters.rows; row += THREADS) {
    let inverse = 1.0 / (sums[row] * parameters.scale);
    room[row] = inverse;
    room[row_vector() + row] = gradient[row] * inverse;
    gradient_square += gradient[row] * gradient[row];
  }
  storageBarrier();
  var weighted = 0.0;
  var residual_square = 0.0;
  for (var column = lane; column < parameters.columns; column += THREADS) {
    let diagonal = sums[parameters.rows + column] * parameters.scale;
    let inverse = 1.0 / max(diagonal - column_squares(column), FLOOR * diagonal);
    let own = gradient[parameters.rows + column];
    let start = own - column_times(column, row_vector());
    direction[parameters.rows + column] = 0.0;
    room[residual() + column] = start;
    room[search() + column] = start * inverse;
    room[inverse_diagonal() + column] = inverse;
    gradient_square += own * own;
    residual_square += start * start;
    weighted += start * start * inverse;
  }
  let sums_of_squares = sum_threads(lane, vec3f(weighted, residual_square, gradient_square));
  save_scalars(lane, sums_of_squares.x, sums_of_squares.y, sums_of_squares.z, 0u, false);
}

fn load_scalars(lane: u32) -> Scalars {
  if (lane == 0u) {
    scalars = Scalars(room[saved()], room[saved() + 1u], room[saved() + 2u], u32(room[saved() + 3u]), u32(room[saved() + 4u]));
  }
  return workgroupUniformLoad(&scalars);
}

@compute @workgroup_size(THREADS)
fn iterate(@builtin(local_invocation_index) lane: u32) {
  let start = load_scalars(lane);
  var weighted = start.weighted;
  var residual_square = start.residual_square;
  let target_square = parameters.tolerance * start.gradient_square;
  var iterations = start.iterations;
  var broken = start.broken != 0u;
  let last = min(iterations + parameters.chunk, parameters.iterations);
  while (!broken && iterations < last && residual_square > target_square) {
    for (var row = lane; row < parameters.rows; row += THREADS) {
      room[row_vector() + row] = row_times(row, search()) * room[row];
    }
    storageBarrier();
    var curvature = 0.0;
    for (var column = lane; column < parameters.columns; column += THREADS) {
      let own = room[search() + column];
      let image = sums[parameters.rows + column] * parameters.scale * own - column_times(column, row_vector());
      room[product() + column] = image;
      curvature += own * image;
    }
    curvature = sum_threads(lane, vec3f(curvature, 0.0, 0.0)).x;
    if (curvature > 0.0) {
      let step = weighted / curvature;
      var next_weighted = 0.0;
      residual_square = 0.0;
      for (var column = lane; column < parameters.columns; column += THREADS) {
        direction[parameters.rows + column] += step * room[search() + column];
        let next = room[residual() + column] - step * room[product() + column];
        room[residual() + column] = next;
        residual_square += next * next;
        next_weighted += next * next * room[inverse_diagonal() + column];
      }
      let squares = sum_threads(lane, vec3f(next_weighted, residual_square, 0.0));
      residual_square = squares.y;
      let conjugation = squares.x / weighted;
      weighted = squares.x;
      for (var column = lane; column < parameters.columns; column += THREADS) {
        let preconditioned = room[residual() + column] * room[inverse_diagonal() + column];
        room[search() + column] = preconditioned + conjugation * room[search() + column];
      }
      storageBarrier();
      iterations++;
    } else {
      broken = true;
    }
  }
  save_scalars(lane, weighted, residual_square, start.gradient_square, iterations, broken);
}

@compute @workgroup_size(THREADS)
fn finish_solve(@builtin(local_invocation_index) lane: u32) {
  let end = load_scalars(lane);
  for (var column = lane; column < parameters.columns; column += THREADS) {
    room[search() + column] = direction[parameters.rows + column];
  }
  storageBarrier();
  for (var row = lane; row < parameters.rows; row += THREADS) {
    direction[row] = (gradient[row] - row_times(row, search())) * room[row];
  }
  if (lane == 0u) {
    statistics[0] = select(0.0, sqrt(end.residual_square / end.gradient_square), end.gradient_square > 0.0);
    statistics[1] = f32(end.iterations);
  }
}
