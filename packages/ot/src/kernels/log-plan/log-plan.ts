import { type FloatDType, InvalidInputError, type ReferenceArray, type TensorSpec } from "@ansatz/tensor";

/** What every kernel that walks through the transport plan needs to know. */
export interface LogPlanOptions {
  /** ε, in units of cost. */
  readonly regularization: number;
}

/** Extents and dtype of a plan given as costs and potentials. */
export interface PlanExtents {
  readonly rows: number;
  readonly columns: number;
  readonly dtype: FloatDType;
}

/**
 * Numbers a potential is made of. float64: one. float32: a coarse part on a grid that two potentials can be added on exactly, and a fine remainder;
 * one float32 alone would leave marginal errors of 10⁻⁵ at ε = range of costs / 1000.
 */
export function partsOf(dtype: FloatDType): number {
  return dtype === "float32" ? 2 : 1;
}

/**
 * Checks costs `[rows, columns]` and potentials `[parts, rows + columns]`, the common inputs of the plan kernels.
 * @throws InvalidInputError naming the kernel and the argument.
 */
export function planExtents(
  kernel: string,
  [cost, potentials]: readonly TensorSpec[],
  { regularization }: LogPlanOptions,
): PlanExtents {
  if (cost.shape.length !== 2) throw new InvalidInputError(`${kernel}: cost`, "shape [rows, columns]", cost.shape);
  if (cost.dtype !== "float32" && cost.dtype !== "float64")
    throw new InvalidInputError(`${kernel}: cost`, "float32 or float64", cost.dtype);
  const [rows, columns] = cost.shape;
  if (rows === 0 || columns === 0)
    throw new InvalidInputError(`${kernel}: cost`, "at least one row and column", cost.shape);
  checkFloats(kernel, "potentials", potentials, cost.dtype, [partsOf(cost.dtype), rows + columns]);
  if (!(regularization > 0 && Number.isFinite(regularization) && Number.isFinite(1 / regularization)))
    throw new InvalidInputError(`${kernel}: regularization`, "a positive number", regularization);
  return { rows, columns, dtype: cost.dtype };
}

/** @throws InvalidInputError unless the input has this dtype and shape. */
export function checkFloats(
  kernel: string,
  argument: string,
  { shape, dtype }: TensorSpec,
  expectedDtype: string,
  expectedShape: readonly number[],
): void {
  if (dtype === expectedDtype && String(shape) === String(expectedShape)) return;
  throw new InvalidInputError(
    `${kernel}: ${argument}`,
    `${expectedDtype} of shape [${expectedShape}]`,
    `${dtype} of shape [${shape}]`,
  );
}

/** log P, row-major: `((xᵢ + yⱼ − Cᵢⱼ) + (remainders)) / ε − 1`. */
export function referenceLogPlan(
  [cost, potentials]: readonly ReferenceArray[],
  { regularization }: LogPlanOptions,
): Float64Array {
  const [rows, columns] = cost.shape;
  const [parts, length] = potentials.shape;
  const remainder = parts === 2 ? potentials.data.subarray(length) : new Float64Array(length);
  const logPlan = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const coarse = potentials.data[row] + potentials.data[rows + column] - cost.data[row * columns + column];
      const fine = remainder[row] + remainder[rows + column];
      logPlan[row * columns + column] = (coarse + fine) / regularization - 1;
    }
  return logPlan;
}
