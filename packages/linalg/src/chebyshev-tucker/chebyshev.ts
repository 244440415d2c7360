import { concatenate, flip, matmul, multiply, real, rfft, slice, type Tensor } from "@ansatz/tensor";

/** Ends of an interval. */
export type Interval = readonly [lower: number, upper: number];

/** From this many nodes on, coefficients are made by Fourier transforms in place of products with a matrix. */
const DENSE_NODES = 64;

/** cos(π numerator / denominator), exactly odd about π/2, so that nodes are symmetric and the middle one is 0. */
function cosine(numerator: number, denominator: number): number {
  const period = 2 * denominator;
  const folded = numerator % period;
  const half = folded > denominator ? period - folded : folded;
  return Math.sin((Math.PI * (denominator - 2 * half)) / (2 * denominator));
}

/**
 * Chebyshev nodes of the second kind, the extrema x_j = cos(π j / (count − 1)) mapped to the interval: descending, ends included. One node is the middle.
 */
export function chebyshevNodes(count: number, [lower, upper]: Interval = [-1, 1]): Float64Array<ArrayBuffer> {
  const middle = (lower + upper) / 2;
  const nodes = Float64Array.from({ length: count }, (_, j) =>
    count === 1 ? middle : middle + ((upper - lower) / 2) * cosine(j, count - 1),
  );
  if (count > 1) [nodes[0], nodes[count - 1]] = [upper, lower];
  return nodes;
}

/** The matrix [count, count] that takes values at the nodes to Chebyshev coefficients: a discrete cosine transform of type I. */
export function coefficientMatrix(count: number): Float64Array<ArrayBuffer> {
  if (count === 1) return Float64Array.of(1);
  const last = count - 1;
  const end = (index: number) => (index === 0 || index === last ? 0.5 : 1);
  return Float64Array.from({ length: count * count }, (_, at) => {
    const [i, j] = [Math.floor(at / count), at % count];
    return (2 / last) * end(i) * end(j) * cosine(i * j, last);
  });
}

/** T_i(x) for i < count, a row of a matrix [points, count] for each point, by the three-term recurrence. */
export function chebyshevMatrix(
  points: ArrayLike<number>,
  count: number,
  [lower, upper]: Interval = [-1, 1],
): Float64Array<ArrayBuffer> {
  const values = new Float64Array(points.length * count);
  for (let row = 0; row < points.length; row++) {
    const x = (points[row] - lower + (points[row] - upper)) / (upper - lower);
    let [before, value] = [x, 1];
    for (let i = 0; i < count; i++) {
      values[row * count + i] = value;
      [before, value] = [value, 2 * x * value - before];
    }
  }
  return values;
}

/** Coefficients of the derivatives of the columns of `coefficients` [count, rank]; of as many rows, the last of which is zero. */
export function derivativeCoefficients(
  coefficients: Float64Array,
  count: number,
  [lower, upper]: Interval = [-1, 1],
): Float64Array<ArrayBuffer> {
  const rank = coefficients.length / count;
  const result = new Float64Array(count * rank);
  const scale = 2 / (upper - lower);
  for (let i = count - 1; i >= 1; i--)
    for (let column = 0; column < rank; column++) {
      const above = i + 1 < count ? result[(i + 1) * rank + column] : 0;
      result[(i - 1) * rank + column] = above + 2 * i * scale * coefficients[i * rank + column];
    }
  for (let column = 0; column < rank && count > 1; column++) result[column] /= 2;
  return result;
}

/**
 * Chebyshev coefficients along one axis of a real tensor of values at the nodes: a product with a matrix for few nodes, a Fourier transform of the even extension for many.
 */
export function coefficientsAlong<T extends Tensor>(values: T, axis: number): T {
  const count = values.shape[axis];
  if (count === 1) return values.alias() as T;
  return values.device.scope(() => (count <= DENSE_NODES ? byMatrix(values, axis) : byFourier(values, axis)) as T);
}

function byMatrix(values: Tensor, axis: number): Tensor {
  const { shape, device, dtype } = values;
  const count = shape[axis];
  const matrix = device.tensor(coefficientMatrix(count), [count, count], dtype);
  const before = shape.slice(0, axis).reduce((product, extent) => product * extent, 1);
  return matmul(matrix, values.reshape([before, count, -1])).reshape(shape);
}

function byFourier(values: Tensor, axis: number): Tensor {
  const { shape, device, dtype } = values;
  const last = shape[axis] - 1;
  const inner = shape.map((_, each) => (each === axis ? ([1, last] as const) : null));
  const even = concatenate([values, flip(slice(values, inner), { axes: [axis] })], { axis });
  const sums = real(rfft(even, { axes: [axis] }));
  const factors = Float64Array.from({ length: last + 1 }, (_, i) => (i === 0 || i === last ? 0.5 : 1) / last);
  const along = shape.map((extent, each) => (each === axis ? extent : 1));
  return multiply(sums, device.tensor(factors, along, dtype));
}
