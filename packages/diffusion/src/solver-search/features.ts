import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { type GenomeStep, NAMED_SCALINGS, type SolverGenome } from "./genome.ts";
import type { PlannedStep, PlannedUpdate } from "./searched-solver.ts";
import { usedActive } from "./validate-genome.ts";

const POINTS = [-1, -2, -3, -4];

/**
 * What the predictor is told of every step: where it is in λ, how long, its decisions one-hot, and how large the coefficients of its update are.
 *
 * @param setting statistics: whether a genome may use statistics of the model.
 * @returns a row per step, all of the same length for any genome.
 */
export function stepFeatures(
  genome: SolverGenome,
  planned: readonly PlannedStep[],
  { schedule, statistics }: { readonly schedule: NoiseSchedule; readonly statistics: boolean },
): number[][] {
  const { times, steps, analyticalFirstStep } = genome;
  const lambdas = times.map((time) => schedule.halfLogSnr(time));
  const [from, to] = [lambdas[0], lambdas.at(-1)!];
  const part = (lambda: number) => (lambda - from) / (to - from);
  return steps.map((step, index) => {
    const h = lambdas[index + 1] - lambdas[index];
    const before = index > 0 ? lambdas[index] - lambdas[index - 1] : h;
    const [ofStart, ...ofActive] = valueWeights(planned[index].predictor);
    const extrapolation = ofActive.reduce((sum, each) => sum + Math.abs(each), 0);
    return [
      1,
      part(lambdas[index]),
      part(lambdas[index + 1]),
      h * steps.length * (1 / (to - from)),
      Math.log(h / before),
      Math.log1p(extrapolation / (Math.abs(ofStart) + 1e-9)),
      index / steps.length,
      index === 0 ? 1 : 0,
      index === steps.length - 1 ? 1 : 0,
      index === 0 && analyticalFirstStep !== "none" ? 1 : 0,
      ...decisions(step),
      ...(statistics ? [step.prediction === "statistics" ? 1 : 0] : []),
    ];
  });
}

/** Of the values at the start and the active points; of the first dimension, where there are several. */
function valueWeights(update: PlannedUpdate): number[] {
  if (update.prediction === "statistics") return update.coefficients.step.weights.map(([first]) => first);
  const { ofStart, ofActive } = update.coefficients;
  return [ofStart, ...ofActive];
}

function decisions({ prediction, corrector, ...update }: GenomeStep): number[] {
  const { start, order, derivatives, scaling } = update;
  const used = usedActive(update);
  const h = typeof scaling === "object" ? scaling.linear : 0;
  return [
    prediction === "noise" ? 1 : 0,
    ...oneHot([1, 2, 3, 4], order),
    ...oneHot(POINTS, start),
    ...POINTS.map((point) => (used.includes(point) ? 1 : 0)),
    derivatives === "low" ? 1 : 0,
    ...oneHot(NAMED_SCALINGS as readonly unknown[], scaling),
    h,
    ...oneHot(["pseudo", "implicit"], corrector?.kind),
    ...oneHot([2, 3, 4], corrector?.order),
  ];
}

function oneHot(values: readonly unknown[], value: unknown): number[] {
  return values.map((each) => (each === value ? 1 : 0));
}
