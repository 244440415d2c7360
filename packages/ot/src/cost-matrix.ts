import { InvalidInputError, Tensor } from "@ansatz/tensor";
import { type CheckedPoints, checkPointCloud, PointCloud, pointCost } from "./point-cloud/index.ts";

/** A matrix on the host, row-major. */
export interface HostMatrix {
  readonly data: Float64Array | Float32Array;
  /** `[rows, columns]`. */
  readonly shape: readonly number[];
}

/** What it costs to move a unit of mass from row i to column j: a matrix `[m, n]` of finite numbers, or points that it is computed from, see `pointCloud`. */
export type CostMatrix = HostMatrix | Tensor | readonly (readonly number[])[] | PointCloud;

/** Costs that can be looked up on the host. */
export type HostCosts = HostMatrix | CheckedPoints;

/** Writes the costs of one row to `into`. */
export function costRow(costs: HostCosts, row: number, into: Float64Array): void {
  if ("data" in costs) {
    const columns = costs.shape[1];
    for (let column = 0; column < columns; column++) into[column] = costs.data[row * columns + column];
  } else for (let column = 0; column < into.length; column++) into[column] = pointCost(costs, row, column);
}

/** A whole matrix of costs on the host. @throws InvalidInputError */
export async function hostMatrix(matrix: CostMatrix): Promise<HostMatrix> {
  if (matrix instanceof Tensor) {
    if (matrix.rank !== 2)
      throw new InvalidInputError("costMatrix", "a tensor of shape [m, n]", `shape [${matrix.shape}]`);
    const data = await matrix.data();
    if (!isFloatArray(data)) throw new InvalidInputError("costMatrix", "float32 or float64", matrix.dtype);
    return checkExtents({ data, shape: matrix.shape });
  }
  if (matrix instanceof PointCloud) return storedCosts(await checkPointCloud(matrix));
  if (Array.isArray(matrix)) return checkExtents(fromNestedArrays(matrix));
  const { data, shape } = (matrix ?? {}) as Partial<HostMatrix>;
  if (!isFloatArray(data) || !Array.isArray(shape) || shape.length !== 2)
    throw new InvalidInputError(
      "costMatrix",
      "a tensor, an array of rows, { data: Float64Array | Float32Array, shape: [m, n] }, or a point cloud",
      matrix,
    );
  return checkExtents({ data, shape });
}

function storedCosts(points: CheckedPoints): HostMatrix {
  const [rows, columns] = points.shape;
  const data = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) costRow(points, row, data.subarray(row * columns, (row + 1) * columns));
  return { data, shape: [rows, columns] };
}

function checkExtents(matrix: HostMatrix): HostMatrix {
  const { data, shape } = matrix;
  if (shape.some((extent) => !Number.isInteger(extent) || extent < 1))
    throw new InvalidInputError("costMatrix", "at least one row and one column", `shape [${shape}]`);
  if (shape[0] * shape[1] !== data.length)
    throw new InvalidInputError("costMatrix", `${shape[0] * shape[1]} numbers for shape [${shape}]`, data.length);
  return matrix;
}

function fromNestedArrays(matrix: readonly (readonly number[])[]): HostMatrix {
  const columns = matrix[0]?.length ?? 0;
  for (const [row, values] of matrix.entries())
    if (values?.length !== columns)
      throw new InvalidInputError(`costMatrix[${row}]`, `${columns} numbers, as in the first row`, values?.length);
  return { data: Float64Array.from(matrix.flat()), shape: [matrix.length, columns] };
}

/** @throws InvalidInputError naming the first cost that is not finite. */
export function extremeCosts({ data, shape }: HostMatrix): readonly [number, number] {
  let smallest = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < data.length; index++) {
    const value = data[index];
    if (!Number.isFinite(value)) {
      const place = `costMatrix[${Math.floor(index / shape[1])}][${index % shape[1]}]`;
      throw new InvalidInputError(place, "a finite number (for a forbidden pair, a large one)", value);
    }
    if (value < smallest) smallest = value;
    if (value > largest) largest = value;
  }
  return [smallest, largest];
}

/** How much farther above the smallest cost than the median a cost must be to count as that of a forbidden pair. */
const FORBIDDEN = 1000;

/** Costs that the median is estimated from. */
const SAMPLES = 1001;

export function allowedRange({ data }: HostMatrix, smallest: number, largest: number): number {
  const stride = Math.ceil(data.length / SAMPLES);
  const samples = Float64Array.from(
    { length: Math.ceil(data.length / stride) },
    (_, index) => data[index * stride],
  ).sort();
  const bound = smallest + FORBIDDEN * (samples[samples.length >> 1] - smallest);
  if (bound === smallest || largest <= bound) return largest - smallest;
  let allowed = smallest;
  for (let index = 0; index < data.length; index++)
    if (data[index] > allowed && data[index] <= bound) allowed = data[index];
  return allowed - smallest;
}

export function submatrix(
  { data, shape }: HostMatrix,
  rows: Int32Array,
  columns: Int32Array,
): Float64Array | Float32Array {
  const result = new (data.constructor as typeof Float64Array)(rows.length * columns.length);
  for (const [i, row] of rows.entries())
    for (const [j, column] of columns.entries()) result[i * columns.length + j] = data[row * shape[1] + column];
  return result;
}

export function isFloatArray(values: unknown): values is Float64Array | Float32Array {
  return values instanceof Float64Array || values instanceof Float32Array;
}
