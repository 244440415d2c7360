import { abs, divide, InvalidInputError, max, maxPool, subtract, type Tensor } from "@ansatz/tensor";

export interface ArtifactScoreOptions {
  /** Mean of each channel over good latents. Default: 0, latents that are normalised already. */
  readonly means?: readonly number[];
  /** Standard deviation of each channel over good latents. Default: 1. */
  readonly standardDeviations?: readonly number[];
  /** τ: magnitudes below it are nothing unusual. Default: 3 standard deviations, the paper's. */
  readonly threshold?: number;
  /** Rows and columns of the map of magnitudes. Default: 16, the paper's, or the latent's own extent if that is less. */
  readonly extent?: number;
}

/** How much of each latent has blown up. */
export interface ArtifactScore {
  /** Per latent: sum of the magnitudes ≥ τ; 0 where nothing is out of range. */
  readonly scores: Float64Array;
  /** Per latent, row-major `extent × extent`: the largest magnitude in each cell, in standard deviations. */
  readonly magnitudes: readonly Float64Array[];
}

/**
 * The magnitude score of divergence artifacts: per pixel the largest |z| over normalised channels, the largest of each cell of a 16 × 16 map, and the sum of those that reach τ. The
 * authors' code prints the mean instead: the sum divided by 256.
 *
 * @param latents `[batch, channels, height, width]`, float32 or float64; height and width multiples of the map's.
 * @throws InvalidInputError
 * Source: "Diffusion Sampling with Momentum for Mitigating Divergence Artifacts", section 5.1 and appendix.
 */
export async function artifactScore(latents: Tensor, options: ArtifactScoreOptions = {}): Promise<ArtifactScore> {
  if (latents.rank !== 4) throw new InvalidInputError("latents", "[batch, channels, height, width]", latents.shape);
  const [batch, channels, height, width] = latents.shape;
  const { means = Array<number>(channels).fill(0), standardDeviations = Array<number>(channels).fill(1) } = options;
  const { threshold = 3, extent = Math.min(16, height, width) } = options;
  if (means.length !== channels || !means.every(Number.isFinite))
    throw new InvalidInputError("options.means", `${channels} finite numbers`, means);
  if (standardDeviations.length !== channels || !standardDeviations.every((value) => value > 0 && value < Infinity))
    throw new InvalidInputError("options.standardDeviations", `${channels} positive numbers`, standardDeviations);
  if (!(threshold > 0)) throw new InvalidInputError("options.threshold", "a positive number", threshold);
  if (!Number.isInteger(extent) || extent < 1 || height % extent !== 0 || width % extent !== 0)
    throw new InvalidInputError("options.extent", `a divisor of ${height} and ${width}`, extent);
  const { device, dtype } = latents;
  using map = device.scope(() => {
    const perChannel = (values: readonly number[]) => {
      const host = dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values);
      return device.tensor(host, [1, channels, 1, 1]);
    };
    const normalised = divide(subtract(latents, perChannel(means)), perChannel(standardDeviations));
    const magnitude = max(abs(normalised), { axes: 1, keepDimensions: true });
    return maxPool(magnitude, { window: [height / extent, width / extent] });
  });
  const values = Float64Array.from(await map.data());
  const cells = extent * extent;
  const magnitudes = Array.from({ length: batch }, (_, index) => values.slice(index * cells, (index + 1) * cells));
  const scores = Float64Array.from(magnitudes, (own) =>
    own.reduce((sum, value) => (value < threshold ? sum : sum + value), 0),
  );
  return { scores, magnitudes };
}
