import { type Device, InvalidInputError, type Tensor } from "@ansatz/tensor";
import { gaussianAccumulationKernel } from "../kernels/gaussian-accumulation/index.ts";
import { type CanonicalOptions, chebyshevTuckerFromCanonical } from "./canonical.ts";
import { chebyshevNodes } from "./chebyshev.ts";
import { AXES, type Box, type ChebyshevTucker, type EvaluationOptions } from "./format.ts";
import {
  type ChebyshevTuckerOptions,
  type ChebyshevTuckerResult,
  checkMemory,
  checkOptions,
  fromNodeValues,
  withBuildingDevice,
} from "./index.ts";
import {
  checkParticles,
  type GaussianSum,
  gaussianSumAt,
  newtonGaussians,
  type Particles,
  particleCanonical,
  type RangeSeparation,
  separateRanges,
} from "./newton-kernel.ts";
import { ShortRangePotential } from "./short-range.ts";

export interface ParticleOptions extends Omit<ChebyshevTuckerOptions, "ranks"> {
  /** T_l, in units of 1 / half the longest edge of the domain: the largest exponent of a long-range Gaussian. Default 8. */
  readonly largestExponent?: number;
  /**
   * `"accumulated"`: the potential is summed at all m³ nodes, O(N R_l m³) operations at the speed of matrix products. `"canonical"`: by the factors of its N R_l terms (algorithm 4),
   * O(N R_l m²), better where m is large. Default `"accumulated"`.
   */
  readonly algorithm?: "accumulated" | "canonical";
}

export interface ParticlePotentialResult extends ChebyshevTuckerResult {
  /** Both parts together. */
  readonly potential: ParticlePotential;
}

/**
 * The electrostatic potential Σ_ν z_ν / ‖x − x_ν‖ of many charges in a box: its smooth long-range part in Chebyshev–Tucker format, at a cost and size that hardly depend on the number
 * of charges, and its short-range part summed over neighbours.
 *
 * Choose it where the potential of hundreds of charges and more is evaluated at many points, above all on grids, or with gradients. For a few charges `newtonSum` is faster.
 *
 * Default `nodes` here: 65.
 *
 * @throws InvalidInputError for particles outside of the domain, numbers that are not finite, options out of range; UnsupportedError on a device without float64; AbortedError.
 *
 * Source: "A mesh-free hybrid Chebyshev-Tucker tensor format with applications to multi-particle modelling", range-separated format.
 */
export async function particlePotential(
  particles: Particles,
  options: ParticleOptions = {},
): Promise<ParticlePotentialResult> {
  const { largestExponent = 8, algorithm = "accumulated" } = options;
  const withNodes = { nodes: 65, ...options };
  const checked = checkOptions(withNodes);
  checkParticles(particles, checked.domain);
  if (!(largestExponent > 0))
    throw new InvalidInputError("options.largestExponent", "a positive number", largestExponent);
  const scale = halfEdge(checked.domain);
  const separation = separateRanges(newtonGaussians({ scale }), largestExponent / scale);
  if (algorithm === "accumulated") checkMemory(checked);
  const result =
    algorithm === "canonical"
      ? await chebyshevTuckerFromCanonical(particleCanonical(particles, separation.longRange), {
          ...withNodes,
          algorithm: "reduced",
        } satisfies CanonicalOptions)
      : await withBuildingDevice(options.device, async (device) => {
          const nodes = AXES.map((axis) => chebyshevNodes(checked.counts[axis], checked.domain[axis]));
          using values = gaussiansOnGrid(particles, separation.longRange, nodes, device);
          options.onProgress?.("sampled");
          return await fromNodeValues(values, checked, withNodes);
        });
  return { ...result, potential: new ParticlePotential(particles, separation, result.approximation) };
}

/** Half of the longest edge of a box. */
function halfEdge(domain: Box): number {
  return Math.max(...domain.map(([lower, upper]) => (upper - lower) / 2));
}

/** A sum of Gaussians around particles on the tensor grid of three lists of coordinates. */
export function gaussiansOnGrid(
  { positions, charges }: Particles,
  { exponents, amplitudes }: GaussianSum,
  grids: readonly Float64Array<ArrayBuffer>[],
  device: Device,
): Tensor {
  return device.scope(() => {
    const dtype = device.defaultFloat;
    const vector = (values: ArrayLike<number>) => device.tensor(Float64Array.from(values), [values.length], dtype);
    return gaussianAccumulationKernel.run(
      [vector(positions).reshape([charges.length, 3]), ...[charges, exponents, amplitudes, ...grids].map(vector)],
      null,
    )[0];
  });
}

/** A potential in two parts; see `particlePotential`. */
export class ParticlePotential {
  readonly particles: Particles;
  readonly separation: RangeSeparation;
  readonly longRange: ChebyshevTucker;
  readonly shortRange: ShortRangePotential;

  constructor(particles: Particles, separation: RangeSeparation, longRange: ChebyshevTucker) {
    this.particles = particles;
    this.separation = separation;
    this.longRange = longRange;
    this.shortRange = new ShortRangePotential(particles, separation);
  }

  /** Potential at points [n, 3] of the domain; a charge at the very point is left out. @throws InvalidInputError for points outside. */
  async evaluate(points: ArrayLike<number>, options: EvaluationOptions = {}): Promise<Float64Array> {
    const values = await this.longRange.evaluate(points, options);
    this.shortRange.addTo(values, points);
    return values;
  }

  /** Forces −z_ν ∇P(x_ν) on the particles [N, 3]; each acts on all others. */
  async forces(options: EvaluationOptions = {}): Promise<Float64Array> {
    const { positions, charges } = this.particles;
    // A Gaussian has no slope at its own centre.
    const gradients = await this.longRange.gradient(positions, options);
    this.shortRange.addGradientsTo(gradients, positions);
    return gradients.map((slope, at) => -charges[Math.floor(at / 3)] * slope);
  }

  /** Energy of interaction, Σ over pairs of z_μ z_ν / distance. */
  async energy(options: EvaluationOptions = {}): Promise<number> {
    const { positions, charges } = this.particles;
    const values = await this.evaluate(positions, options);
    const own = gaussianSumAt(this.separation.longRange, 0);
    // The short-range part leaves out the charge itself, in whole; the long-range part has it, as the value of its own Gaussians.
    return values.reduce((sum, value, at) => sum + (charges[at] * (value - charges[at] * own)) / 2, 0);
  }
}
