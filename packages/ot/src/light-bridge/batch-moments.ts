import type { Device, FloatDType, Tensor } from "@ansatz/tensor";
import { mixtureMomentsKernel } from "../kernels/mixture-moments/index.ts";
import type { Moments } from "./loss-gradient.ts";
import { type MixturePotential, normalizerTables, potentialTables } from "./potential.ts";

/** Moments of a batch of sources under the normaliser and of a batch of targets under the potential, computed on a device. */
export async function batchMoments(
  device: Device,
  dtype: FloatDType,
  potential: MixturePotential,
  sources: Float64Array<ArrayBuffer>,
  targets: Float64Array<ArrayBuffer>,
): Promise<readonly [normalizer: Moments, density: Moments]> {
  const { components, dimension } = potential;
  const upload = (data: Float64Array<ArrayBuffer>, ...shape: number[]): Tensor => device.tensor(data, shape, dtype);
  const outputs = device.scope(() => {
    const rotations = potential.rotations ? [upload(potential.rotations, components, dimension, dimension)] : [];
    const run = (
      points: Float64Array<ArrayBuffer>,
      { offsets, quadratic, linear }: ReturnType<typeof potentialTables>,
      centers: Float64Array<ArrayBuffer>,
    ): Tensor[] =>
      mixtureMomentsKernel.run(
        [
          upload(points, points.length / dimension, dimension),
          upload(offsets, components),
          upload(centers, components, dimension),
          upload(quadratic, components, dimension),
          upload(linear, components, dimension),
          ...rotations,
        ],
        {},
      );
    const zero = new Float64Array(components * dimension);
    const normalizer = run(sources, normalizerTables(potential), zero);
    return [...normalizer, ...run(targets, potentialTables(potential), potential.centers)];
  });
  const values = await Promise.all(outputs.map((output) => output.data()));
  for (const output of outputs) output.dispose();
  return [momentsOf(values.slice(0, 4)), momentsOf(values.slice(4))];
}

function momentsOf([logSums, mass, first, second]: readonly ArrayLike<number>[]): Moments {
  let logSum = 0;
  for (let b = 0; b < logSums.length; b++) logSum += logSums[b] / logSums.length;
  return { logSum, mass, first, second };
}
