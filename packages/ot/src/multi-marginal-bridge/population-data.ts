import { child, type Key, normal, openDevice, uniform } from "@ansatz/tensor";
import type { PointArray } from "../point-set.ts";
import { completeFamily, type ReferenceFamily } from "./reference-family.ts";

/** How a population is made: independent individuals for every snapshot, as when those that are looked at are lost. */
export interface PopulationOptions {
  readonly reference: ReferenceFamily;
  readonly parameters: readonly number[];
  /** σ. */
  readonly diffusion: number;
  /** Starts are uniform between these corners. */
  readonly start: readonly [low: readonly number[], high: readonly number[]];
  readonly times: readonly number[];
  /** Individuals per snapshot. */
  readonly count: number;
  readonly key: Key;
}

/** Steps of Euler and Maruyama per unit of time, so many that their error is small against the noise. */
const STEPS_PER_UNIT = 1000;

/** Snapshots of a population that follows a reference process. */
export async function populationSnapshots(options: PopulationOptions): Promise<PointArray[]> {
  const { times, key: randomKey } = options;
  return Promise.all(times.map((time, index) => populationAt(options, time, child(randomKey, index))));
}

async function populationAt(
  { reference, parameters, diffusion, start: [low, high], count }: PopulationOptions,
  time: number,
  randomKey: Key,
): Promise<PointArray> {
  const family = completeFamily(reference);
  const { dimension } = family;
  const theta = Float64Array.from(parameters);
  const steps = Math.round(time * STEPS_PER_UNIT);
  await using host = await openDevice("cpu", { threads: 1 });
  using starts = uniform(child(randomKey, 0), [count, dimension], { device: host, dtype: "float64" });
  const data = Float64Array.from(
    await starts.data(),
    (u, index) => low[index % dimension] + u * (high[index % dimension] - low[index % dimension]),
  );
  if (steps === 0) return { data, shape: [count, dimension] };
  using noiseTensor = normal(child(randomKey, 1), [count, steps, dimension], { device: host });
  const noise = await noiseTensor.data();
  const stepSize = time / steps;
  const deviation = diffusion * Math.sqrt(stepSize);
  const drift = new Float64Array(dimension);
  for (let b = 0; b < count; b++) {
    const state = data.subarray(b * dimension, (b + 1) * dimension);
    for (let step = 0; step < steps; step++) {
      family.drift(state, step * stepSize, theta, drift);
      for (let i = 0; i < dimension; i++)
        state[i] += stepSize * drift[i] + deviation * noise[(b * steps + step) * dimension + i];
    }
  }
  return { data, shape: [count, dimension] };
}

/** Numbers of the paper's Lotka–Volterra data: nine snapshots one unit of time apart, of which every other one is for validation. */
export const LOTKA_VOLTERRA = {
  parameters: [1, 0.4, 0.4, 0.1],
  diffusion: 0.1,
  start: [
    [5, 4],
    [5.1, 4.1],
  ],
  times: [0, 1, 2, 3, 4, 5, 6, 7, 8],
} as const;

/** Numbers of the paper's repressilator data: eleven snapshots 0.75 apart, of which every other one is for validation. */
export const REPRESSILATOR = {
  parameters: [10, 3, 1, 1],
  diffusion: 0.1,
  start: [
    [1, 1, 2],
    [1.1, 1.1, 2.1],
  ],
  times: Array.from({ length: 11 }, (_, index) => 0.75 * index),
} as const;

/**
 * Pelts of snowshoe hares and Canada lynxes that the Hudson's Bay Company took in, 1900 to 1920, in thousands: [hares, lynxes] per year. Records of a company, free of rights, which go
 * back to D. A. MacLulich, "Fluctuations in the numbers of the varying hare" (1937); the table that textbooks use (P. Howard, "Modeling Basics"; B. Carpenter's Lotka–Volterra case study for Stan).
 */
const HUDSON_BAY_PELTS: readonly (readonly [hares: number, lynxes: number])[] = [
  [30, 4],
  [47.2, 6.1],
  [70.2, 9.8],
  [77.4, 35.2],
  [36.3, 59.4],
  [20.6, 41.7],
  [18.1, 19],
  [21.4, 13],
  [22, 8.3],
  [25.4, 9.1],
  [27.1, 7.4],
  [40.3, 8],
  [57, 12.3],
  [76.6, 19.5],
  [52.3, 45.7],
  [19.5, 51.1],
  [11.2, 29.7],
  [7.6, 15.8],
  [14.6, 9.7],
  [16.2, 10.1],
  [24.7, 8.6],
];

/** Snapshots of the pelts, in ten thousands: each year's count times exp(spread · N(0, 1)), as a census that is off by so much would give it again and again. */
export async function peltSnapshots(randomKey: Key, count: number, spread: number): Promise<PointArray[]> {
  await using host = await openDevice("cpu", { threads: 1 });
  const snapshots: PointArray[] = [];
  for (const [year, pelts] of HUDSON_BAY_PELTS.entries()) {
    using noise = normal(child(randomKey, year), [count, 2], { device: host, dtype: "float64" });
    const data = Float64Array.from(await noise.data(), (xi, index) => (pelts[index % 2] / 10) * Math.exp(spread * xi));
    snapshots.push({ data, shape: [count, 2] });
  }
  return snapshots;
}
