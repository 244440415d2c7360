import { type Device, InvalidInputError, type Shape, type Tensor } from "@ansatz/tensor";
import { checkTime, type NoiseSchedule } from "../noise-schedules/index.ts";
import { type GaussianMixture, mixturePoint } from "./gaussian-mixture.ts";

/** The noise in states [batch, D], flat, at a time. */
export type NoiseField = (x: Float64Array, time: number) => Float64Array | Promise<Float64Array>;

export interface ReferenceOptions {
  readonly schedule: NoiseSchedule;
  readonly start?: number;
  readonly end?: number;
  /** Error per step relative to the state's size. Default 1e-12. */
  readonly tolerance?: number;
}

/** Rows of the extrapolation table: order 2·8. */
const ROWS = 8;
const SUBSTEPS = Array.from({ length: ROWS }, (_, row) => 2 * (row + 1));

/**
 * The exact flow of the probability-flow equation, to rounding: states carried from one time to another by the adaptive extrapolated midpoint rule (Gragg, Bulirsch, Stoer) in λ.
 *
 * The state is followed as u = x/√(α² + σ²), for which du/dλ = σ̂²u − σ̂ε with σ̂² = 1/(1 + e^(2λ)) under every schedule.
 *
 * @param x states [batch, D], flat. @returns states at the end.
 * @throws InvalidInputError for times outside of the schedule.
 */
export async function exactFlow(
  noise: NoiseField,
  x: Float64Array,
  { schedule, start, end, tolerance = 1e-12 }: ReferenceOptions,
): Promise<Float64Array> {
  const [from, to] = [start ?? schedule.timeRange[0], end ?? schedule.timeRange[1]];
  checkTime(schedule, from, "start");
  checkTime(schedule, to, "end");
  if (!(tolerance > 0)) throw new InvalidInputError("options.tolerance", "a number above 0", tolerance);
  const scaleAt = (time: number) => Math.hypot(schedule.alpha(time), schedule.sigma(time));
  const field = async (u: Float64Array, halfLogSnr: number) => {
    const time = schedule.timeAt(halfLogSnr);
    const scale = scaleAt(time);
    const epsilon = await noise(
      u.map((value) => value * scale),
      time,
    );
    const sigma = 1 / Math.sqrt(1 + Math.exp(2 * halfLogSnr));
    return u.map((value, index) => sigma * (sigma * value - epsilon[index]));
  };
  const u = x.map((value) => value / scaleAt(from));
  const [first, last] = [schedule.halfLogSnr(from), schedule.halfLogSnr(to)];
  const reached = await extrapolate(field, u, first, last, tolerance);
  return reached.map((value) => value * scaleAt(to));
}

type Field = (u: Float64Array, at: number) => Promise<Float64Array>;

async function extrapolate(field: Field, u0: Float64Array, from: number, to: number, tolerance: number) {
  let u = u0;
  let at = from;
  let step = (to - from) / 64;
  while (at !== to) {
    const isLast = Math.abs(step) >= Math.abs(to - at) * (1 - 1e-12);
    if (isLast) step = to - at;
    const { value, error } = await macroStep(field, u, at, step);
    const size = u.reduce((largest, each) => Math.max(largest, Math.abs(each)), 1e-3);
    const ratio = error / (tolerance * size);
    if (ratio <= 1) {
      u = value;
      at = isLast ? to : at + step;
    }
    step *= Math.min(3, Math.max(0.2, 0.9 * Math.max(ratio, 1e-12) ** (-1 / (2 * ROWS - 1))));
  }
  return u;
}

/** A step of the midpoint rule with 2, 4, … substeps, extrapolated to none; the error is the last two columns' difference. */
async function macroStep(field: Field, u: Float64Array, at: number, step: number) {
  const slope = await field(u, at);
  let previous: Float64Array[] = [];
  for (const [row, count] of SUBSTEPS.entries()) {
    const current = [await midpoint(field, u, slope, at, step, count)];
    for (let column = 1; column <= row; column++) {
      const ratio = (count / SUBSTEPS[row - column]) ** 2 - 1;
      const [fine, coarse] = [current[column - 1], previous[column - 1]];
      current.push(fine.map((value, index) => value + (value - coarse[index]) / ratio));
    }
    previous = current;
  }
  const [value, coarser] = [previous[ROWS - 1], previous[ROWS - 2]];
  const error = value.reduce((largest, each, index) => Math.max(largest, Math.abs(each - coarser[index])), 0);
  return { value, error };
}

async function midpoint(field: Field, u: Float64Array, slope: Float64Array, at: number, step: number, count: number) {
  const h = step / count;
  let before = u;
  let now = u.map((value, index) => value + h * slope[index]);
  for (let substep = 1; substep < count; substep++) {
    const there = await field(now, at + substep * h);
    const after = before.map((value, index) => value + 2 * h * there[index]);
    before = now;
    now = after;
  }
  const end = await field(now, at + step);
  return now.map((value, index) => 0.5 * (value + before[index] + h * end[index]));
}

/** The noise field of a model that predicts noise, evaluated on its device in float64. */
export function fieldOf(
  model: { readonly prediction: "noise"; predict(x: Tensor, time: number): Tensor | Promise<Tensor> },
  device: Device,
  shape: Shape,
): NoiseField {
  return async (x, time) => {
    using state = device.tensor(Float64Array.from(x), shape);
    using noise = await model.predict(state, time);
    return (await noise.data()) as Float64Array;
  };
}

/** The noise field of a mixture on the host, in float64. */
export function mixtureNoise(mixture: GaussianMixture, schedule: NoiseSchedule): NoiseField {
  const dimension = mixture.means[0].length;
  return (x, time) => {
    const levels = { alpha: schedule.alpha(time), sigma: schedule.sigma(time) };
    const result = new Float64Array(x.length);
    for (let offset = 0; offset < x.length; offset += dimension)
      result.set(mixturePoint(mixture, x.subarray(offset, offset + dimension), levels).noise, offset);
    return result;
  };
}

/** The exact flow of one Gaussian in closed form: x_t = α_t m + √(V_t/V_s)(x_s − α_s m). */
export function gaussianFlow(
  { means: [mean], variances: [variance] }: GaussianMixture,
  x: Float64Array,
  { schedule, start = schedule.timeRange[0], end = schedule.timeRange[1] }: ReferenceOptions,
): Float64Array {
  const at = (time: number) => ({
    alpha: schedule.alpha(time),
    deviation: Math.sqrt(schedule.alpha(time) ** 2 * variance + schedule.sigma(time) ** 2),
  });
  const [from, to] = [at(start), at(end)];
  return x.map((value, index) => {
    const coordinate = mean[index % mean.length];
    return to.alpha * coordinate + (to.deviation / from.deviation) * (value - from.alpha * coordinate);
  });
}
