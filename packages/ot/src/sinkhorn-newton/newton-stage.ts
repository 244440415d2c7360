import type { PlanEvaluation } from "../device-problem.ts";
import { attainableError } from "../rounding.ts";
import type { SolverRun } from "../solver-run.ts";
import type { StopReason } from "../transport-result.ts";
import { lineSearch } from "./line-search.ts";

/** A direction of ascent of the dual, and what it took. */
export interface AscentDirection {
  readonly values: Float64Array;
  readonly keptEntries: number;
  readonly conjugateGradientIterations: number;
}

export interface StageOptions {
  readonly regularization: number;
  readonly tolerance: number;
  /** The Newton direction at a point; undefined when there is no useful one. */
  readonly direction: (run: SolverRun, at: PlanEvaluation) => Promise<AscentDirection | undefined>;
  /** Newton steps of the whole solve, those of earlier stages included. */
  readonly maximumNewtonSteps: number;
  /** Whether to give up early when steps are tiny. */
  readonly mayStruggle: boolean;
}

/** `"struggling"`: steps are so small that another starting point will be faster. */
export type StageEnd = StopReason | "struggling";

/** A step below this share of the full one says that the point is far from where Newton's method works. */
const DAMPED = 1 / 4;

/** Sweeps after a damped step: they bring the marginals into a shape from which Newton's method can go on. */
const RECOVERY_SWEEPS = 20;

/** Damped steps after which a stage is struggling. */
const STRUGGLING = 4;

/** Steps without a new smallest error after which a stage has stalled. */
const PATIENCE = 10;

/** Newton's method on the dual from the present potentials at one regularization. Leaves the best potentials it has seen. */
export async function newtonStage(run: SolverRun, options: StageOptions): Promise<StageEnd> {
  let current = await run.evaluate(options.regularization);
  let best = current;
  let previousError = Number.POSITIVE_INFINITY;
  let damped = 0;
  let sinceBest = 0;
  const end = (reason: StageEnd): StageEnd => {
    run.potentials = best.potentials;
    return reason;
  };
  for (;;) {
    if (current.error < best.error) {
      best = current;
      sinceBest = 0;
    } else sinceBest++;
    if (best.error <= options.tolerance) return end("converged");
    // As close as rounding allows, and no longer getting closer.
    const exhausted = best.error <= attainableError(run, best);
    if (exhausted && current.error > 0.9 * previousError) return end("converged");
    if (run.aborted) return end("aborted");
    if (sinceBest >= PATIENCE) return end("stalled");
    if (run.counts.newtonSteps >= options.maximumNewtonSteps) return end("iteration-limit");
    if (options.mayStruggle && damped >= STRUGGLING) return end("struggling");
    previousError = current.error;
    const step = await newtonStep(run, current, options);
    current = step.evaluation;
    if (step.stepSize < DAMPED) {
      damped++;
      run.potentials = current.potentials;
      await run.sinkhorn(options.regularization, RECOVERY_SWEEPS);
      current = await run.evaluate(options.regularization);
    }
  }
}

/** One step; of size 0, leaving the potentials where they are, when there is no usable direction. */
async function newtonStep(
  run: SolverRun,
  current: PlanEvaluation,
  { direction, regularization }: StageOptions,
): Promise<{ readonly evaluation: PlanEvaluation; readonly stepSize: number }> {
  run.counts.newtonSteps++;
  // A row or column whose sum has underflowed has no finite Newton step; a sweep of Sinkhorn's brings it back.
  const ascent = current.sums.every((sum) => sum > 0) ? await direction(run, current) : undefined;
  if (!ascent) return { evaluation: current, stepSize: 0 };
  const { values, ...effort } = ascent;
  run.counts.conjugateGradientIterations += effort.conjugateGradientIterations;
  const step = (await lineSearch(run, current, values)) ?? { evaluation: current, stepSize: 0 };
  await run.record({
    kind: "newton",
    error: step.evaluation.error,
    regularization,
    stepSize: step.stepSize,
    ...effort,
  });
  return step;
}
