import type { Tensor } from "@ansatz/tensor";
import type { Trial } from "./problem.ts";

/** Root of the mean over samples of the squared distance to the target of the same index: the error of a solver where the exact flow is known. */
export async function distanceToReference(x: Tensor, { target, shape }: Trial): Promise<number> {
  const values = await x.data();
  let total = 0;
  for (const [index, expected] of target.entries()) total += (Number(values[index]) - expected) ** 2;
  return Math.sqrt(total / shape[0]);
}

/**
 * Energy distance 2E|X − Y| − E|X − X'| − E|Y − Y'| between samples and data, the unbiased estimate: how far the distributions are apart where no reference is known.
 * The target holds data of the samples' shape, in any number.
 */
export async function energyDistance(x: Tensor, { target, shape }: Trial): Promise<number> {
  const samples = Float64Array.from(await x.data(), Number);
  const dimension = samples.length / shape[0];
  const between = meanDistance(samples, target, dimension);
  return 2 * between - withinDistance(samples, dimension) - withinDistance(target, dimension);
}

function withinDistance(points: Float64Array, dimension: number): number {
  const count = points.length / dimension;
  return (meanDistance(points, points, dimension) * count) / (count - 1);
}

function meanDistance(a: Float64Array, b: Float64Array, dimension: number): number {
  let total = 0;
  for (let i = 0; i < a.length; i += dimension)
    for (let j = 0; j < b.length; j += dimension) {
      let square = 0;
      for (let d = 0; d < dimension; d++) square += (a[i + d] - b[j + d]) ** 2;
      total += Math.sqrt(square);
    }
  return (total * dimension * dimension) / (a.length * b.length);
}
