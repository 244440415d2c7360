import { InvalidInputError, Tensor } from "@ansatz/tensor";

/** A matrix on the host, row-major. */
export interface HostMatrix {
  readonly data: Float64Array | Float32Array;
  /** `[rows, columns]`. */
  readonly shape: readonly number[];
}

/** Masses that sum to 1. */
export type Marginal = Float64Array | Float32Array | readonly number[] | Tensor;

/**
 * Entropic optimal transport between two histograms: minimise ⟨C, P⟩ + ε Σ P log P over plans P ≥ 0 whose rows sum to `rowMarginal` and whose columns sum to `columnMarginal`.
 */
export interface TransportProblem {
  /** C, `[m, n]`: what it costs to move a unit of mass from row i to column j. Finite numbers. */
  readonly costMatrix: HostMatrix | Tensor | readonly (readonly number[])[];
  /** r, `[m]`: the mass of each row. Positive; sums to 1 within 10⁻⁹ (10⁻⁶ for float32 data), and is then scaled to sum to 1 exactly. */
  readonly rowMarginal: Marginal;
  /** c, `[n]`: the mass of each column, like `rowMarginal`. */
  readonly columnMarginal: Marginal;
  /** ε = 1/η, in units of cost: the smaller, the closer to unregularised transport. */
  readonly regularization: number;
}

/** What to do with a mass of zero: refuse it, or leave its row or column out of the problem (its potential is then −∞ and its part of the plan 0). */
export type ZeroMass = "error" | "remove";

/** A problem that has been checked, with its data on the host and without rows and columns that have no mass. */
export interface CheckedProblem {
  readonly rows: number;
  readonly columns: number;
  /** Row-major `[rows, columns]`. */
  readonly cost: Float64Array | Float32Array;
  /** The caller's tensor, where it has just these values. */
  readonly costTensor: Tensor | undefined;
  /** Difference of the largest and the smallest cost, those of forbidden pairs left aside: that are a thousand times as far above the smallest as the median is. */
  readonly costRange: number;
  /** Largest cost by absolute value, forbidden pairs included. */
  readonly costMagnitude: number;
  /** Row masses, then column masses. Positive; both parts sum to 1. */
  readonly marginals: Float64Array;
  readonly regularization: number;
  /** Which rows and columns of the caller's problem these are. */
  readonly keptRows: Int32Array;
  readonly keptColumns: Int32Array;
  /** The caller's whole cost matrix. */
  readonly given: HostMatrix;
}

/**
 * Checks a problem and brings it to the host.
 * @throws InvalidInputError naming the argument, and the index where one entry is at fault.
 */
export async function checkProblem(problem: TransportProblem, zeroMass: ZeroMass): Promise<CheckedProblem> {
  const { costMatrix, rowMarginal, columnMarginal, regularization } = problem;
  if (!(regularization > 0 && Number.isFinite(regularization) && Number.isFinite(1 / regularization)))
    throw new InvalidInputError("regularization", "a positive number", regularization);
  if (zeroMass !== "error" && zeroMass !== "remove")
    throw new InvalidInputError("options.zeroMass", '"error" or "remove"', zeroMass);
  const given = await hostMatrix(costMatrix);
  const [rows, columns] = given.shape;
  const [smallest, largest] = extremeCosts(given);
  if (!Number.isFinite((largest - smallest) / regularization))
    throw new InvalidInputError(
      "regularization",
      `a number that ${largest - smallest} can be divided by`,
      regularization,
    );
  const rowMasses = await checkMarginal("rowMarginal", "row", rowMarginal, rows, zeroMass);
  const columnMasses = await checkMarginal("columnMarginal", "column", columnMarginal, columns, zeroMass);
  const keptRows = positions(rowMasses);
  const keptColumns = positions(columnMasses);
  const whole = keptRows.length === rows && keptColumns.length === columns;
  return {
    rows: keptRows.length,
    columns: keptColumns.length,
    cost: whole ? given.data : submatrix(given, keptRows, keptColumns),
    costTensor: whole && costMatrix instanceof Tensor ? costMatrix : undefined,
    costRange: allowedRange(given, smallest, largest),
    costMagnitude: Math.max(Math.abs(smallest), Math.abs(largest)),
    marginals: concatenate(unitMasses(rowMasses), unitMasses(columnMasses)),
    regularization,
    keptRows,
    keptColumns,
    given,
  };
}

async function hostMatrix(matrix: TransportProblem["costMatrix"]): Promise<HostMatrix> {
  if (matrix instanceof Tensor) {
    if (matrix.rank !== 2)
      throw new InvalidInputError("costMatrix", "a tensor of shape [m, n]", `shape [${matrix.shape}]`);
    const data = await matrix.data();
    if (!isFloatArray(data)) throw new InvalidInputError("costMatrix", "float32 or float64", matrix.dtype);
    return checkExtents({ data, shape: matrix.shape });
  }
  if (Array.isArray(matrix)) return checkExtents(fromNestedArrays(matrix));
  const { data, shape } = (matrix ?? {}) as Partial<HostMatrix>;
  if (!isFloatArray(data) || !Array.isArray(shape) || shape.length !== 2)
    throw new InvalidInputError(
      "costMatrix",
      "a tensor, an array of rows, or { data: Float64Array | Float32Array, shape: [m, n] }",
      matrix,
    );
  return checkExtents({ data, shape });
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
function extremeCosts({ data, shape }: HostMatrix): readonly [number, number] {
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

function allowedRange({ data }: HostMatrix, smallest: number, largest: number): number {
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

/** The masses, with zeros only where they are to be removed. */
async function checkMarginal(
  argument: string,
  side: "row" | "column",
  marginal: Marginal,
  length: number,
  zeroMass: ZeroMass,
): Promise<Float64Array> {
  const values = marginal instanceof Tensor ? await marginal.data() : marginal;
  if (!Array.isArray(values) && !isFloatArray(values))
    throw new InvalidInputError(argument, "an array of numbers or a float tensor", marginal);
  if (values.length !== length)
    throw new InvalidInputError(argument, `${length} masses, one per ${side} of costMatrix`, values.length);
  const masses = Float64Array.from(values as ArrayLike<number>);
  for (const [index, mass] of masses.entries()) {
    if (mass > 0 && Number.isFinite(mass)) continue;
    if (mass === 0 && zeroMass === "remove") continue;
    const hint = mass === 0 ? ' (zeroMass: "remove" leaves zeros out)' : "";
    throw new InvalidInputError(`${argument}[${index}]`, `a positive mass${hint}`, mass);
  }
  const sum = masses.reduce((total, mass) => total + mass, 0);
  // Rounding masses to float32 moves their sum by up to 6·10⁻⁸, and normalising in float32 by a few times that.
  const tolerance = values instanceof Float32Array ? 1e-6 : 1e-9;
  if (!(Math.abs(sum - 1) <= tolerance))
    throw new InvalidInputError(argument, `masses that sum to 1 within ${tolerance}`, `a sum of ${sum}`);
  return masses;
}

function positions(masses: Float64Array): Int32Array {
  return Int32Array.from(masses.keys().filter((index) => masses[index] > 0));
}

/** The positive masses, scaled to sum to 1: marginals that differ in their sums could not both be met. */
function unitMasses(masses: Float64Array): Float64Array {
  const positive = masses.filter((mass) => mass > 0);
  const sum = positive.reduce((total, mass) => total + mass, 0);
  return positive.map((mass) => mass / sum);
}

function concatenate(first: Float64Array, second: Float64Array): Float64Array {
  const result = new Float64Array(first.length + second.length);
  result.set(first);
  result.set(second, first.length);
  return result;
}

function submatrix({ data, shape }: HostMatrix, rows: Int32Array, columns: Int32Array): Float64Array | Float32Array {
  const result = new (data.constructor as typeof Float64Array)(rows.length * columns.length);
  for (const [i, row] of rows.entries())
    for (const [j, column] of columns.entries()) result[i * columns.length + j] = data[row * shape[1] + column];
  return result;
}

function isFloatArray(values: unknown): values is Float64Array | Float32Array {
  return values instanceof Float64Array || values instanceof Float32Array;
}
