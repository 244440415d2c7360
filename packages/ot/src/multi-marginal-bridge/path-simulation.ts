/** Paths of a chain, `[count, steps + 1, d]`. */
export interface Paths {
  readonly data: Float64Array<ArrayBuffer>;
  readonly count: number;
  readonly steps: number;
  readonly dimension: number;
}

/** The drift of a chain at states `[n, d]` in a step. In a chain that runs backwards in time step 0 is its first, at the end of the interval. */
export type ChainDrift = (
  states: Float64Array<ArrayBuffer>,
  step: number,
) => Float64Array<ArrayBuffer> | Promise<Float64Array<ArrayBuffer>>;

export interface ChainOptions {
  readonly dimension: number;
  /** Δ. */
  readonly stepSize: number;
  readonly steps: number;
  /** σ. */
  readonly sigma: number;
  /** Standard normal numbers `[count, steps, d]`. */
  readonly noise: Float64Array<ArrayBuffer>;
}

/**
 * Euler–Maruyama chains from starts `[count, d]`.
 * @param visit is shown the states at the start and after every step.
 * @returns the last states.
 */
export async function simulateChains(
  drift: ChainDrift,
  starts: Float64Array<ArrayBuffer>,
  { dimension, stepSize, steps, sigma, noise }: ChainOptions,
  visit: (states: Float64Array<ArrayBuffer>, step: number) => void,
): Promise<Float64Array<ArrayBuffer>> {
  const count = starts.length / dimension;
  const states = Float64Array.from(starts);
  const deviation = sigma * Math.sqrt(stepSize);
  visit(states, 0);
  for (let step = 0; step < steps; step++) {
    const velocities = await drift(states, step);
    for (let b = 0; b < count; b++)
      for (let i = 0; i < dimension; i++)
        states[b * dimension + i] +=
          stepSize * velocities[b * dimension + i] + deviation * noise[(b * steps + step) * dimension + i];
    visit(states, step + 1);
  }
  return states;
}

/** Whole paths of Euler–Maruyama chains. */
export async function simulatePaths(
  drift: ChainDrift,
  starts: Float64Array<ArrayBuffer>,
  options: ChainOptions,
): Promise<Paths> {
  const { dimension, steps } = options;
  const count = starts.length / dimension;
  const data = new Float64Array(count * (steps + 1) * dimension);
  await simulateChains(drift, starts, options, (states, step) => {
    for (let b = 0; b < count; b++)
      for (let i = 0; i < dimension; i++) data[(b * (steps + 1) + step) * dimension + i] = states[b * dimension + i];
  });
  return { data, count, steps, dimension };
}

/** The same paths in the other direction of time. */
export function reversed({ data, count, steps, dimension }: Paths): Paths {
  const result = new Float64Array(data.length);
  for (let b = 0; b < count; b++)
    for (let step = 0; step <= steps; step++)
      for (let i = 0; i < dimension; i++)
        result[(b * (steps + 1) + step) * dimension + i] = data[(b * (steps + 1) + steps - step) * dimension + i];
  return { data: result, count, steps, dimension };
}

/** States of all paths after a step, `[count, d]`. */
export function statesAt({ data, count, steps, dimension }: Paths, step: number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: count * dimension }, (_, index) => {
    const b = Math.floor(index / dimension);
    return data[(b * (steps + 1) + step) * dimension + (index % dimension)];
  });
}

/** Increments over Δ that followed the states of a step, `[count, d]`. */
export function velocitiesAt(paths: Paths, step: number, stepSize: number): Float64Array<ArrayBuffer> {
  const before = statesAt(paths, step);
  return statesAt(paths, step + 1).map((value, index) => (value - before[index]) / stepSize);
}
