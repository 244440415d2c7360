import { InvalidInputError } from "@ansatz/tensor";
import { costRow, hostMatrix } from "../cost-matrix.ts";
import { type CheckedPoints, checkPointCloud, PointCloud } from "../point-cloud/index.ts";
import type { UnregularizedProblem } from "../problem.ts";
import type { SparsePlan, TransportResult } from "../transport-result.ts";
import { solveMarginalSystem } from "./marginal-system.ts";

export interface TransportGradientsOptions {
  /**
   * The number to differentiate. Default `"objective"`: ⟨C, P⟩ + ε Σ P log P, the optimal value, at which the plan may be taken as constant (the envelope theorem).
   * `"transport-cost"`: ⟨C, P⟩ alone, whose plan moves with its data; its derivative solves the linear system of the optimality conditions. The same where there is no regularization.
   */
  readonly of?: "objective" | "transport-cost";
}

/** Derivatives of a number of a solved problem by its data. */
export interface TransportGradients {
  /** By the masses of the rows, `[m]`. Only differences matter, since masses sum to 1: these have the mean 0. NaN where a mass is zero that was removed. */
  readonly rowMarginal: Float64Array;
  /** By the masses of the columns, `[n]`. */
  readonly columnMarginal: Float64Array;
  /** By the costs, where they are not 0: a matrix with the entries of the plan. */
  readonly costMatrix: SparsePlan;
  /** By the coordinates of the points of the rows, `[m, d]`; only for costs between points. */
  readonly x?: Float64Array;
  /** By the coordinates of the points of the columns, `[n, d]`. */
  readonly y?: Float64Array;
}

/**
 * Gradients of the value of optimal transport by costs, masses and points, from a solution: ∂/∂C = P, ∂/∂r = x, ∂/∂c = y, and ∂/∂xᵢ = Σⱼ Pᵢⱼ ∇c(xᵢ, yⱼ) by the envelope theorem.
 * They are as good as the solution; solve to a small marginal error. Entries of the plan that round to nothing are left out.
 *
 * Where an unregularised problem has several optimal plans or potentials, the value has a kink, and this is one of its (super- or sub-) gradients. A distance ("euclidean", "l1") counts as flat where two points
 * are the same.
 *
 * @param problem the one that `result` is the solution of.
 * @throws InvalidInputError for a metric that is a function: its derivative is not known (`costMatrix` is, and can be chained with it).
 */
export async function transportGradients(
  problem: UnregularizedProblem,
  result: TransportResult,
  options: TransportGradientsOptions = {},
): Promise<TransportGradients> {
  const { of = "objective" } = options;
  if (of !== "objective" && of !== "transport-cost")
    throw new InvalidInputError("options.of", '"objective" or "transport-cost"', of);
  const { costMatrix } = problem;
  const costs = costMatrix instanceof PointCloud ? await checkPointCloud(costMatrix) : await hostMatrix(costMatrix);
  const plan = result.sparsePlan(0);
  if (String(plan.shape) !== String(costs.shape))
    throw new InvalidInputError("result", `a solution of a problem of shape [${costs.shape}]`, `shape [${plan.shape}]`);
  const entryCosts = new Float64Array(plan.values.length);
  const row = new Float64Array(plan.shape[1]);
  forEachRow(plan, (index, begin, end) => {
    costRow(costs, index, row);
    for (let entry = begin; entry < end; entry++) entryCosts[entry] = row[plan.columnIndices[entry]];
  });
  const direct = of === "objective" || result.regularization === 0;
  const byMasses = direct ? result : solveMarginalSystem(plan, entryCosts);
  const weights = direct
    ? plan.values
    : plan.values.map((mass, entry) => mass * (1 - entryCosts[entry] / result.regularization));
  if (!direct)
    forEachRow(plan, (index, begin, end) => {
      for (let entry = begin; entry < end; entry++) {
        const shift = byMasses.rowPotential[index] + byMasses.columnPotential[plan.columnIndices[entry]];
        weights[entry] += (plan.values[entry] * shift) / result.regularization;
      }
    });
  const gradients = {
    rowMarginal: centred(byMasses.rowPotential),
    columnMarginal: centred(byMasses.columnPotential),
    costMatrix: { ...plan, values: weights },
  };
  return "metric" in costs ? { ...gradients, ...pointGradients(costs, gradients.costMatrix) } : gradients;
}

function forEachRow({ rowOffsets }: SparsePlan, visit: (row: number, begin: number, end: number) => void): void {
  for (let row = 0; row + 1 < rowOffsets.length; row++) visit(row, rowOffsets[row], rowOffsets[row + 1]);
}

/** Moved to the mean 0. What is not finite is not known. */
function centred(values: Float64Array): Float64Array {
  const known = values.filter(Number.isFinite);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  return values.map((value) => (Number.isFinite(value) ? value - mean : Number.NaN));
}

function pointGradients({ x, y, dimension, metric }: CheckedPoints, byCosts: SparsePlan) {
  if (typeof metric === "function")
    throw new InvalidInputError(
      "metric",
      "one of the named metrics: the derivative of a function is not known",
      metric,
    );
  const [byX, byY] = [new Float64Array(x.length), new Float64Array(y.length)];
  const difference = new Float64Array(dimension);
  forEachRow(byCosts, (row, begin, end) => {
    for (let entry = begin; entry < end; entry++) {
      const [from, to] = [row * dimension, byCosts.columnIndices[entry] * dimension];
      for (let axis = 0; axis < dimension; axis++) difference[axis] = x[from + axis] - y[to + axis];
      const length = metric === "euclidean" ? Math.hypot(...difference) : 1;
      for (let axis = 0; axis < dimension; axis++) {
        const slope = metric === "l1" ? Math.sign(difference[axis]) : difference[axis] / (length || 1);
        const step = byCosts.values[entry] * (metric === "squared-euclidean" ? 2 : 1) * slope;
        byX[from + axis] += step;
        byY[to + axis] -= step;
      }
    }
  });
  return { x: byX, y: byY };
}
