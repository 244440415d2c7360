import { DivergedError } from "@ansatz/tensor";
import type { SparsePlan } from "../transport-result.ts";

/** Relative residual to solve to: that of rounding in sums of some hundred terms. */
const TOLERANCE = 1e-14;

/**
 * Solves [[D₁, P], [Pᵀ, D₂]] (λ, μ) = (g₁, g₂), D₁ and D₂ the row and column sums of the plan, g₁ and g₂ the row and column sums of `entries` times P: the adjoint of the optimality
 * conditions of entropic transport. Rows are eliminated and conjugate gradients, preconditioned by the diagonal, solve for the columns; the solution is determined up to (t, −t).
 *
 * @throws DivergedError when rounding has made the system indefinite.
 */
export function solveMarginalSystem(
  plan: SparsePlan,
  entries: Float64Array,
): { readonly rowPotential: Float64Array; readonly columnPotential: Float64Array } {
  const [rows, columns] = plan.shape;
  const rowSums = new Float64Array(rows);
  const columnSums = new Float64Array(columns);
  const rowRight = new Float64Array(rows);
  const columnRight = new Float64Array(columns);
  eachEntry(plan, (row, column, mass, entry) => {
    rowSums[row] += mass;
    columnSums[column] += mass;
    rowRight[row] += mass * entries[entry];
    columnRight[column] += mass * entries[entry];
  });
  // Rows and columns without mass have no equation.
  const inverseRows = rowSums.map((sum) => (sum > 0 ? 1 / sum : 0));
  /** D₁⁻¹ (constant − P vector). */
  const eliminate = (constant: Float64Array, vector: Float64Array) => {
    const rest = Float64Array.from(constant);
    eachEntry(plan, (row, column, mass) => {
      rest[row] -= mass * vector[column];
    });
    return rest.map((value, row) => value * inverseRows[row]);
  };
  /** (D₂ − Pᵀ D₁⁻¹ P) vector. */
  const apply = (vector: Float64Array) => {
    const result = vector.map((value, column) => value * columnSums[column]);
    const rowPart = eliminate(new Float64Array(rows), vector);
    eachEntry(plan, (row, column, mass) => {
      result[column] += mass * rowPart[row];
    });
    return result;
  };
  const start = eliminate(rowRight, new Float64Array(columns));
  const residual = Float64Array.from(columnRight);
  eachEntry(plan, (row, column, mass) => {
    residual[column] -= mass * start[row];
  });
  const diagonal = Float64Array.from(columnSums);
  eachEntry(plan, (row, column, mass) => {
    diagonal[column] -= mass * mass * inverseRows[row];
  });
  const precondition = (vector: Float64Array) =>
    vector.map((value, column) =>
      columnSums[column] > 0 ? value / Math.max(diagonal[column], 1e-14 * columnSums[column]) : 0,
    );
  const solution = new Float64Array(columns);
  let search = precondition(residual);
  let weighted = dot(residual, search);
  const target = TOLERANCE * Math.sqrt(dot(rowRight, rowRight) + dot(columnRight, columnRight));
  for (let iteration = 0; iteration < 4 * columns && Math.sqrt(dot(residual, residual)) > target; iteration++) {
    const product = apply(search);
    const curvature = dot(search, product);
    // What is left is rounding: the direction along which the system is singular.
    if (curvature <= 0) break;
    const step = weighted / curvature;
    for (let column = 0; column < columns; column++) {
      solution[column] += step * search[column];
      residual[column] -= step * product[column];
    }
    const preconditioned = precondition(residual);
    const nextWeighted = dot(residual, preconditioned);
    const conjugation = nextWeighted / weighted;
    weighted = nextWeighted;
    search = preconditioned.map((value, column) => value + conjugation * search[column]);
  }
  if (!solution.every(Number.isFinite))
    throw new DivergedError("transportGradients", 0, "the adjoint of the plan is not finite", solution);
  const known = (values: Float64Array, sums: Float64Array) =>
    values.map((value, index) => (sums[index] > 0 ? value : Number.NaN));
  return {
    rowPotential: known(eliminate(rowRight, solution), rowSums),
    columnPotential: known(solution, columnSums),
  };
}

function eachEntry(
  { rowOffsets, columnIndices, values }: SparsePlan,
  visit: (row: number, column: number, mass: number, entry: number) => void,
): void {
  for (let row = 0; row + 1 < rowOffsets.length; row++)
    for (let entry = rowOffsets[row]; entry < rowOffsets[row + 1]; entry++)
      visit(row, columnIndices[entry], values[entry], entry);
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let index = 0; index < a.length; index++) total += a[index] * b[index];
  return total;
}
