import type { ChebyshevTucker } from "../format.ts";
import type { TrivariateFunction } from "../index.ts";

/** `count` numbers from `lower` to `upper`, ends included. */
export function uniformGrid(count: number, lower = -1, upper = 1): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: count }, (_, i) => lower + ((upper - lower) * i) / (count - 1));
}

/** Largest error on a uniform grid of [−1, 1]³, relative to the largest value there. */
export async function gridError(approximation: ChebyshevTucker, f: TrivariateFunction, count: number): Promise<number> {
  const grid = uniformGrid(count);
  const values = await approximation.evaluateGrid(grid, grid, grid);
  let [error, largest, at] = [0, 0, 0];
  for (const x of grid)
    for (const y of grid)
      for (const z of grid) {
        const value = f(x, y, z);
        error = Math.max(error, Math.abs(values[at++] - value));
        largest = Math.max(largest, Math.abs(value));
      }
  return error / largest;
}
