import {
  type Device,
  type FloatDType,
  InvalidInputError,
  type Key,
  normal,
  split,
  type Tensor,
  uniform,
} from "@ansatz/tensor";
import { checkMixture, type GaussianMixture } from "./gaussian-mixture.ts";

/** Draws from a mixture, [count, D]. @throws InvalidInputError */
export async function mixtureDraws(
  mixture: GaussianMixture,
  { count, key, device, dtype = "float32" }: { count: number; key: Key; device: Device; dtype?: FloatDType },
): Promise<Tensor> {
  checkMixture(mixture);
  if (!Number.isInteger(count) || count < 1) throw new InvalidInputError("count", "an integer ≥ 1", count);
  const { weights, means, variances } = mixture;
  const dimension = means[0].length;
  const [componentKey, noiseKey] = split(key);
  using chances = uniform(componentKey, [count], { device });
  using noise = normal(noiseKey, [count, dimension], { device, dtype });
  const [chance, deviation] = await Promise.all([chances.data(), noise.data()]);
  const bounds = weights.map((_, k) => weights.slice(0, k + 1).reduce((sum, weight) => sum + weight, 0));
  const values = Float64Array.from(deviation, (value, index) => {
    const within = bounds.findIndex((bound) => chance[Math.floor(index / dimension)] < bound);
    const component = within < 0 ? weights.length - 1 : within;
    return means[component][index % dimension] + Math.sqrt(variances[component]) * value;
  });
  return device.tensor(values, [count, dimension], dtype);
}
