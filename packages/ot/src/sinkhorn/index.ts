import { InvalidInputError } from "@ansatz/tensor";
import type { TransportProblem } from "../problem.ts";
import { attainableError } from "../rounding.ts";
import { type SolverOptions, withSweepRun } from "../solver-run.ts";
import type { TransportResult } from "../transport-result.ts";

export interface SinkhornOptions extends SolverOptions {
  /** Default 10 000. */
  readonly maximumSweeps?: number;
  /** Sweeps between looks at the error, each of which waits for the device. Default 10. */
  readonly checkInterval?: number;
}

/**
 * Solves entropic optimal transport by Sinkhorn's iteration in the log domain, which neither overflows nor underflows at any regularization.
 *
 * Choose it for a few digits at large regularization, and as the baseline; its error falls by a constant factor per sweep, which tends to 1 as the
 * regularization does to 0. `sinkhornNewton` takes over where it gets slow. Costs between points are computed in every sweep and never stored: memory is O(m + n).
 * A metric that is a function is called on this thread, in float64, and so is the rest.
 *
 * @throws InvalidInputError naming the argument (and index) at fault: masses that are not positive or do not sum to 1, costs that are not finite, shapes that do
 * not fit; UnsupportedError when the device does not hold the dtype; DivergedError when potentials overflow.
 */
export async function sinkhorn(problem: TransportProblem, options: SinkhornOptions = {}): Promise<TransportResult> {
  const { maximumSweeps = 10_000, checkInterval = 10 } = options;
  if (!Number.isInteger(maximumSweeps) || maximumSweeps < 1)
    throw new InvalidInputError("options.maximumSweeps", "an integer ≥ 1", maximumSweeps);
  if (!Number.isInteger(checkInterval) || checkInterval < 1)
    throw new InvalidInputError("options.checkInterval", "an integer ≥ 1", checkInterval);
  return withSweepRun(problem, options, async (run) => {
    const { regularization } = run.problem;
    for (;;) {
      const left = maximumSweeps - run.counts.sinkhornSweeps;
      const error = await run.sinkhorn(regularization, left, checkInterval, run.tolerance);
      if (error > run.tolerance) return run.finish(run.aborted ? "aborted" : "iteration-limit", regularization);
      // The error between the halves of a sweep bounds that after it only up to rounding.
      const reached = await run.evaluate(regularization);
      if (reached.error <= Math.max(run.tolerance, attainableError(run, reached)))
        return run.finish("converged", regularization);
    }
  });
}
