import { transportGradients } from "../gradients/index.ts";
import { type PointMetric, type Points, pointCloud } from "../point-cloud/index.ts";
import type { Marginal } from "../problem.ts";
import { type SolveOptions, solve } from "../solve/index.ts";
import type { TransportResult } from "../transport-result.ts";

/** Two weighted sets of points. */
export interface SinkhornDivergenceProblem {
  /** `[m, d]`. */
  readonly x: Points;
  /** `[n, d]`. */
  readonly y: Points;
  /** Masses of the points x, summing to 1. Default: all alike. */
  readonly xWeights?: Marginal;
  readonly yWeights?: Marginal;
  /** Default `"squared-euclidean"`. */
  readonly metric?: PointMetric;
  /** ε, in units of cost. */
  readonly regularization: number;
}

export interface SinkhornDivergenceOptions extends Omit<SolveOptions, "method"> {
  /** Default `"auto"`. */
  readonly method?: "auto" | "sinkhorn" | "sinkhorn-newton";
  /** Also compute the gradients by points and weights; not for a metric that is a function. Default false. */
  readonly gradients?: boolean;
}

export interface SinkhornDivergence {
  /** S(a, b); for the named metrics at least 0, and 0 only where both measures are the same. */
  readonly divergence: number;
  /** Its derivative by the coordinates of x, `[m, d]`, where asked for. */
  readonly x?: Float64Array;
  /** By those of y, `[n, d]`. */
  readonly y?: Float64Array;
  /** By the masses of x, of mean 0. */
  readonly xWeights?: Float64Array;
  readonly yWeights?: Float64Array;
  /** The solutions of transport from x to y, within x and within y; whether they converged is for the caller to see. */
  readonly transports: readonly [TransportResult, TransportResult, TransportResult];
}

/**
 * The Sinkhorn divergence S = OT(a, b) − ½ OT(a, a) − ½ OT(b, b) between weighted points, OT the value of entropic transport: a distance-like number without the bias of entropy that can be differentiated.
 * Between ½ ‖·‖² of a kernel for large ε and the cost of unregularised transport for ε → 0. (Whether entropy is taken relative to the product of the masses, as in the source and in POT, or
 * not, as in `TransportResult.objective`, does not matter here: it cancels.)
 *
 * @throws as `solve` and, where gradients are asked for, `transportGradients`.
 *
 * Source: J. Feydy et al., "Interpolating between Optimal Transport and MMD using Sinkhorn Divergences", equation 3 and theorem 1.
 */
export async function sinkhornDivergence(
  problem: SinkhornDivergenceProblem,
  options: SinkhornDivergenceOptions = {},
): Promise<SinkhornDivergence> {
  const { metric, regularization } = problem;
  const { gradients = false, ...rest } = options;
  const sides = [
    { points: problem.x, weights: problem.xWeights },
    { points: problem.y, weights: problem.yWeights },
  ] as const;
  const transport = async (from: 0 | 1, to: 0 | 1) => {
    const transportProblem = {
      costMatrix: pointCloud(sides[from].points, sides[to].points, { metric }),
      rowMarginal: sides[from].weights,
      columnMarginal: sides[to].weights,
      regularization,
    };
    const result = await solve(transportProblem, rest);
    return { result, slopes: gradients ? await transportGradients(transportProblem, result) : undefined };
  };
  const [between, withinX, withinY] = [await transport(0, 1), await transport(0, 0), await transport(1, 1)];
  const value = between.result.objective - (withinX.result.objective + withinY.result.objective) / 2;
  const transports = [between.result, withinX.result, withinY.result] as const;
  if (!between.slopes || !withinX.slopes || !withinY.slopes) return { divergence: value, transports };
  const [own, xs, ys] = [between.slopes, withinX.slopes, withinY.slopes];
  // Points and masses of a measure are on both sides of the transport within it.
  const without = (whole: Float64Array, first: Float64Array, second: Float64Array) =>
    whole.map((slope, index) => slope - (first[index] + second[index]) / 2);
  return {
    divergence: value,
    x: without(own.x!, xs.x!, xs.y!),
    y: without(own.y!, ys.x!, ys.y!),
    xWeights: without(own.rowMarginal, xs.rowMarginal, xs.columnMarginal),
    yWeights: without(own.columnMarginal, ys.rowMarginal, ys.columnMarginal),
    transports,
  };
}
