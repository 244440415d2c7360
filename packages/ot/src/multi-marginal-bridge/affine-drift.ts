import { eliminate } from "./elimination.ts";
import { type Paths, statesAt, velocitiesAt } from "./path-simulation.ts";

/** An affine drift for every step: v = mean velocity + W (x − mean state), fitted to the steps of paths. */
export class AffineDrift {
  readonly #dimension: number;
  /** Per step: mean state `[d]`, mean velocity `[d]`, slopes W `[d, d]`. */
  readonly #tables: readonly Float64Array<ArrayBuffer>[];

  /**
   * Least squares step by step, with slopes held by a ridge.
   * @param ridge share of the mean variance of a state's coordinates that is added to each of them.
   */
  constructor(paths: Paths, stepSize: number, ridge: number) {
    this.#dimension = paths.dimension;
    this.#tables = Array.from({ length: paths.steps }, (_, step) =>
      affineTable(statesAt(paths, step), velocitiesAt(paths, step, stepSize), paths.dimension, ridge),
    );
  }

  /** Adds `sign` times the drift at states `[n, d]` to `into`. */
  addTo(states: Float64Array<ArrayBuffer>, step: number, sign: number, into: Float64Array<ArrayBuffer>): void {
    const d = this.#dimension;
    const table = this.#tables[step];
    for (let at = 0; at < states.length; at += d)
      for (let i = 0; i < d; i++) {
        let value = table[d + i];
        for (let j = 0; j < d; j++) value += table[2 * d + i * d + j] * (states[at + j] - table[j]);
        into[at + i] += sign * value;
      }
  }
}

function affineTable(
  states: Float64Array<ArrayBuffer>,
  velocities: Float64Array<ArrayBuffer>,
  d: number,
  ridge: number,
): Float64Array<ArrayBuffer> {
  const table = new Float64Array(2 * d + d * d);
  const [center, velocity] = [table.subarray(0, d), table.subarray(d, 2 * d)];
  for (let index = 0; index < states.length; index++) {
    center[index % d] += (d * states[index]) / states.length;
    velocity[index % d] += (d * velocities[index]) / states.length;
  }
  const covariance = new Float64Array(d * d);
  // Covariances of states and velocities, a column per output.
  const right = new Float64Array(d * d);
  for (let at = 0; at < states.length; at += d)
    for (let i = 0; i < d; i++)
      for (let j = 0; j < d; j++) {
        covariance[i * d + j] += (states[at + i] - center[i]) * (states[at + j] - center[j]);
        right[i * d + j] += (states[at + i] - center[i]) * (velocities[at + j] - velocity[j]);
      }
  let trace = 0;
  for (let i = 0; i < d; i++) trace += covariance[i * (d + 1)] / d;
  // States that are all alike say nothing about slopes.
  if (!(trace > 0)) return table;
  for (let i = 0; i < d; i++) covariance[i * (d + 1)] += ridge * trace;
  eliminate(covariance, right, d, d);
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) table[2 * d + j * d + i] = right[i * d + j];
  return table;
}
