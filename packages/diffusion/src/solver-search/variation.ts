import type { RandomStream } from "@ansatz/tensor";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import {
  type AnalyticalFirstStep,
  type DerivativeScaling,
  GENOME_PREDICTIONS,
  type GenomeCorrector,
  type GenomePrediction,
  type GenomeStep,
  type GenomeUpdate,
  NAMED_SCALINGS,
  type SolverGenome,
} from "./genome.ts";
import { repaired } from "./repair.ts";

/** What may be decided anew. A search opens one after the other. */
export interface SearchSpace {
  /** Prediction and order of every step, and the grid as a whole. Always. */
  readonly startPoints: boolean;
  /** Active points, full or low derivatives, and the analytical first step. */
  readonly derivativeSets: boolean;
  readonly scalings: boolean;
  readonly correctors: boolean;
  /** Single times. */
  readonly fineTimes: boolean;
}

export const WHOLE_SPACE: SearchSpace = {
  ...{ startPoints: true, derivativeSets: true, scalings: true, correctors: true, fineTimes: true },
};

/** The space of stage 1, 2, 3 and later: coarse decisions first. */
export function stageSpace(stage: number): SearchSpace {
  const isSecond = stage >= 2;
  const isThird = stage >= 3;
  return {
    ...{ startPoints: isSecond, derivativeSets: isSecond },
    ...{ scalings: isThird, correctors: isThird, fineTimes: isThird },
  };
}

export interface VariationRules {
  readonly schedule: NoiseSchedule;
  readonly evaluations: number;
  readonly space: SearchSpace;
  /** Probability with which each decision is drawn again. */
  readonly mutationRate: number;
  /** Spread of a moved time, in parts of its gap. */
  readonly timeSpread: number;
  readonly dataMean?: number | readonly number[];
  /** Whether there are statistics of the model. Default false. */
  readonly statistics?: boolean;
}

/** Spread of the logarithm of the exponent that bends a whole grid. */
const BEND_SPREAD = 0.25;
const LINEAR_SPREAD = 0.2;

/** A genome of which some decisions have been drawn again: at least one, of the same number of evaluations. */
export function mutated(genome: SolverGenome, random: RandomStream, rules: VariationRules): SolverGenome {
  const before = JSON.stringify([genome.times, genome.steps, genome.analyticalFirstStep]);
  for (;;) {
    const { space, mutationRate, schedule, evaluations, dataMean } = rules;
    const predictions = rules.statistics ? GENOME_PREDICTIONS : PLAIN_PREDICTIONS;
    const redraw = () => random.uniform() < mutationRate;
    const times = movedTimes(genome.times, random, rules);
    const steps = genome.steps.map((step) => mutatedStep(step, random, { redraw, space, predictions }));
    const maySkip = space.derivativeSets && dataMean !== undefined;
    const analyticalFirstStep: AnalyticalFirstStep =
      maySkip && redraw() ? toggled(genome.analyticalFirstStep, random, dataMean) : genome.analyticalFirstStep;
    const child = repaired({ ...genome, times, steps, analyticalFirstStep }, schedule, evaluations);
    if (JSON.stringify([child.times, child.steps, child.analyticalFirstStep]) !== before) return child;
  }
}

/** Every step, and the time at its end, from one of two genomes of equally many steps; null where they are not. */
export function crossed(
  a: SolverGenome,
  b: SolverGenome,
  random: RandomStream,
  { schedule, evaluations }: Pick<VariationRules, "schedule" | "evaluations">,
): SolverGenome | null {
  if (a.steps.length !== b.steps.length) return null;
  const fromA = a.steps.map(() => random.uniform() < 0.5);
  const steps = a.steps.map((step, index) => (fromA[index] ? step : b.steps[index]));
  const times = [...a.times];
  for (let index = 1; index < times.length - 1; index++) {
    const wanted = fromA[index - 1] ? a.times[index] : b.times[index];
    // Of two grids, times may overlap: then a time between what is there already.
    times[index] = wanted < times[index - 1] ? wanted : midpoint(schedule, times[index - 1], times.at(-1)!);
  }
  return repaired({ ...a, times, steps }, schedule, evaluations);
}

function midpoint(schedule: NoiseSchedule, from: number, to: number): number {
  return schedule.timeAt((schedule.halfLogSnr(from) + schedule.halfLogSnr(to)) / 2);
}

function movedTimes(times: readonly number[], random: RandomStream, rules: VariationRules): number[] {
  const { schedule, space, mutationRate, timeSpread } = rules;
  const lambdas = times.map((time) => schedule.halfLogSnr(time));
  const [from, to] = [lambdas[0], lambdas.at(-1)!];
  const steps = times.length - 1;
  // The grid as a whole counts as one decision per step.
  if (random.uniform() < 1 - (1 - mutationRate) ** steps) {
    const exponent = Math.exp(BEND_SPREAD * random.normal());
    // Bent towards the noise or towards the data.
    const isMirrored = random.uniform() < 0.5;
    for (let index = 1; index < steps; index++) {
      const part = (lambdas[index] - from) / (to - from);
      lambdas[index] = from + (to - from) * (isMirrored ? 1 - (1 - part) ** exponent : part ** exponent);
    }
  }
  if (space.fineTimes)
    for (let index = 1; index < steps; index++) {
      if (random.uniform() >= 3 * mutationRate) continue;
      const gap = (lambdas[index + 1] - lambdas[index - 1]) / 2;
      lambdas[index] += timeSpread * gap * random.normal();
    }
  const inner = lambdas.slice(1, -1).sort((a, b) => a - b);
  const moved = inner.map((lambda) => {
    // A time that has not moved keeps all its digits.
    const same = times.find((time) => schedule.halfLogSnr(time) === lambda);
    return same ?? schedule.timeAt(lambda);
  });
  return separated([times[0], ...moved, times.at(-1)!], times);
}

/** Times that fall; the old ones where two of the new ones have met, or passed the ends. */
function separated(times: readonly number[], otherwise: readonly number[]): number[] {
  const falls = times.every((time, index) => index === 0 || time < times[index - 1]);
  return falls ? [...times] : [...otherwise];
}

interface Decisions {
  redraw(): boolean;
  readonly space: SearchSpace;
}

/** Those that ask for the model alone. */
const PLAIN_PREDICTIONS = ["noise", "data"] as const satisfies readonly GenomePrediction[];

function mutatedStep(
  step: GenomeStep,
  random: RandomStream,
  { redraw, space, predictions }: Decisions & { readonly predictions: readonly GenomePrediction[] },
): GenomeStep {
  const prediction = redraw() ? random.pick(predictions) : step.prediction;
  const update = mutatedUpdate(step, random, { redraw, space });
  const corrector = space.correctors && redraw() ? drawnCorrector(update.order, random) : step.corrector;
  const isNew = corrector !== step.corrector;
  return {
    ...{ prediction, ...update },
    corrector:
      corrector && !isNew && space.correctors
        ? { ...mutatedUpdate(corrector, random, { redraw, space }), kind: corrector.kind }
        : corrector,
  };
}

function mutatedUpdate(update: GenomeUpdate, random: RandomStream, { redraw, space }: Decisions): GenomeUpdate {
  let { start, order, active, derivatives, scaling } = update;
  if (redraw()) {
    order = 1 + random.integer(3);
    // As many points as the order wants: those before the start.
    for (let point = -1; active.length < order - 1; point--)
      if (point !== start && !active.includes(point)) active = [...active, point];
  }
  if (space.startPoints && redraw()) start = -1 - random.integer(3);
  if (space.derivativeSets && redraw()) {
    const points = [-1, -2, -3, -4].filter((point) => point !== start);
    active = shuffled(points, random).slice(0, Math.max(order - 1, 1 + random.integer(3)));
  }
  if (space.derivativeSets && redraw()) derivatives = random.pick(["full", "low"] as const);
  if (space.scalings && redraw()) scaling = drawnScaling(scaling, random);
  return { start, order, active, derivatives, scaling };
}

function drawnScaling(scaling: DerivativeScaling, random: RandomStream): DerivativeScaling {
  if (random.uniform() < 1 / 3) return random.pick(NAMED_SCALINGS);
  const now = typeof scaling === "object" ? scaling.linear : 0;
  return { linear: Math.max(-1, Math.min(1, now + LINEAR_SPREAD * random.normal())) };
}

function drawnCorrector(order: number, random: RandomStream): GenomeCorrector | null {
  const kind = random.pick(["none", "pseudo", "pseudo", "implicit"] as const);
  if (kind === "none") return null;
  const own = Math.max(2, Math.min(3, order + random.integer(2)));
  const active = [-1, ...Array.from({ length: own - 2 }, (_, k) => -3 - k)];
  return { kind, start: -2, order: own, active, derivatives: "full", scaling: "none" };
}

function toggled(
  now: AnalyticalFirstStep,
  random: RandomStream,
  dataMean: number | readonly number[],
): AnalyticalFirstStep {
  const others: AnalyticalFirstStep[] = ["none", { dataMean: 0 }, { dataMean }];
  return random.pick(others.filter((each) => JSON.stringify(each) !== JSON.stringify(now)));
}

function shuffled(points: readonly number[], random: RandomStream): number[] {
  const result = [...points];
  for (let index = result.length - 1; index > 0; index--) {
    const other = random.integer(index + 1);
    [result[index], result[other]] = [result[other], result[index]];
  }
  return result;
}
