/** Where the two copies of the sparse matrix lie: by rows first, by columns `capacity` entries on. */
// @ts-ignore: decorator
@inline
function dotEntries<T>(indices: usize, values: usize, begin: i32, end: i32, vector: usize): T {
  let even: T = 0;
  let odd: T = 0;
  let index = indices + (<usize>begin << 2);
  let value = values + <usize>begin * sizeof<T>();
  const last = values + <usize>end * sizeof<T>();
  // Two sums, so that one addition does not wait for the other.
  for (; value + 2 * sizeof<T>() <= last; value += 2 * sizeof<T>(), index += 8) {
    even += load<T>(value) * load<T>(vector + <usize>load<u32>(index) * sizeof<T>());
    odd += load<T>(value, sizeof<T>()) * load<T>(vector + <usize>load<u32>(index, 4) * sizeof<T>());
  }
  if (value < last) even += load<T>(value) * load<T>(vector + <usize>load<u32>(index) * sizeof<T>());
  return even + odd;
}

// @ts-ignore: decorator
@inline
function dotSquares<T>(indices: usize, values: usize, begin: i32, end: i32, vector: usize): T {
  let sum: T = 0;
  for (let entry = begin; entry < end; entry++) {
    const value = load<T>(values + <usize>entry * sizeof<T>());
    sum += value * value * load<T>(vector + <usize>load<u32>(indices + (<usize>entry << 2)) * sizeof<T>());
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function at<T>(array: usize, index: i32): T {
  return load<T>(array + <usize>index * sizeof<T>());
}

// @ts-ignore: decorator
@inline
function put<T>(array: usize, index: i32, value: T): void {
  store<T>(array + <usize>index * sizeof<T>(), value);
}

// @ts-ignore: decorator
@inline
function solve<T>(
  sums: usize, gradient: usize, offsets: usize, indices: usize, values: usize, direction: usize, statistics: usize, scratch: usize,
  rows: i32, columns: i32, capacity: i32, shift: T, tolerance: f64, maximumIterations: i32,
): void {
  const size = sizeof<T>();
  const columnOffsets = offsets + (<usize>(rows + 1) << 2);
  const rowIndices = indices + (<usize>capacity << 2);
  const columnValues = values + <usize>capacity * size;
  const columnSums = sums + <usize>rows * size;
  const columnGradient = gradient + <usize>rows * size;
  const solution = direction + <usize>rows * size;
  const inverseRows = scratch;
  const rowVector = inverseRows + <usize>rows * size;
  const residual = rowVector + <usize>rows * size;
  const search = residual + <usize>columns * size;
  const inverseDiagonal = search + <usize>columns * size;
  const product = inverseDiagonal + <usize>columns * size;
  const scale = <T>1 + shift;

  let gradientSquare: f64 = 0;
  for (let row = 0; row < rows; row++) {
    const inverse = <T>1 / (at<T>(sums, row) * scale);
    const own = at<T>(gradient, row);
    put<T>(inverseRows, row, inverse);
    put<T>(rowVector, row, own * inverse);
    gradientSquare += <f64>own * <f64>own;
  }
  let residualSquare: f64 = 0;
  let weighted: f64 = 0;
  for (let column = 0; column < columns; column++) {
    const begin = load<i32>(columnOffsets + (<usize>column << 2));
    const end = load<i32>(columnOffsets + (<usize>column << 2), 4);
    const diagonal = at<T>(columnSums, column) * scale;
    const reduced = diagonal - dotSquares<T>(rowIndices, columnValues, begin, end, inverseRows);
    // Cancellation leaves nothing below this.
    const floor = diagonal * (sizeof<T>() == 4 ? <T>1e-6 : <T>1e-14);
    const inverse = <T>1 / max<T>(reduced, floor);
    const own = at<T>(columnGradient, column);
    const start = own - dotEntries<T>(rowIndices, columnValues, begin, end, rowVector);
    put<T>(solution, column, 0);
    put<T>(inverseDiagonal, column, inverse);
    put<T>(residual, column, start);
    put<T>(search, column, start * inverse);
    gradientSquare += <f64>own * <f64>own;
    residualSquare += <f64>start * <f64>start;
    weighted += <f64>start * <f64>start * <f64>inverse;
  }
  const target = tolerance * tolerance * gradientSquare;
  let iterations = 0;
  while (iterations < maximumIterations && residualSquare > target) {
    for (let row = 0; row < rows; row++) {
      const begin = load<i32>(offsets + (<usize>row << 2));
      const end = load<i32>(offsets + (<usize>row << 2), 4);
      put<T>(rowVector, row, dotEntries<T>(indices, values, begin, end, search) * at<T>(inverseRows, row));
    }
    let curvature: f64 = 0;
    for (let column = 0; column < columns; column++) {
      const begin = load<i32>(columnOffsets + (<usize>column << 2));
      const end = load<i32>(columnOffsets + (<usize>column << 2), 4);
      const own = at<T>(search, column);
      const image = at<T>(columnSums, column) * scale * own - dotEntries<T>(rowIndices, columnValues, begin, end, rowVector);
      put<T>(product, column, image);
      curvature += <f64>own * <f64>image;
    }
    // Also stops at NaN. The matrix is positive definite, so only rounding leads here.
    if (!(curvature > 0)) break;
    const step = <T>(weighted / curvature);
    let nextWeighted: f64 = 0;
    residualSquare = 0;
    for (let column = 0; column < columns; column++) {
      put<T>(solution, column, at<T>(solution, column) + step * at<T>(search, column));
      const next = at<T>(residual, column) - step * at<T>(product, column);
      put<T>(residual, column, next);
      residualSquare += <f64>next * <f64>next;
      nextWeighted += <f64>next * <f64>next * <f64>at<T>(inverseDiagonal, column);
    }
    const conjugation = <T>(nextWeighted / weighted);
    weighted = nextWeighted;
    for (let column = 0; column < columns; column++)
      put<T>(search, column, at<T>(residual, column) * at<T>(inverseDiagonal, column) + conjugation * at<T>(search, column));
    iterations++;
  }
  for (let row = 0; row < rows; row++) {
    const begin = load<i32>(offsets + (<usize>row << 2));
    const end = load<i32>(offsets + (<usize>row << 2), 4);
    const rest = at<T>(gradient, row) - dotEntries<T>(indices, values, begin, end, solution);
    put<T>(direction, row, rest * at<T>(inverseRows, row));
  }
  put<T>(statistics, 0, gradientSquare > 0 ? <T>Math.sqrt(residualSquare / gradientSquare) : <T>0);
  put<T>(statistics, 1, <T>iterations);
}

/** The whole solve. `scratch` is room for 2 numbers per row and 4 per column. */
export function newton_direction_f32(
  sums: usize, gradient: usize, offsets: usize, indices: usize, values: usize, direction: usize, statistics: usize, scratch: usize,
  rows: i32, columns: i32, capacity: i32, shift: f32, tolerance: f64, maximumIterations: i32,
): void {
  solve<f32>(sums, gradient, offsets, indices, values, direction, statistics, scratch, rows, columns, capacity, shift, tolerance, maximumIterations);
}

export function newton_direction_f64(
  sums: usize, gradient: usize, offsets: usize, indices: usize, values: usize, direction: usize, statistics: usize, scratch: usize,
  rows: i32, columns: i32, capacity: i32, shift: f64, tolerance: f64, maximumIterations: i32,
): void {
  solve<f64>(sums, gradient, offsets, indices, values, direction, statistics, scratch, rows, columns, capacity, shift, tolerance, maximumIterations);
}
