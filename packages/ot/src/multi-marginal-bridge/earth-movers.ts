import { child, type Device, InvalidInputError, type Key, openDevice, permutation } from "@ansatz/tensor";
import { exactTransport } from "../exact-transport/index.ts";
import { pointCloud } from "../point-cloud/index.ts";
import { hostPoints, type PointArray, type PointSet } from "../point-set.ts";
import type { Trajectories } from "./index.ts";

/**
 * Earth mover's distance of two samples: W₁ with Euclidean distances and equal weights, by exact transport. Samples may differ in size.
 * @throws InvalidInputError for points that do not fit.
 */
export async function earthMoversDistance(
  first: PointSet,
  second: PointSet,
  options: { readonly device?: Device } = {},
): Promise<number> {
  const x = await hostPoints("first", first);
  const y = await hostPoints("second", second, x.dimension);
  const { transportCost } = await exactTransport(
    {
      costMatrix: pointCloud(
        { data: x.data, shape: [x.count, x.dimension] },
        { data: y.data, shape: [y.count, y.dimension] },
        { metric: "euclidean" },
      ),
      rowMarginal: new Float64Array(x.count).fill(1 / x.count),
      columnMarginal: new Float64Array(y.count).fill(1 / y.count),
    },
    options,
  );
  return transportCost;
}

/**
 * States of trajectories at one of their times.
 * @param sample takes so many trajectories at random, in place of all.
 * @throws InvalidInputError for a time that is not one of theirs, or more than there are.
 */
export async function trajectoriesAt(
  { data, shape: [count, length, dimension], times }: Trajectories,
  time: number,
  sample?: { readonly count: number; readonly key: Key },
): Promise<PointArray> {
  const index = times.findIndex((each) => Math.abs(each - time) < 1e-9 * Math.max(1, Math.abs(time)));
  if (index < 0)
    throw new InvalidInputError("time", `a time of the trajectories, from ${times[0]} to ${times[length - 1]}`, time);
  const wanted = sample?.count ?? count;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > count)
    throw new InvalidInputError("sample.count", `an integer from 1 to ${count}`, wanted);
  const chosen = sample ? await order(child(sample.key, index), count) : undefined;
  const points = new Float64Array(wanted * dimension);
  for (let b = 0; b < wanted; b++) {
    const from = ((chosen?.[b] ?? b) * length + index) * dimension;
    points.set(data.subarray(from, from + dimension), b * dimension);
  }
  return { data: points, shape: [wanted, dimension] };
}

async function order(randomKey: Key, count: number): Promise<Int32Array> {
  await using host = await openDevice("cpu", { threads: 1 });
  using drawn = permutation(randomKey, count, { device: host });
  return drawn.data();
}
