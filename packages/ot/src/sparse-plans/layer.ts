import { InvalidInputError, stopGradient, type Tensor, transpose } from "@ansatz/tensor";
import { adam, cosineDecay, type Optimiser, sgd } from "@ansatz/tensor/optimisers";
import type { Regularizer } from "../kernels/sparse-conjugate/index.ts";
import { type DualProblem, negatedDual, planAt, rowSums } from "./dual.ts";

/** How derivatives find their way through the layer. */
export type BackwardPass =
  /** The plan at potentials that are taken for constants: the projection's Jacobian on the entries with mass. Costs one evaluation. */
  | "envelope"
  /** Through every step of the solver, whose intermediate values are kept. */
  | "unrolled";

export interface SparseTransportLayerOptions {
  /** k: most entries of a column, from 1 to m. */
  readonly maximumEntries: number;
  /** γ, in units of cost per mass. */
  readonly regularization: number;
  /** Default `"quadratic"`. */
  readonly regularizer?: Regularizer;
  /** Steps of the solver, always so many. Default 50. */
  readonly steps?: number;
  /**
   * Takes the steps, on potentials in units of cost that start at 0. Default: Adam with a learning rate that falls from 0.05 along a cosine, for costs with a range of about 1; with `"unrolled"`,
   * gradient descent with a learning rate of γ and a momentum of 0.9, since Adam's steps have no derivative where a gradient is 0.
   */
  readonly optimiser?: Optimiser;
  /** Default `"envelope"`. */
  readonly backward?: BackwardPass;
}

/** Plans of a batch, as tensors: entry e of column j is `masses[b, j, e]` in row `indices[b, j, e]`. */
export interface SparsePlanTensors {
  /** `[batches, n, k]`, the largest first, zeros at the end. */
  readonly masses: Tensor;
  /** `[batches, n, k]`, int32; 0 where there is no mass. */
  readonly indices: Tensor;
  /** α, `[batches, m]`; a constant to derivatives in the envelope's backward pass. */
  readonly rowPotentials: Tensor;
  /** T1, `[batches, m]`: how far from the row masses says how well the steps have solved the problem. */
  readonly rowSums: Tensor;
}

/**
 * Plans with at most k entries per column for a batch of problems, by a fixed number of first-order steps on their semi-duals: a layer, differentiable in costs and masses. Columns have their masses exactly, rows as well
 * as so many steps can make them. Synchronous; every step is a pass over the costs of all problems. For solutions to a tolerance there is `sparseTransport`.
 *
 * Derivatives are those of the plan where its entries stay the same ones (see the kernel).
 *
 * Source: Liu, Puigcerver, Blondel, "Sparsity-Constrained Optimal Transport" (2023), sections 4 and 6.
 *
 * @param costs `[batches, m, n]`, float32 or float64.
 * @param rowMasses `[batches, m]`.
 * @param columnMasses `[batches, n]`, with the same sums.
 * @returns tensors of the caller's.
 * @throws InvalidInputError for shapes that do not fit and bad options.
 */
export function sparseTransportLayer(
  costs: Tensor,
  rowMasses: Tensor,
  columnMasses: Tensor,
  options: SparseTransportLayerOptions,
): SparsePlanTensors {
  const { maximumEntries, regularization, regularizer = "quadratic", steps = 50, backward = "envelope" } = options;
  if (costs.rank !== 3)
    throw new InvalidInputError("sparseTransportLayer: costs", "shape [batches, m, n]", `shape [${costs.shape}]`);
  if (!Number.isInteger(steps) || steps < 1)
    throw new InvalidInputError("sparseTransportLayer: options.steps", "an integer ≥ 1", steps);
  if (backward !== "envelope" && backward !== "unrolled")
    throw new InvalidInputError("sparseTransportLayer: options.backward", '"envelope" or "unrolled"', backward);
  const optimiser =
    options.optimiser ??
    (backward === "unrolled"
      ? sgd({ learningRate: regularization, momentum: 0.9 })
      : adam({ learningRate: cosineDecay(0.05, steps) }));
  return costs.device.scope(() => {
    const problem: DualProblem = {
      costs: transpose(costs, [0, 2, 1]),
      rowMasses,
      columnMasses,
      options: { maximumEntries, regularization, regularizer, columnInput: "masses" },
    };
    const isConstant = backward === "envelope";
    const solved = isConstant
      ? descend(
          {
            ...problem,
            costs: stopGradient(problem.costs),
            rowMasses: stopGradient(rowMasses),
            columnMasses: stopGradient(columnMasses),
          },
          optimiser,
          steps,
        )
      : descend(problem, optimiser, steps);
    const entries = planAt(problem, { rows: solved });
    return {
      masses: entries.masses,
      indices: entries.indices,
      rowPotentials: solved,
      rowSums: rowSums(problem, entries),
    };
  });
}

/** α after so many steps. */
function descend(problem: DualProblem, optimiser: Optimiser, steps: number): Tensor {
  const { rowMasses } = problem;
  const { device, dtype, shape } = rowMasses;
  let parameters = { rows: device.zeros(shape, dtype) as Tensor };
  let state = optimiser.init(parameters);
  for (let step = 0; step < steps; step++)
    ({ parameters, state } = device.scope(() => {
      const { gradient } = negatedDual(problem, parameters);
      return optimiser.update({ rows: gradient.rows }, state, parameters);
    }));
  return parameters.rows;
}
