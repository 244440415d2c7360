import type { Tensor } from "@ansatz/tensor";
import { energyDistance } from "../digits/index.ts";
import type { Trial } from "./problem.ts";

/** Squared distance of every sample to the target of the same index. */
export async function squaredDistances(x: Tensor, { target, shape }: Trial): Promise<Float64Array> {
  const values = await x.data();
  const size = target.length / shape[0];
  const distances = new Float64Array(shape[0]);
  for (const [index, expected] of target.entries())
    distances[Math.floor(index / size)] += (Number(values[index]) - expected) ** 2;
  return distances;
}

/** Root of the mean over samples of the squared distance to the target of the same index: the error of a solver where the exact flow is known. */
export async function distanceToReference(x: Tensor, { target, shape }: Trial): Promise<number> {
  const values = await x.data();
  let total = 0;
  for (const [index, expected] of target.entries()) total += (Number(values[index]) - expected) ** 2;
  return Math.sqrt(total / shape[0]);
}

/**
 * Energy distance between the samples and data, the target, in any number: how far distributions are apart where no exact flow is known, as for a learned model.
 * Slightly negative where they are alike.
 */
export async function distanceToData(x: Tensor, { target, shape }: Trial): Promise<number> {
  const samples = Float64Array.from(await x.data(), Number);
  return energyDistance(samples, target, samples.length / shape[0]);
}
