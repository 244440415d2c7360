import { InvalidInputError } from "@ansatz/tensor";
import { type ExactTransportOptions, exactTransport } from "../exact-transport/index.ts";
import { PointCloud, pointCount } from "../point-cloud/index.ts";
import type { TransportProblem, UnregularizedProblem } from "../problem.ts";
import { sinkhorn } from "../sinkhorn/index.ts";
import { sinkhornNewton } from "../sinkhorn-newton/index.ts";
import type { SolverOptions } from "../solver-run.ts";
import type { TransportResult } from "../transport-result.ts";

/** A transport problem with or without regularization. */
export interface SolveProblem extends UnregularizedProblem {
  /** ε, in units of cost. Without it, or 0: the cheapest plan itself. */
  readonly regularization?: number;
}

export interface SolveOptions extends SolverOptions {
  /**
   * How to solve. Default `"auto"`: the network simplex method without regularization; with it sparse Newton steps, and Sinkhorn's sweeps for points whose matrix of costs would have more
   * than 2²⁶ entries (half a gigabyte). `"exact"` is for problems without regularization; it computes in float64 and to rounding, and takes neither `tolerance` nor `initialPotentials`.
   */
  readonly method?: "auto" | "sinkhorn" | "sinkhorn-newton" | "exact";
}

export interface SolveResult extends TransportResult {
  /** The method that was used. */
  readonly method: Exclude<SolveOptions["method"], "auto" | undefined>;
}

const METHODS: readonly SolveOptions["method"][] = ["auto", "sinkhorn", "sinkhorn-newton", "exact"];

/** Entries up to which costs between points are stored for the sake of a faster method. */
const LARGEST_MATRIX = 2 ** 26;

/**
 * Solves a transport problem by the method that suits it: one function over costs that are given as a matrix or by points, with regularization or without.
 *
 * Options that only one method has are those of `sinkhorn`, `sinkhornNewton` and `exactTransport`, to be called themselves.
 *
 * @throws InvalidInputError, UnsupportedError and DivergedError as these do; InvalidInputError for a method and a regularization that do not fit.
 */
export async function solve(problem: SolveProblem, options: SolveOptions = {}): Promise<SolveResult> {
  const { method: wanted = "auto", ...rest } = options;
  if (!METHODS.includes(wanted))
    throw new InvalidInputError("options.method", METHODS.map((name) => `"${name}"`).join(", "), wanted);
  const { regularization = 0 } = problem;
  if (!(regularization >= 0)) throw new InvalidInputError("regularization", "a number ≥ 0", regularization);
  const method = wanted === "auto" ? suitableMethod(problem) : wanted;
  if (method === "exact") {
    if (regularization !== 0)
      throw new InvalidInputError("regularization", 'none for the method "exact"', regularization);
    return { ...(await exactTransport(problem, exactOptions(rest))), method };
  }
  if (regularization === 0)
    throw new InvalidInputError("regularization", `a positive number for the method "${method}"`, regularization);
  const regularized: TransportProblem = { ...problem, regularization };
  const result = await (method === "sinkhorn" ? sinkhorn(regularized, rest) : sinkhornNewton(regularized, rest));
  return { ...result, method };
}

/** What `"auto"` stands for. */
export function suitableMethod({ costMatrix, regularization = 0 }: SolveProblem): SolveResult["method"] {
  if (regularization === 0) return "exact";
  const isLarge =
    costMatrix instanceof PointCloud && pointCount(costMatrix.x) * pointCount(costMatrix.y) > LARGEST_MATRIX;
  return isLarge ? "sinkhorn" : "sinkhorn-newton";
}

function exactOptions({ dtype, tolerance, initialPotentials, ...rest }: SolverOptions): ExactTransportOptions {
  for (const [name, value] of Object.entries({ tolerance, initialPotentials }))
    if (value !== undefined) throw new InvalidInputError(`options.${name}`, 'none for the method "exact"', value);
  if (dtype !== undefined && dtype !== "float64")
    throw new InvalidInputError("options.dtype", '"float64" for the method "exact"', dtype);
  return rest;
}
