import { InvalidInputError } from "@ansatz/tensor";
import type { CsrMatrix } from "../sparse/csr-matrix.ts";
import { checkGrid } from "./policy.ts";
import { type RelaxedSolveOptions, relaxedSolve } from "./relaxed-solve.ts";

export interface BestRelaxationOptions extends RelaxedSolveOptions {
  /** Parameters that the search begins from, ascending. Default: 1, 1.3, 1.5, 1.75, 1.95 (paper). */
  readonly relaxations?: ArrayLike<number>;
  /** Solves of the golden section beyond those. Default 12 (paper). */
  readonly evaluations?: number;
  readonly signal?: AbortSignal;
}

export interface BestRelaxationResult {
  /** ω: midway between the leftmost and the rightmost of the parameters tried that cost least. */
  readonly relaxation: number;
  /** The least number of iterations met. */
  readonly iterations: number;
  /** Whether all solves were made. */
  readonly reason: "finished" | "aborted";
  /** What was tried, in this order. */
  readonly history: readonly { readonly relaxation: number; readonly iterations: number }[];
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The relaxation parameter with which one system takes the fewest iterations, found by solving it: a grid, and golden section between the neighbours of the best of it. It is what learned parameters are
 * compared with, where no formula is known (for SOR on consistently ordered matrices there is `optimalRelaxation`). Costs are whole numbers and often equal: of those the middle is taken.
 *
 * @param matrix symmetric with a positive diagonal.
 * @throws InvalidInputError as `relaxedSolve`, and for a grid that does not ascend within (0, 2), or a number of evaluations that is no integer ≥ 0.
 *
 * Source: "Learning to Relax: Setting Solver Parameters Across a Sequence of Linear System Instances", the instance-optimal comparator.
 */
export async function bestRelaxation(
  matrix: CsrMatrix,
  b: ArrayLike<number>,
  options: BestRelaxationOptions = {},
): Promise<BestRelaxationResult> {
  const { relaxations = [1, 1.3, 1.5, 1.75, 1.95], evaluations = 12, signal } = options;
  checkGrid(relaxations);
  if (!Number.isInteger(evaluations) || evaluations < 0)
    throw new InvalidInputError("options.evaluations", "an integer ≥ 0", evaluations);
  const history: { relaxation: number; iterations: number }[] = [];
  const costsOf = async (parameters: ArrayLike<number>) => {
    const { iterations } = await relaxedSolve(matrix, b, parameters, options);
    for (const [index, cost] of iterations.entries()) history.push({ relaxation: parameters[index], iterations: cost });
    return iterations;
  };
  const grid = await costsOf(relaxations);
  const least = Math.min(...grid);
  let lower = relaxations[Math.max(0, grid.indexOf(least) - 1)];
  let upper = relaxations[Math.min(grid.length - 1, grid.lastIndexOf(least) + 1)];
  const inner = [upper - GOLDEN * (upper - lower), lower + GOLDEN * (upper - lower)];
  const costs: (number | undefined)[] = [undefined, undefined];
  let reason: BestRelaxationResult["reason"] = "finished";
  for (let evaluation = 0; evaluation < evaluations; evaluation++) {
    if (signal?.aborted) {
      reason = "aborted";
      break;
    }
    const side = costs[0] === undefined ? 0 : 1;
    [costs[side]] = await costsOf([inner[side]]);
    const [left, right] = costs;
    if (left === undefined || right === undefined) continue;
    if (left <= right) {
      upper = inner[1];
      [inner[1], costs[1]] = [inner[0], left];
      [inner[0], costs[0]] = [upper - GOLDEN * (upper - lower), undefined];
    } else {
      lower = inner[0];
      [inner[0], costs[0]] = [inner[1], right];
      [inner[1], costs[1]] = [lower + GOLDEN * (upper - lower), undefined];
    }
  }
  const iterations = Math.min(...history.map((each) => each.iterations));
  const best = history.filter((each) => each.iterations === iterations).map((each) => each.relaxation);
  return { relaxation: (Math.min(...best) + Math.max(...best)) / 2, iterations, reason, history };
}
