import { type Device, InvalidInputError, type Tensor } from "@ansatz/tensor";
import { stabilityMapKernel } from "../kernels/stability-map/index.ts";
import { rootsWithin, spectralRadius } from "../kernels/stability-map/reference.ts";
import { adamsBashforthWeights, checkDamping, generalizedHeavyBallWeights } from "./coefficients.ts";

/**
 * An explicit linear multistep method A(E) y_n = δ B(E) f_n, where E shifts back by a step: coefficients of E⁰, E¹, …; A begins with 1, B with 0.
 */
export interface LinearMultistepMethod {
  readonly state: readonly number[];
  readonly slope: readonly number[];
}

/** Which multistep method, and what its velocity does: see `momentum`. */
export interface MultistepMomentum {
  /** 1 … 5. */
  readonly order: number;
  /** β in [0.001, 1]; 1 is no momentum, Adams–Bashforth. */
  readonly damping: number;
  /** Default: `"generalized-heavy-ball"`. */
  readonly kind?: "heavy-ball" | "generalized-heavy-ball" | "nesterov";
}

/** A complex number. */
export type ComplexNumber = readonly [real: number, imaginary: number];

/** The part of the complex plane that a map shows. */
export interface StabilityMapExtent {
  readonly rows?: number;
  readonly columns?: number;
  readonly real?: readonly [number, number];
  readonly imaginary?: readonly [number, number];
}

/**
 * The multistep method that momentum with these settings is: A = (1 − E)(1 − (1 − β)E), and B of the weights that the slopes get.
 *
 * @throws InvalidInputError
 * Source: "Diffusion Sampling with Momentum for Mitigating Divergence Artifacts", section 4.3 and appendix.
 */
export function multistepMethod({
  order,
  damping,
  kind = "generalized-heavy-ball",
}: MultistepMomentum): LinearMultistepMethod {
  checkDamping("damping", damping);
  const keep = 1 - damping;
  const state = [1, -1 - keep, keep];
  if (kind === "generalized-heavy-ball") {
    const weights = generalizedHeavyBallWeights(order, damping);
    return { state, slope: [0, ...weights.map((weight) => damping * weight)] };
  }
  const slope = [0, ...adamsBashforthWeights(order).map((weight) => damping * weight)];
  if (kind === "heavy-ball") return { state, slope };
  // The velocity is averaged once more: 1 + (1 − β)(1 − E) times as much.
  const [once, ...rest] = [...slope, 0];
  return {
    state,
    slope: [once, ...rest.map((weight, k) => (1 + keep) * weight - keep * (k === 0 ? once : rest[k - 1]))],
  };
}

/**
 * Growth per step on y′ = λ y for z = δ λ: the largest modulus of the method's roots. Stable where it is below 1.
 *
 * @throws InvalidInputError when the method is not explicit.
 */
export function growthFactor(method: LinearMultistepMethod, z: ComplexNumber): number {
  const [state, slope] = monicParts(method);
  return spectralRadius(state, slope, z);
}

/**
 * Whether every root at z = δ λ is in the closed unit disc, one part in 10⁹ beyond its edge included.
 *
 * @throws InvalidInputError when the method is not explicit.
 */
export function isStable(method: LinearMultistepMethod, z: ComplexNumber): boolean {
  const [state, slope] = monicParts(method);
  const real = state.map((a, k) => a - z[0] * slope[k]);
  const imaginary = slope.map((b) => -z[1] * b);
  return rootsWithin(real, imaginary, 1 + 1e-9);
}

/**
 * The curve that bounds the stability region, among others: z(θ) = A(e^(−iθ))/B(e^(−iθ)), where a root is on the unit circle, at θ = 2π k/points.
 *
 * @throws InvalidInputError when the method is not explicit.
 */
export function boundaryLocus(method: LinearMultistepMethod, points = 512): ComplexNumber[] {
  monicParts(method);
  return Array.from({ length: points }, (_, k) => locusAt(method, (2 * Math.PI * k) / points));
}

/**
 * The end of the interval (end, 0) of negative real z on which the method is stable; 0 where there is none.
 *
 * Between two crossings of the boundary locus with the real axis nothing changes, so that one root test in each gap decides.
 *
 * @throws InvalidInputError when the method is not explicit.
 */
export function realStabilityInterval(method: LinearMultistepMethod): number {
  monicParts(method);
  const scan = 4096;
  const crossings = [locusAt(method, Math.PI)[0]];
  for (let k = 1; k < scan; k++) {
    let [low, high] = [(Math.PI * (k - 0.5)) / scan, (Math.PI * (k + 0.5)) / scan];
    const sign = Math.sign(locusAt(method, low)[1]);
    if (high >= Math.PI || sign === Math.sign(locusAt(method, high)[1])) continue;
    for (let halving = 0; halving < 50; halving++) {
      const middle = 0.5 * (low + high);
      if (Math.sign(locusAt(method, middle)[1]) === sign) low = middle;
      else high = middle;
    }
    crossings.push(locusAt(method, 0.5 * (low + high))[0]);
  }
  const ends = crossings.filter((z) => z < 0 && Number.isFinite(z)).sort((a, b) => b - a);
  let stable = 0;
  for (const end of ends) {
    if (!isStable(method, [0.5 * (stable + end), 0])) break;
    stable = end;
  }
  return stable;
}

/**
 * `growthFactor` on a grid of the complex plane, computed on the device: a picture of the stability region.
 *
 * @param extent rows and columns (default 512 × 512), `real` (default [−4, 1]) from left to right, `imaginary` (default [−2.5, 2.5]) from bottom to top.
 * @returns `[rows, columns]` of the device's default float; the first row is the top.
 * @throws InvalidInputError; UnsupportedError on tensorflow.
 */
export function stabilityMap(device: Device, method: LinearMultistepMethod, extent: StabilityMapExtent = {}): Tensor {
  const { rows = 512, columns = 512, real = [-4, 1], imaginary = [-2.5, 2.5] } = extent;
  const parts = monicParts(method);
  return device.scope(() => {
    const inputs = parts.map((part) => device.tensor(part, [part.length], device.defaultFloat));
    return stabilityMapKernel.run(inputs, { rows, columns, real, imaginary })[0];
  });
}

/** Coefficients of E¹, E², … of both, of equal length. */
function monicParts({ state, slope }: LinearMultistepMethod): [number[], number[]] {
  if (state[0] !== 1 || slope[0] !== 0)
    throw new InvalidInputError("method", "an explicit method: state begins with 1, slope with 0", { state, slope });
  const length = Math.max(state.length, slope.length);
  const [a, b] = [state, slope].map((part) => Array.from({ length: length - 1 }, (_, k) => part[k + 1] ?? 0));
  if (![...a, ...b].every(Number.isFinite))
    throw new InvalidInputError("method", "finite coefficients", { state, slope });
  return [a, b];
}

function locusAt({ state, slope }: LinearMultistepMethod, theta: number): ComplexNumber {
  const [ax, ay] = atUnitCircle(state, theta);
  const [bx, by] = atUnitCircle(slope, theta);
  const size = bx * bx + by * by;
  return [(ax * bx + ay * by) / size, (ay * bx - ax * by) / size];
}

function atUnitCircle(coefficients: readonly number[], theta: number): ComplexNumber {
  let [x, y] = [0, 0];
  for (const [k, value] of coefficients.entries()) {
    x += value * Math.cos(k * theta);
    y -= value * Math.sin(k * theta);
  }
  return [x, y];
}
