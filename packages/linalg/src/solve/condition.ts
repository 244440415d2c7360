import { type DType, divide, InvalidInputError, type SliceRange, slice, type Tensor } from "@ansatz/tensor";
import { SingularMatrixError } from "../errors.ts";
import { singularValues } from "../kernels/svd/index.ts";
import { matrixShape, squareShape } from "../matrix-shape.ts";
import { factorLu } from "./factorisations.ts";

/** Steps after which the estimate is taken as it is (Higham 1988, section 3: hardly ever more than four). */
const MOST_STEPS = 5;

/**
 * Condition numbers in the 2-norm: the largest singular value over the smallest, ∞ for singular matrices.
 *
 * @param a [..., rows, columns], float32 or float64, of at least one row and column.
 * @returns of the batch shape.
 * @throws InvalidInputError when `a` holds no matrices of floats, or empty ones; UnsupportedError on webgpu and tensorflow.
 */
export function conditionNumber<D extends DType>(a: Tensor<D>): Tensor<D> {
  const { rows, columns, batchShape } = matrixShape("conditionNumber: a", a);
  const count = Math.min(rows, columns);
  if (count === 0)
    throw new InvalidInputError("conditionNumber: a", "at least one row and column", `shape [${a.shape}]`);
  return a.device.scope(() => {
    const s = singularValues(a);
    const all = batchShape.map((): SliceRange => null);
    const at = (k: number) => slice(s, [...all, [k, k + 1]]).reshape(batchShape);
    return divide(at(0), at(count - 1));
  });
}

/**
 * Estimates the condition number of a square matrix in the 1-norm, ‖A‖₁ ‖A⁻¹‖₁, from a few solves with its LU factorisation: a lower bound, which is rarely off by more than a factor of 3.
 * Source: N. Higham, "FORTRAN codes for estimating the one-norm of a real or complex matrix", 1988, algorithm 4.1.
 *
 * @param a [n, n], float32 or float64, n ≥ 1.
 * @returns ∞ for singular matrices.
 * @throws InvalidInputError when `a` is no square matrix of floats, or empty; UnsupportedError on tensorflow.
 */
export async function estimateCondition(a: Tensor): Promise<number> {
  const { rows: n, batchShape } = squareShape("estimateCondition: a", a);
  if (batchShape.length > 0 || n === 0)
    throw new InvalidInputError("estimateCondition: a", "one matrix of at least one row", `shape [${a.shape}]`);
  const values = await a.data();
  let norm = 0;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += Math.abs(values[i * n + j]);
    norm = Math.max(norm, sum);
  }
  try {
    using factorisation = await factorLu(a);
    const solve = async (vector: Float64Array<ArrayBuffer>, transpose: boolean) => {
      using b = a.device.tensor(vector, [n, 1], a.dtype);
      using x = factorisation.solve(b, { transpose });
      return Float64Array.from(await x.data());
    };
    return norm * (await estimateNorm(n, solve));
  } catch (error) {
    if (error instanceof SingularMatrixError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

type Multiply = (vector: Float64Array<ArrayBuffer>, transpose: boolean) => Promise<Float64Array<ArrayBuffer>>;

const sizeOfVector = (x: Float64Array) => x.reduce((sum, value) => sum + Math.abs(value), 0);

/** ‖B‖₁ from products with B and Bᵀ. */
async function estimateNorm(n: number, multiply: Multiply): Promise<number> {
  let image = await multiply(new Float64Array(n).fill(1 / n), false);
  if (n === 1) return sizeOfVector(image);
  let estimate = sizeOfVector(image);
  let signs = image.map((value) => (value < 0 ? -1 : 1));
  let steepest = -1;
  for (let step = 0; step < MOST_STEPS; step++) {
    const slopes = await multiply(signs, true);
    const next = slopes.reduce((best, value, i) => (Math.abs(value) > Math.abs(slopes[best]) ? i : best), 0);
    if (next === steepest) break;
    steepest = next;
    image = await multiply(
      Float64Array.from({ length: n }, (_, i) => (i === next ? 1 : 0)),
      false,
    );
    const size = sizeOfVector(image);
    const turned = image.map((value) => (value < 0 ? -1 : 1));
    const isSame = turned.every((sign, i) => sign === signs[i]);
    if (size <= estimate || isSame) {
      estimate = Math.max(size, estimate);
      break;
    }
    estimate = size;
    signs = turned;
  }
  // A vector for matrices that mislead the iteration.
  const alternating = Float64Array.from({ length: n }, (_, i) => (i % 2 ? -1 : 1) * (1 + i / (n - 1)));
  return Math.max(estimate, (2 * sizeOfVector(await multiply(alternating, false))) / (3 * n));
}
