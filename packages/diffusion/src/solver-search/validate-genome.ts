import { InvalidInputError } from "@ansatz/tensor";
import { checkTime, type NoiseSchedule } from "../noise-schedules/index.ts";
import {
  type DerivativeScaling,
  evaluationsOf,
  GENOME_FORMAT,
  GENOME_PREDICTIONS,
  GENOME_VERSION,
  type GenomeCorrector,
  type GenomePrediction,
  type GenomeStep,
  type GenomeUpdate,
  HIGHEST_ORDER,
  MOST_ACTIVE,
  NAMED_SCALINGS,
  type SolverGenome,
} from "./genome.ts";
import { scalingFactor } from "./step-coefficients.ts";

/**
 * A solver as data, checked: whatever came out of a file becomes a genome or is refused.
 *
 * @throws InvalidInputError naming the part at fault: another format or version; times that do not fall, or are not one more than the steps; a start or active point that is not
 *   evaluated yet, repeated, or the start itself; an order above the active points + 1; a scaling out of range; a corrector in the last step, or one that does not use the
 *   predicted point; evaluations other than steps − analytical first step + implicit correctors.
 */
export function checkGenome(value: unknown, argument = "genome"): SolverGenome {
  const genome = record(value, argument) as unknown as SolverGenome;
  equal(`${argument}.format`, genome.format, GENOME_FORMAT);
  equal(`${argument}.version`, genome.version, GENOME_VERSION);
  const { times, steps, analyticalFirstStep, evaluations, name } = genome;
  list(steps, `${argument}.steps`);
  if (steps.length < 1) throw new InvalidInputError(`${argument}.steps`, "at least one step", steps);
  list(times, `${argument}.times`);
  if (times.length !== steps.length + 1)
    throw new InvalidInputError(`${argument}.times`, `${steps.length + 1} times, one more than steps`, times.length);
  for (const [index, time] of times.entries())
    if (!Number.isFinite(time) || (index > 0 && !(time < times[index - 1])))
      throw new InvalidInputError(`${argument}.times[${index}]`, "finite times that fall", time);
  checkFirstStep(analyticalFirstStep, `${argument}.analyticalFirstStep`);
  for (const [index, step] of steps.entries())
    checkStep(step, `${argument}.steps[${index}]`, { points: index + 1, isLast: index === steps.length - 1 });
  const counted = evaluationsOf(genome);
  if (counted < 1) throw new InvalidInputError(`${argument}.steps`, "a step that evaluates the model", steps.length);
  if (evaluations !== counted)
    throw new InvalidInputError(
      `${argument}.evaluations`,
      `${counted}: steps, less the analytical first step, plus implicit correctors`,
      evaluations,
    );
  if (name !== undefined && typeof name !== "string") throw new InvalidInputError(`${argument}.name`, "a string", name);
  return genome;
}

/** A solver from the text of its file. @throws InvalidInputError unless it is JSON of a genome, see `checkGenome`. */
export function decodeGenome(text: string): SolverGenome {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidInputError("text", "JSON of a solver", text);
  }
  return checkGenome(value);
}

/**
 * Whether a genome's times belong to a schedule, with steps short enough for its scalings.
 *
 * @throws InvalidInputError for a time out of the schedule's domain; a scaling that turns the derivative's sign (c·h < −1).
 */
export function checkGenomeFits(genome: SolverGenome, schedule: NoiseSchedule, argument = "genome"): void {
  const { times, steps } = genome;
  for (const [index, time] of times.entries()) checkTime(schedule, time, `${argument}.times[${index}]`);
  for (const [index, { prediction, corrector, ...update }] of steps.entries()) {
    const where = `${argument}.steps[${index}]`;
    checkSign(update, { prediction, where, step: stepLength(schedule, times, index, update.start) });
    if (corrector)
      checkSign(corrector, {
        ...{ prediction, where: `${where}.corrector` },
        step: stepLength(schedule, times, index, corrector.start + 1),
      });
  }
}

/** The step in λ of the update of step `index` that starts from a point of its history. */
export function stepLength(schedule: NoiseSchedule, times: readonly number[], index: number, start: number): number {
  return schedule.halfLogSnr(times[index + 1]) - schedule.halfLogSnr(times[index + 1 + start]);
}

function checkSign(
  { order, scaling }: GenomeUpdate,
  { prediction, step, where }: { prediction: GenomePrediction; step: number; where: string },
): void {
  if (order < 2) return;
  const factor = scalingFactor(scaling, step, prediction);
  if (!(factor >= 0)) throw new InvalidInputError(`${where}.scaling`, `a factor ≥ 0 at a step of ${step} in λ`, factor);
}

function checkFirstStep(value: SolverGenome["analyticalFirstStep"], argument: string): void {
  if (value === "none") return;
  const { dataMean } = record(value, argument) as { dataMean?: unknown };
  const numbers = Array.isArray(dataMean) ? dataMean : [dataMean];
  if (numbers.length === 0 || !numbers.every(Number.isFinite))
    throw new InvalidInputError(`${argument}.dataMean`, "a finite number, or one for each dimension", dataMean);
}

function checkStep(step: GenomeStep, argument: string, { points, isLast }: { points: number; isLast: boolean }): void {
  record(step, argument);
  if (!GENOME_PREDICTIONS.includes(step.prediction))
    throw new InvalidInputError(`${argument}.prediction`, `one of ${GENOME_PREDICTIONS.join(", ")}`, step.prediction);
  checkUpdate(step, argument, points);
  if (step.corrector === null) return;
  record(step.corrector, `${argument}.corrector`);
  if (isLast) throw new InvalidInputError(`${argument}.corrector`, "null in the last step", step.corrector);
  checkCorrector(step.corrector, `${argument}.corrector`, points + 1);
}

function checkCorrector(corrector: GenomeCorrector, argument: string, points: number): void {
  if (corrector.kind !== "pseudo" && corrector.kind !== "implicit")
    throw new InvalidInputError(`${argument}.kind`, '"pseudo" or "implicit"', corrector.kind);
  checkUpdate(corrector, argument, points);
  if (corrector.start === -1)
    throw new InvalidInputError(`${argument}.start`, "a point before the predicted one, at most −2", corrector.start);
  if (corrector.order < 2) throw new InvalidInputError(`${argument}.order`, "at least 2", corrector.order);
  if (!usedActive(corrector).includes(-1))
    throw new InvalidInputError(`${argument}.active`, "the predicted point, −1, among those used", corrector.active);
}

function checkUpdate({ start, order, active, derivatives, scaling }: GenomeUpdate, argument: string, points: number) {
  if (!isPoint(start, points))
    throw new InvalidInputError(`${argument}.start`, `an evaluated point, −1 … ${-points}`, start);
  list(active, `${argument}.active`);
  if (active.length > MOST_ACTIVE)
    throw new InvalidInputError(`${argument}.active`, `at most ${MOST_ACTIVE} points`, active);
  for (const [index, point] of active.entries()) {
    const where = `${argument}.active[${index}]`;
    if (!isPoint(point, points)) throw new InvalidInputError(where, `an evaluated point, −1 … ${-points}`, point);
    if (point === start) throw new InvalidInputError(where, "another point than the start", point);
    if (active.indexOf(point) !== index) throw new InvalidInputError(where, "every point once", point);
  }
  const highest = Math.min(HIGHEST_ORDER, active.length + 1);
  if (!(Number.isInteger(order) && order >= 1 && order <= highest))
    throw new InvalidInputError(
      `${argument}.order`,
      `1 … ${highest}: at most ${HIGHEST_ORDER}, and one more than active points`,
      order,
    );
  if (derivatives !== "full" && derivatives !== "low")
    throw new InvalidInputError(`${argument}.derivatives`, '"full" or "low"', derivatives);
  checkScaling(scaling, `${argument}.scaling`);
}

function checkScaling(scaling: DerivativeScaling, argument: string): void {
  if (typeof scaling === "string" && (NAMED_SCALINGS as readonly string[]).includes(scaling)) return;
  const linear = typeof scaling === "object" && scaling !== null ? scaling.linear : Number.NaN;
  if (!(Math.abs(linear) <= 1))
    throw new InvalidInputError(
      argument,
      `one of ${NAMED_SCALINGS.join(", ")}, or { linear: c } with |c| ≤ 1`,
      scaling,
    );
}

/** The active points that an update's derivatives are made of. */
export function usedActive({ order, active, derivatives }: GenomeUpdate): readonly number[] {
  if (order < 2) return [];
  return derivatives === "full" ? active : active.slice(0, order - 1);
}

function isPoint(value: number, points: number): boolean {
  return Number.isInteger(value) && value <= -1 && value >= -points;
}

function record(value: unknown, argument: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidInputError(argument, "an object", value);
  return value as Record<string, unknown>;
}

function list(value: unknown, argument: string): void {
  if (!Array.isArray(value)) throw new InvalidInputError(argument, "a list", value);
}

function equal(argument: string, value: unknown, expected: unknown): void {
  if (value !== expected) throw new InvalidInputError(argument, JSON.stringify(expected), value);
}
