import { InvalidInputError, type Tensor } from "@ansatz/tensor";

/**
 * Empirical model statistics: for every node of a uniform grid in λ, and every dimension of the data, the coefficients of the parametrisation in which a model's steps err least. Plain data:
 * survives JSON, serves every number of steps, and, estimated without guidance, guided sampling as well.
 *
 * Symbols of the paper: l, s, b.
 */
export interface ModelStatistics {
  readonly format: "ansatz-model-statistics-1";
  /** λ of the first and the last node: from noise to data. */
  readonly halfLogSnr: readonly [from: number, to: number];
  /** Intervals between the nodes, one less than nodes. */
  readonly intervals: number;
  /** Elements of one example, or 1 for one set of coefficients for all of them. */
  readonly dimension: number;
  /** l, [node][dimension] in one list: how much of the state belongs to the linear part; 0 is noise prediction, 1 is data prediction. */
  readonly linear: ArrayLike<number>;
  /** s, the rate at which the rest of the model grows along its paths. */
  readonly scale: ArrayLike<number>;
  /** b, the rate at which it drifts. */
  readonly bias: ArrayLike<number>;
}

/** λ of a node, or of a place between two. */
export function nodeAt({ halfLogSnr: [from, to], intervals }: ModelStatistics, place: number): number {
  return place === intervals ? to : from + ((to - from) * place) / intervals;
}

/** Where a λ is on the grid, at its ends when beyond: the inverse of `nodeAt`. */
export function placeOf({ halfLogSnr: [from, to], intervals }: ModelStatistics, halfLogSnr: number): number {
  return Math.min(intervals, Math.max(0, ((halfLogSnr - from) / (to - from)) * intervals));
}

/** How far the ends of what is sampled may be from those of the grid, in λ. */
const SAME_RANGE = 1e-6;

/** @throws InvalidInputError unless statistics are of the range of λ between two times. */
export function checkRange(
  { halfLogSnr }: ModelStatistics,
  [start, end]: readonly [start: number, end: number],
  argument: string,
): void {
  const ends = [start, end].sort((a, b) => a - b);
  if (ends.some((value, index) => Math.abs(value - halfLogSnr[index]) > SAME_RANGE))
    throw new InvalidInputError(argument, `the range of λ that is sampled, [${ends}]`, halfLogSnr);
}

/** @throws InvalidInputError unless statistics are of examples of the size of a batch's. */
export function checkDimension({ dimension }: ModelStatistics, x: Tensor): void {
  const size = x.size / x.shape[0];
  if (dimension !== 1 && dimension !== size)
    throw new InvalidInputError("options.statistics.dimension", `1 or ${size}, the elements of one example`, dimension);
}

/** Coefficients at a place: a node's own, or linear between two. */
export function interpolated(values: ArrayLike<number>, dimension: number, place: number): Float64Array<ArrayBuffer> {
  const node = Math.floor(place);
  const part = place - node;
  const result = new Float64Array(dimension);
  for (let d = 0; d < dimension; d++) {
    const here = values[node * dimension + d];
    result[d] = part === 0 ? here : (1 - part) * here + part * values[(node + 1) * dimension + d];
  }
  return result;
}

/** @throws InvalidInputError for statistics that are incomplete or not finite. */
export function checkStatistics(statistics: ModelStatistics, argument = "statistics"): void {
  if (statistics?.format !== "ansatz-model-statistics-1")
    throw new InvalidInputError(`${argument}.format`, '"ansatz-model-statistics-1"', statistics?.format);
  const { halfLogSnr, intervals, dimension } = statistics;
  if (!Array.isArray(halfLogSnr) || !halfLogSnr.every(Number.isFinite) || !(halfLogSnr[1] > halfLogSnr[0]))
    throw new InvalidInputError(`${argument}.halfLogSnr`, "two rising finite numbers", halfLogSnr);
  if (!Number.isInteger(intervals) || intervals < 1)
    throw new InvalidInputError(`${argument}.intervals`, "an integer ≥ 1", intervals);
  if (!Number.isInteger(dimension) || dimension < 1)
    throw new InvalidInputError(`${argument}.dimension`, "an integer ≥ 1", dimension);
  for (const name of ["linear", "scale", "bias"] as const) {
    const values = statistics[name];
    const count = (intervals + 1) * dimension;
    if (values?.length !== count)
      throw new InvalidInputError(`${argument}.${name}`, `${count} numbers`, values?.length);
    for (let index = 0; index < count; index++)
      if (!Number.isFinite(values[index]))
        throw new InvalidInputError(`${argument}.${name}[${index}]`, "a finite number", values[index]);
  }
}

/** The same coefficients everywhere: (1, 0, 0) is data prediction, DPM-Solver++; (0, −1, 0) is noise prediction, DPM-Solver. */
export function constantStatistics(
  halfLogSnr: readonly [from: number, to: number],
  [linear, scale, bias]: readonly [linear: number, scale: number, bias: number],
  intervals = 1000,
): ModelStatistics {
  const filled = (value: number) => new Array<number>(intervals + 1).fill(value);
  const statistics = { format: "ansatz-model-statistics-1", halfLogSnr, intervals, dimension: 1 } as const;
  const all = { ...statistics, linear: filled(linear), scale: filled(scale), bias: filled(bias) };
  checkStatistics(all);
  return all;
}

/** The statistics on a grid of another number of intervals, by cubic interpolation: the step's integrals are trapezoidal sums over the nodes. @throws InvalidInputError */
export function resampleStatistics(statistics: ModelStatistics, intervals: number): ModelStatistics {
  checkStatistics(statistics);
  if (!Number.isInteger(intervals) || intervals < 1)
    throw new InvalidInputError("intervals", "an integer ≥ 1", intervals);
  const { dimension } = statistics;
  const resample = (values: ArrayLike<number>) => {
    const result = new Array<number>((intervals + 1) * dimension);
    for (let node = 0; node <= intervals; node++) {
      const { first, weights } = cubicWeights((node * statistics.intervals) / intervals, statistics.intervals);
      for (let d = 0; d < dimension; d++)
        result[node * dimension + d] = weights.reduce(
          (sum, weight, offset) => sum + weight * values[(first + offset) * dimension + d],
          0,
        );
    }
    return result;
  };
  const { linear, scale, bias } = statistics;
  return { ...statistics, intervals, linear: resample(linear), scale: resample(scale), bias: resample(bias) };
}

/** The (at most four) nodes around a position and the weights of the polynomial through them. */
function cubicWeights(position: number, intervals: number) {
  const count = Math.min(4, intervals + 1);
  const first = Math.min(intervals + 1 - count, Math.max(0, Math.floor(position) - 1));
  const weights = Array.from({ length: count }, (_, j) => {
    let weight = 1;
    for (let k = 0; k < count; k++) if (k !== j) weight *= (position - first - k) / (j - k);
    return weight;
  });
  return { first, weights };
}
