import { type DType, divide, InvalidInputError, isComplex, type SliceRange, slice, type Tensor } from "@ansatz/tensor";
import { SingularMatrixError } from "../errors.ts";
import { singularValues } from "../kernels/svd/index.ts";
import { matrixShape, type RealOf, squareShape } from "../matrix-shape.ts";
import { factorLu } from "./factorisations.ts";

/** Steps after which the estimate is taken as it is (Higham 1988, section 3: hardly ever more than four). */
const MOST_STEPS = 5;

/**
 * Condition numbers in the 2-norm: the largest singular value over the smallest, ∞ for singular matrices.
 *
 * @param a [..., rows, columns], float32, float64 or complex, of at least one row and column.
 * @returns real, of the batch shape.
 * @throws InvalidInputError when `a` holds no matrices, or integers, or empty ones; UnsupportedError on webgpu and tensorflow.
 */
export function conditionNumber<D extends DType>(a: Tensor<D>): Tensor<RealOf<D>> {
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
 * @param a [n, n], float32, float64 or complex, n ≥ 1.
 * @returns ∞ for singular matrices.
 * @throws InvalidInputError when `a` is no square matrix, or of integers, or empty; UnsupportedError on tensorflow.
 */
export async function estimateCondition(a: Tensor): Promise<number> {
  const { rows: n, batchShape } = squareShape("estimateCondition: a", a);
  if (batchShape.length > 0 || n === 0)
    throw new InvalidInputError("estimateCondition: a", "one matrix of at least one row", `shape [${a.shape}]`);
  const parts = isComplex(a.dtype) ? 2 : 1;
  const values = await a.data();
  let norm = 0;
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += sizeAt(values, i * n + j, parts);
    norm = Math.max(norm, sum);
  }
  try {
    using factorisation = await factorLu(a);
    const solve = async (vector: Float64Array<ArrayBuffer>, adjoint: boolean) => {
      using b = a.device.tensor(vector, [n, 1], a.dtype);
      using x = factorisation.solve(b, { adjoint });
      return Float64Array.from(await x.data());
    };
    return norm * (await estimateNorm(n, parts, solve));
  } catch (error) {
    if (error instanceof SingularMatrixError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

/** Of vectors of n numbers, which have two parts each where they are complex. */
type Multiply = (vector: Float64Array<ArrayBuffer>, adjoint: boolean) => Promise<Float64Array<ArrayBuffer>>;

function sizeAt(x: ArrayLike<number>, index: number, parts: number): number {
  return parts === 2 ? Math.hypot(x[2 * index], x[2 * index + 1]) : Math.abs(x[index]);
}

function sizesOf(x: Float64Array, parts: number): Float64Array {
  return Float64Array.from({ length: x.length / parts }, (_, i) => sizeAt(x, i, parts));
}

/** Each number divided by its size; 1 for 0. */
function directionsOf(x: Float64Array, parts: number): Float64Array<ArrayBuffer> {
  const sizes = sizesOf(x, parts);
  return Float64Array.from(x, (value, index) => {
    const size = sizes[Math.floor(index / parts)];
    return size > 0 ? value / size : index % parts === 0 ? 1 : 0;
  });
}

/** A vector of real numbers, with zeros as imaginary parts where there are two parts. */
function vectorOf(n: number, parts: number, element: (i: number) => number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: n * parts }, (_, index) => (index % parts === 0 ? element(index / parts) : 0));
}

/** ‖B‖₁ from products with B and Bᴴ. */
async function estimateNorm(n: number, parts: number, multiply: Multiply): Promise<number> {
  const sizeOfVector = (x: Float64Array) => sizesOf(x, parts).reduce((sum, size) => sum + size, 0);
  let image = await multiply(
    vectorOf(n, parts, () => 1 / n),
    false,
  );
  if (n === 1) return sizeOfVector(image);
  let estimate = sizeOfVector(image);
  let directions = directionsOf(image, parts);
  let steepest = -1;
  for (let step = 0; step < MOST_STEPS; step++) {
    const slopes = sizesOf(await multiply(directions, true), parts);
    const next = slopes.reduce((best, value, i) => (value > slopes[best] ? i : best), 0);
    if (next === steepest) break;
    steepest = next;
    image = await multiply(
      vectorOf(n, parts, (i) => (i === next ? 1 : 0)),
      false,
    );
    const size = sizeOfVector(image);
    const turned = directionsOf(image, parts);
    const isSame = turned.every((part, i) => part === directions[i]);
    if (size <= estimate || isSame) {
      estimate = Math.max(size, estimate);
      break;
    }
    estimate = size;
    directions = turned;
  }
  // A vector for matrices that mislead the iteration.
  const alternating = vectorOf(n, parts, (i) => (i % 2 ? -1 : 1) * (1 + i / (n - 1)));
  return Math.max(estimate, (2 * sizeOfVector(await multiply(alternating, false))) / (3 * n));
}
