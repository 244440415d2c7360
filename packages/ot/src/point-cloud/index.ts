import { InvalidInputError, Tensor } from "@ansatz/tensor";

/** Points of d coordinates each: `[count, d]`, one array per point, or plain numbers on a line. */
export type Points =
  | { readonly data: Float64Array | Float32Array; readonly shape: readonly number[] }
  | Tensor
  | readonly (readonly number[])[]
  | readonly number[]
  | Float64Array
  | Float32Array;

/** A metric that kernels compute. */
export type NamedMetric = "squared-euclidean" | "euclidean" | "l1";

/**
 * What it costs to move a unit of mass from x to y: Σ (x − y)², its root, Σ |x − y|, or a function of both points. The function must always return the same for the same points,
 * and must not keep or change the arrays, which are used again.
 */
export type PointMetric = NamedMetric | ((x: Float64Array, y: Float64Array) => number);

export interface PointCloudOptions {
  /** Default `"squared-euclidean"`. */
  readonly metric?: PointMetric | undefined;
}

/** Costs between two sets of points. `sinkhorn` never stores them; methods that need a matrix make it. */
export class PointCloud {
  readonly x: Points;
  readonly y: Points;
  readonly metric: PointMetric;

  constructor(x: Points, y: Points, metric: PointMetric) {
    this.x = x;
    this.y = y;
    this.metric = metric;
  }
}

/**
 * Costs Cᵢⱼ between the points x of the rows and y of the columns, to be given as `costMatrix`.
 *
 * @param x `[m, d]`.
 * @param y `[n, d]`. Default: x.
 * @throws InvalidInputError, when a problem with these points is solved, for coordinates that are not finite or shapes that do not fit.
 */
export function pointCloud(x: Points, y: Points = x, options: PointCloudOptions = {}): PointCloud {
  return new PointCloud(x, y, options.metric ?? "squared-euclidean");
}

/** How many points these are, if they are points. */
export function pointCount(points: Points): number {
  const { shape, length } = points as { readonly shape?: readonly number[]; readonly length?: number };
  return shape?.[0] ?? length ?? 0;
}

/** Points on the host, row-major. */
export interface CheckedPoints {
  /** `[m, dimension]`. */
  readonly x: Float64Array<ArrayBuffer>;
  /** `[n, dimension]`. */
  readonly y: Float64Array<ArrayBuffer>;
  readonly dimension: number;
  /** `[m, n]`. */
  readonly shape: readonly [number, number];
  readonly metric: PointMetric;
}

const METRICS: readonly PointMetric[] = ["squared-euclidean", "euclidean", "l1"];

/** @throws InvalidInputError naming the coordinate at fault. */
export async function checkPointCloud({ x, y, metric }: PointCloud): Promise<CheckedPoints> {
  if (typeof metric !== "function" && !METRICS.includes(metric))
    throw new InvalidInputError("metric", `${METRICS.map((name) => `"${name}"`).join(", ")} or a function`, metric);
  const [first, second] = [await hostPoints("x", x), await hostPoints("y", y)];
  if (first.dimension !== second.dimension)
    throw new InvalidInputError("y", `points of ${first.dimension} coordinates, as in x`, second.dimension);
  const { dimension } = first;
  const shape = [first.data.length / dimension, second.data.length / dimension] as const;
  const points = { x: first.data, y: second.data, dimension, shape, metric };
  if (!Number.isFinite(costBound(points)))
    throw new InvalidInputError(
      "metric",
      "finite costs between all points",
      typeof metric === "string" ? metric : "a function that returns others",
    );
  return points;
}

async function hostPoints(argument: string, points: Points) {
  const { values, dimension } = await flatPoints(argument, points);
  if (!(dimension >= 1) || values.length === 0 || values.length % dimension !== 0)
    throw new InvalidInputError(argument, "at least one point, all with as many coordinates", points);
  const data = Float64Array.from(values);
  for (const [index, value] of data.entries())
    if (!Number.isFinite(value))
      throw new InvalidInputError(
        `${argument}[${Math.floor(index / dimension)}][${index % dimension}]`,
        "a finite number",
        value,
      );
  return { data, dimension };
}

async function flatPoints(
  argument: string,
  points: Points,
): Promise<{ readonly values: ArrayLike<number>; readonly dimension: number }> {
  if (points instanceof Float64Array || points instanceof Float32Array) return { values: points, dimension: 1 };
  if (Array.isArray(points)) {
    if (!Array.isArray(points[0])) return { values: points as readonly number[], dimension: 1 };
    const dimension = points[0].length;
    for (const [index, point] of points.entries())
      if (point?.length !== dimension)
        throw new InvalidInputError(`${argument}[${index}]`, `${dimension} coordinates`, point?.length);
    return { values: points.flat(), dimension };
  }
  const { shape } = (points ?? {}) as { readonly shape?: readonly number[] };
  if (!shape || (shape.length !== 1 && shape.length !== 2))
    throw new InvalidInputError(argument, "points [count, coordinates]", shape ? `shape [${shape}]` : points);
  const values = points instanceof Tensor ? await points.data() : (points as { data: Float64Array }).data;
  if (values?.length !== shape.reduce((product, extent) => product * extent, 1))
    throw new InvalidInputError(argument, `as many numbers as shape [${shape}] says`, values?.length);
  return { values: values as ArrayLike<number>, dimension: shape[1] ?? 1 };
}

/** Cᵢⱼ. */
export function pointCost({ x, y, dimension, metric }: CheckedPoints, row: number, column: number): number {
  const [from, to] = [row * dimension, column * dimension];
  if (typeof metric === "function") return metric(x.subarray(from, from + dimension), y.subarray(to, to + dimension));
  let sum = 0;
  for (let axis = 0; axis < dimension; axis++) {
    const difference = x[from + axis] - y[to + axis];
    sum += metric === "l1" ? Math.abs(difference) : difference * difference;
  }
  return metric === "euclidean" ? Math.sqrt(sum) : sum;
}

/** Largest absolute cost for a function, and the cost of the diagonal of the box that holds all points for a named metric. NaN or ∞ where a cost is. */
export function costBound(points: CheckedPoints): number {
  const { x, y, dimension, metric, shape } = points;
  if (typeof metric === "function") {
    let largest = 0;
    for (let row = 0; row < shape[0]; row++)
      for (let column = 0; column < shape[1]; column++) {
        const cost = Math.abs(pointCost(points, row, column));
        if (!(cost <= largest)) largest = cost;
        if (!Number.isFinite(largest)) return largest;
      }
    return largest;
  }
  const lowest = new Float64Array(dimension).fill(Number.POSITIVE_INFINITY);
  const highest = new Float64Array(dimension).fill(Number.NEGATIVE_INFINITY);
  for (const cloud of [x, y])
    for (const [index, value] of cloud.entries()) {
      const axis = index % dimension;
      lowest[axis] = Math.min(lowest[axis], value);
      highest[axis] = Math.max(highest[axis], value);
    }
  return pointCost({ x: lowest, y: highest, dimension, metric, shape: [1, 1] }, 0, 0);
}

/** The points of these rows and columns. */
export function selectPoints(points: CheckedPoints, rows: Int32Array, columns: Int32Array): CheckedPoints {
  const { x, y, dimension, shape } = points;
  const pick = (cloud: Float64Array, indices: Int32Array) =>
    Float64Array.from({ length: indices.length * dimension }, (_, index) => {
      return cloud[indices[Math.floor(index / dimension)] * dimension + (index % dimension)];
    });
  if (rows.length === shape[0] && columns.length === shape[1]) return points;
  return { ...points, x: pick(x, rows), y: pick(y, columns), shape: [rows.length, columns.length] };
}
