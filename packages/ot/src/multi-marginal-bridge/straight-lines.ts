import type { HostPoints } from "../point-set.ts";
import type { ChainOptions, Paths } from "./path-simulation.ts";

/**
 * Paths of Brownian motion, backwards from ends `[count, d]` to the points they would have come from: straight lines with the noise of Brownian bridges. They are the first half-bridge of
 * proportional fitting under Brownian motion itself, with nothing to learn, and end at the points however far these are.
 * @param uniforms `[count]`, which choose the points.
 */
export function straightLinePaths(
  points: HostPoints,
  ends: Float64Array<ArrayBuffer>,
  { dimension, stepSize, steps, sigma, noise }: ChainOptions,
  uniforms: Float64Array<ArrayBuffer>,
): Paths {
  const count = ends.length / dimension;
  const data = new Float64Array(count * (steps + 1) * dimension);
  const deviation = sigma * Math.sqrt(stepSize);
  const costs = new Float64Array(points.count);
  for (let b = 0; b < count; b++) {
    const end = ends.subarray(b * dimension, (b + 1) * dimension);
    const chosen = originOf(points, end, 2 * sigma ** 2 * steps * stepSize, uniforms[b], costs);
    for (let i = 0; i < dimension; i++) {
      const goal = points.data[chosen * dimension + i];
      let state = end[i];
      for (let step = 0; step <= steps; step++) {
        data[(b * (steps + 1) + step) * dimension + i] = state;
        const left = steps - step;
        if (left === 0) break;
        const xi = noise[(b * steps + step) * dimension + i];
        state += (goal - state) / left + deviation * Math.sqrt((left - 1) / left) * xi;
      }
    }
  }
  return { data, count, steps, dimension };
}

/** One of the points, drawn with weights exp(−|end − point|² / spread). */
function originOf(
  { data, count, dimension }: HostPoints,
  end: Float64Array<ArrayBuffer>,
  spread: number,
  at: number,
  costs: Float64Array<ArrayBuffer>,
): number {
  for (let a = 0; a < count; a++) {
    costs[a] = 0;
    for (let i = 0; i < dimension; i++) costs[a] += (end[i] - data[a * dimension + i]) ** 2 / spread;
  }
  const least = costs.reduce((a, b) => Math.min(a, b));
  const total = costs.reduce((sum, cost) => sum + Math.exp(least - cost), 0);
  let sum = 0;
  for (let a = 0; a < count - 1; a++) {
    sum += Math.exp(least - costs[a]);
    if (sum > at * total) return a;
  }
  return count - 1;
}
