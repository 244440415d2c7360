import { InvalidInputError } from "@ansatz/tensor";

/** How drifts are learned from the steps of paths, as functions of state and time. */
export type DriftRegression =
  | {
      /** A Gaussian process with covariance v exp(−|(x, t) − (x', t')| / ℓ) and noise of variance σ²/Δ in the velocities. */
      readonly method: "gaussian-process";
      /** v. Default: with a mean, what residuals vary beyond the noise, so that noise is not taken for drift; with mean zero 1/Δ (paper's repository). */
      readonly variance?: number;
      /** ℓ, in units of state and time alike. Default 1 (paper's repository). */
      readonly lengthScale?: number;
      /** Most steps that are fitted exactly, for cost their cube; beyond, `inducingPoints` of them carry the fit (Nyström). Default 1000. */
      readonly exactPoints?: number;
      /** Default 100 (paper's repository: 500), as the mean leaves little to learn. */
      readonly inducingPoints?: number;
    }
  | {
      /** A network with rectified linear units in state and time, trained anew for every fit by Adam on all steps at once. */
      readonly method: "network";
      /** Widths of the hidden layers. Default [500, 500] (paper's repository). */
      readonly hidden?: readonly number[];
      /** Default 5·10⁻³ (paper's repository). */
      readonly learningRate?: number;
      /** Steps of Adam. Default 250 (paper's repository). */
      readonly epochs?: number;
    };

/**
 * How bridges are found by iterative proportional fitting. Where snapshots are far apart on the scale of the noise, half-bridges that are learned from paths never meet unless they are helped;
 * the defaults of `mean`, `annealingSweeps` and `straightLines` help. All of them keep the paths between given ends those of the reference, but for how its drift bends on the scale of the noise.
 */
export interface ProportionalFittingOptions {
  /** Pairs of half-bridges: back from the later snapshot, then forth from the earlier one. Default 10 (paper). */
  readonly sweeps?: number;
  /** What learns drifts from paths. Default `{ method: "gaussian-process" }` (paper). */
  readonly regression?: DriftRegression;
  /** Paths per half-bridge, from the points of a snapshot in turn. Default 200, or as many as there are points (paper: the latter), because slopes are learned to some 1/√paths. */
  readonly paths?: number;
  /**
   * What drifts fall back to away from the paths: `"affine"` (default), least squares in every time step, so that half-bridges that have not met yet are drawn to each other; `"reference"`, for forward
   * drifts that of the reference (paper's repository, optional); `"zero"` (paper).
   */
  readonly mean?: "affine" | "reference" | "zero";
  /** Of the affine mean, as a share of the variance of the states. Default 10⁻³. */
  readonly ridge?: number;
  /** Sweeps over which the noise shrinks to σ by equal factors. Default: half of them. */
  readonly annealingSweeps?: number;
  /** Noise of the first of these, if it is above σ. Default: such that it bridges, over the interval, how far means and deviations of the reference's ends are from the later snapshot's. */
  readonly initialDiffusion?: number;
  /** Whether, under Brownian motion, the first half-bridge is made of straight lines with noise, to points of the earlier snapshot, instead of being learned. Default true. */
  readonly straightLines?: boolean;
}

/** @throws InvalidInputError naming the option at fault. */
export function checkProportionalFitting(options: ProportionalFittingOptions): void {
  const { sweeps = 10, annealingSweeps = 0, paths = 1, ridge = 1e-3, initialDiffusion = 1, mean = "affine" } = options;
  const name = (option: string) => `options.proportionalFitting.${option}`;
  for (const [option, value, least] of [
    ["sweeps", sweeps, 1],
    ["annealingSweeps", annealingSweeps, 0],
    ["paths", paths, 1],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new InvalidInputError(name(option), `an integer ≥ ${least}`, value);
  if (annealingSweeps >= sweeps)
    throw new InvalidInputError(name("annealingSweeps"), `fewer than the ${sweeps} sweeps`, annealingSweeps);
  if (!(ridge >= 0 && Number.isFinite(ridge))) throw new InvalidInputError(name("ridge"), "a number ≥ 0", ridge);
  if (!(initialDiffusion > 0 && Number.isFinite(initialDiffusion)))
    throw new InvalidInputError(name("initialDiffusion"), "a positive number", initialDiffusion);
  if (mean !== "affine" && mean !== "reference" && mean !== "zero")
    throw new InvalidInputError(name("mean"), '"affine", "reference" or "zero"', mean);
  if (options.regression) checkRegression(name("regression"), options.regression);
}

/** @throws InvalidInputError naming the option at fault. */
function checkRegression(argument: string, regression: DriftRegression): void {
  const positive = (name: string, value: number | undefined, integer = false) => {
    if (value !== undefined && !(value > 0 && Number.isFinite(value) && (!integer || Number.isInteger(value))))
      throw new InvalidInputError(`${argument}.${name}`, integer ? "a positive integer" : "a positive number", value);
  };
  if (regression.method === "gaussian-process") {
    positive("variance", regression.variance);
    positive("lengthScale", regression.lengthScale);
    positive("exactPoints", regression.exactPoints, true);
    positive("inducingPoints", regression.inducingPoints, true);
  } else if (regression.method === "network") {
    for (const [index, width] of (regression.hidden ?? []).entries()) positive(`hidden[${index}]`, width, true);
    positive("learningRate", regression.learningRate);
    positive("epochs", regression.epochs, true);
  } else
    throw new InvalidInputError(
      `${argument}.method`,
      '"gaussian-process" or "network"',
      (regression as DriftRegression).method,
    );
}
