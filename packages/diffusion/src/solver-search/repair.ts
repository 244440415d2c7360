import type { NoiseSchedule } from "../noise-schedules/index.ts";
import {
  evaluationsOf,
  type GenomeCorrector,
  type GenomePrediction,
  type GenomeStep,
  type GenomeUpdate,
  genomeOf,
  HIGHEST_ORDER,
  MOST_ACTIVE,
  type SolverGenome,
} from "./genome.ts";
import { scalingFactor } from "./step-coefficients.ts";
import { stepLength } from "./validate-genome.ts";

/**
 * The nearest genome that is valid and spends so many evaluations: steps are split or merged, points clipped to those that are evaluated, orders to the points, scalings to steps
 * short enough for them. Parts that have no effect take their plainest form, so that equal solvers are equal genomes.
 */
export function repaired(genome: SolverGenome, schedule: NoiseSchedule, evaluations: number): SolverGenome {
  let { times, steps } = genome;
  const count = () => evaluationsOf({ steps, analyticalFirstStep: genome.analyticalFirstStep });
  while (count() > evaluations && steps.length > 1) ({ times, steps } = merged(times, steps, schedule));
  while (count() > evaluations) steps = [{ ...steps[0], corrector: null }];
  while (count() < evaluations) ({ times, steps } = divided(times, steps, schedule));
  const fitted = steps.map((step, index): GenomeStep => {
    const { prediction, corrector } = step;
    const isLast = index === steps.length - 1;
    const length = (start: number) => stepLength(schedule, times, index, start);
    return {
      prediction,
      ...repairedUpdate(step, { prediction, points: index + 1, length }),
      corrector:
        corrector && !isLast
          ? repairedCorrector(corrector, { prediction, points: index + 2, length: (start) => length(start + 1) })
          : null,
    };
  });
  const { name: _, analyticalFirstStep } = genome;
  const result = genomeOf({ analyticalFirstStep, times, steps: fitted });
  // An implicit corrector of what became the last step is gone, and with it an evaluation.
  return result.evaluations === evaluations ? result : repaired(result, schedule, evaluations);
}

interface Surroundings {
  readonly prediction: GenomePrediction;
  readonly points: number;
  length(start: number): number;
}

function repairedUpdate(update: GenomeUpdate, { prediction, points, length }: Surroundings): GenomeUpdate {
  const clip = (point: number) => Math.max(point, -points);
  const start = clip(update.start);
  const clipped = update.active.map(clip).filter((point) => point !== start);
  const known = [...new Set(clipped)].slice(0, MOST_ACTIVE);
  const order = Math.min(update.order, known.length + 1, HIGHEST_ORDER);
  const isFull = update.derivatives === "full";
  const active = order < 2 ? [] : isFull ? known : known.slice(0, order - 1);
  const derivatives = order === 2 && active.length === 1 ? "full" : order < 2 ? "full" : update.derivatives;
  let scaling = order < 2 ? "none" : update.scaling;
  if (typeof scaling === "object") {
    const least = -1 / length(start);
    scaling = { linear: Math.min(1, Math.max(-1, least * (1 - 1e-9), scaling.linear)) };
  } else if (!(scalingFactor(scaling, length(start), prediction) >= 0)) scaling = "none";
  return { start, order, active, derivatives, scaling };
}

function repairedCorrector(corrector: GenomeCorrector, around: Surroundings): GenomeCorrector | null {
  const start = Math.min(-2, corrector.start);
  const active = [-1, ...corrector.active.filter((point) => point !== -1)];
  const update = repairedUpdate({ ...corrector, start, active, order: Math.max(2, corrector.order) }, around);
  return { kind: corrector.kind, ...update };
}

interface Walk {
  readonly times: readonly number[];
  readonly steps: readonly GenomeStep[];
}

/** Without the inner time whose step and the next one are the shortest. */
function merged(times: readonly number[], steps: readonly GenomeStep[], schedule: NoiseSchedule): Walk {
  const lambdas = times.map((time) => schedule.halfLogSnr(time));
  const spans = steps.slice(1).map((_, index) => lambdas[index + 2] - lambdas[index]);
  const gone = spans.indexOf(Math.min(...spans)) + 1;
  return {
    times: times.filter((_, index) => index !== gone),
    steps: steps.filter((_, index) => index !== gone - 1),
  };
}

/** With the longest step done in two. */
function divided(times: readonly number[], steps: readonly GenomeStep[], schedule: NoiseSchedule): Walk {
  const lambdas = times.map((time) => schedule.halfLogSnr(time));
  const spans = steps.map((_, index) => lambdas[index + 1] - lambdas[index]);
  const longest = spans.indexOf(Math.max(...spans));
  const middle = schedule.timeAt((lambdas[longest] + lambdas[longest + 1]) / 2);
  const twin: GenomeStep =
    steps[longest].corrector?.kind === "implicit" ? { ...steps[longest], corrector: null } : steps[longest];
  return {
    times: [...times.slice(0, longest + 1), middle, ...times.slice(longest + 1)],
    steps: [...steps.slice(0, longest), twin, ...steps.slice(longest)],
  };
}
