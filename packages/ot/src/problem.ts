import { InvalidInputError, Tensor } from "@ansatz/tensor";
import {
  allowedRange,
  type CostMatrix,
  extremeCosts,
  type HostCosts,
  type HostMatrix,
  hostMatrix,
  isFloatArray,
  submatrix,
} from "./cost-matrix.ts";
import { type CheckedPoints, checkPointCloud, costBound, type PointCloud, selectPoints } from "./point-cloud/index.ts";

/** Masses that sum to 1. */
export type Marginal = Float64Array | Float32Array | readonly number[] | Tensor;

/** Two histograms and what it costs to move mass from one to the other. */
export interface UnregularizedProblem {
  /** C, `[m, n]`: what it costs to move a unit of mass from row i to column j. Finite numbers. */
  readonly costMatrix: CostMatrix;
  /** r, `[m]`: the mass of each row. Sums to 1 within 10⁻⁹ (10⁻⁶ for float32 data), and is then scaled to sum to 1 exactly. Default: all alike. */
  readonly rowMarginal?: Marginal | undefined;
  /** c, `[n]`: the mass of each column, like `rowMarginal`. */
  readonly columnMarginal?: Marginal | undefined;
}

/**
 * Entropic optimal transport between two histograms: minimise ⟨C, P⟩ + ε Σ P log P over plans P ≥ 0 whose rows sum to `rowMarginal` and whose columns sum to `columnMarginal`.
 * Masses are positive.
 */
export interface TransportProblem extends UnregularizedProblem {
  /** ε = 1/η, in units of cost: the smaller, the closer to unregularised transport. */
  readonly regularization: number;
}

/** What to do with a mass of zero: refuse it, or leave its row or column out of the problem (its potential is then −∞ and its part of the plan 0). */
export type ZeroMass = "error" | "remove";

/** What is known of a checked problem, wherever its costs are; without rows and columns that have no mass. */
export interface CheckedMasses {
  readonly rows: number;
  readonly columns: number;
  /** Difference of the largest and the smallest cost (for points, a bound on it), those of forbidden pairs left aside: that are a thousand times as far above the smallest as the median is. */
  readonly costRange: number;
  /** Largest cost by absolute value (for points, a bound on it), forbidden pairs included. */
  readonly costMagnitude: number;
  /** Row masses, then column masses. Positive; both parts sum to 1. */
  readonly marginals: Float64Array;
  /** Which rows and columns of the caller's problem these are. */
  readonly keptRows: Int32Array;
  readonly keptColumns: Int32Array;
  /** The caller's whole costs. */
  readonly given: HostCosts;
}

/** A problem with a matrix of costs that has been checked, with its data on the host. */
export interface CheckedTransport extends CheckedMasses {
  /** Row-major `[rows, columns]`. */
  readonly cost: Float64Array | Float32Array;
  /** The caller's tensor, where it has just these values. */
  readonly costTensor: Tensor | undefined;
  readonly given: HostMatrix;
}

interface Regularized {
  readonly regularization: number;
}

export type CheckedProblem = CheckedTransport & Regularized;

/** A problem between points, whose costs are nowhere stored. */
export type CheckedPointProblem = CheckedMasses & Regularized & { readonly points: CheckedPoints };

/**
 * Checks a problem and brings it to the host; costs between points become a matrix.
 * @throws InvalidInputError naming the argument, and the index where one entry is at fault.
 */
export async function checkProblem(problem: TransportProblem, zeroMass: ZeroMass): Promise<CheckedProblem> {
  checkRegularization(problem.regularization);
  const checked = await checkTransport(problem, zeroMass);
  const { costSpread, ...rest } = checked;
  checkQuotient(costSpread, problem.regularization);
  return { ...rest, regularization: problem.regularization };
}

/** As `checkProblem`, without a regularization. */
export async function checkTransport(
  { costMatrix, rowMarginal, columnMarginal }: UnregularizedProblem,
  zeroMass: ZeroMass,
): Promise<CheckedTransport & { readonly costSpread: number }> {
  checkZeroMass(zeroMass);
  const given = await hostMatrix(costMatrix);
  const [rows, columns] = given.shape;
  const [smallest, largest] = extremeCosts(given);
  const masses = await checkMasses(rowMarginal, columnMarginal, rows, columns, zeroMass);
  const { keptRows, keptColumns } = masses;
  const whole = keptRows.length === rows && keptColumns.length === columns;
  return {
    ...masses,
    cost: whole ? given.data : submatrix(given, keptRows, keptColumns),
    costTensor: whole && costMatrix instanceof Tensor ? costMatrix : undefined,
    costRange: allowedRange(given, smallest, largest),
    costMagnitude: Math.max(Math.abs(smallest), Math.abs(largest)),
    costSpread: largest - smallest,
    given,
  };
}

/** As `checkProblem`, for costs between points, which are not computed. */
export async function checkPointProblem(
  problem: TransportProblem & { readonly costMatrix: PointCloud },
  zeroMass: ZeroMass,
): Promise<CheckedPointProblem> {
  const { costMatrix, rowMarginal, columnMarginal, regularization } = problem;
  checkRegularization(regularization);
  checkZeroMass(zeroMass);
  const given = await checkPointCloud(costMatrix);
  const [rows, columns] = given.shape;
  const bound = costBound(given);
  checkQuotient(bound, regularization);
  const masses = await checkMasses(rowMarginal, columnMarginal, rows, columns, zeroMass);
  const points = selectPoints(given, masses.keptRows, masses.keptColumns);
  return { ...masses, points, costRange: bound, costMagnitude: bound, given, regularization };
}

function checkRegularization(regularization: number): void {
  if (!(regularization > 0 && Number.isFinite(regularization) && Number.isFinite(1 / regularization)))
    throw new InvalidInputError("regularization", "a positive number", regularization);
}

function checkQuotient(spread: number, regularization: number): void {
  if (!Number.isFinite(spread / regularization))
    throw new InvalidInputError("regularization", `a number that ${spread} can be divided by`, regularization);
}

function checkZeroMass(zeroMass: ZeroMass): void {
  if (zeroMass !== "error" && zeroMass !== "remove")
    throw new InvalidInputError("options.zeroMass", '"error" or "remove"', zeroMass);
}

async function checkMasses(
  rowMarginal: Marginal | undefined,
  columnMarginal: Marginal | undefined,
  rows: number,
  columns: number,
  zeroMass: ZeroMass,
) {
  const rowMasses = await checkMarginal("rowMarginal", "row", rowMarginal ?? uniform(rows), rows, zeroMass);
  const columnMasses = await checkMarginal(
    "columnMarginal",
    "column",
    columnMarginal ?? uniform(columns),
    columns,
    zeroMass,
  );
  const keptRows = positions(rowMasses);
  const keptColumns = positions(columnMasses);
  return {
    rows: keptRows.length,
    columns: keptColumns.length,
    keptRows,
    keptColumns,
    marginals: concatenate(unitMasses(rowMasses), unitMasses(columnMasses)),
  };
}

function uniform(length: number): Float64Array {
  return new Float64Array(length).fill(1 / length);
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
