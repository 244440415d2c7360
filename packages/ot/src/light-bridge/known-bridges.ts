import { child, type Key, normal, openDevice, uniform } from "@ansatz/tensor";
import type { PointArray } from "../point-set.ts";
import { LightBridge } from "./bridge.ts";

/** Points of the standard normal distribution. */
export async function gaussianPoints(randomKey: Key, count: number, dimension: number): Promise<PointArray> {
  await using host = await openDevice("cpu", { threads: 1 });
  using draws = normal(randomKey, [count, dimension], { device: host, dtype: "float64" });
  return { data: Float64Array.from(await draws.data()), shape: [count, dimension] };
}

/**
 * A bridge that is known because its potential is: 5 components with centers 2 N(0, I) and variances s = exp(0.3 N(0, 1)) / 2, equal weights.
 * Whoever draws starts from anywhere and end points from it has samples of two populations whose bridge it is.
 */
export async function knownBridge(randomKey: Key, dimension: number, regularization: number): Promise<LightBridge> {
  const components = 5;
  const centers = await gaussianPoints(child(randomKey, 0), components, dimension);
  const spread = await gaussianPoints(child(randomKey, 1), components, dimension);
  return new LightBridge({
    regularization,
    dimension,
    components,
    logWeights: new Float64Array(components).fill(-Math.log(components)),
    centers: centers.data.map((value) => 2 * value),
    logEigenvalues: spread.data.map((value) => Math.log(0.5) + 0.3 * value),
  });
}

/** Points of a noisy spiral: (θ cos θ, θ sin θ) + 0.8 N(0, I), over 7.5, with θ uniform in [1.5 π, 4.5 π]. */
export async function swissRoll(randomKey: Key, count: number): Promise<PointArray> {
  await using host = await openDevice("cpu", { threads: 1 });
  using draws = uniform(child(randomKey, 0), [count], { device: host, dtype: "float64" });
  const angles = await draws.data();
  const noise = await gaussianPoints(child(randomKey, 1), count, 2);
  const data = noise.data.map((xi, index) => {
    const angle = 1.5 * Math.PI * (1 + 2 * angles[index >> 1]);
    return (angle * (index % 2 === 0 ? Math.cos(angle) : Math.sin(angle)) + 0.8 * xi) / 7.5;
  });
  return { data, shape: [count, 2] };
}
