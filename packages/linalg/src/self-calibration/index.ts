import {
  abs,
  type ComplexDType,
  concatenate,
  divide,
  InvalidInputError,
  multiply,
  sum,
  type Tensor,
} from "@ansatz/tensor";
import { largestMagnitude } from "../host-norms.ts";
import type { StopReason } from "../iterative/result.ts";
import type { SensingOperator } from "./sensing.ts";
import { type Constraint, type Solved, solveByElimination, solveByLsqr, solveDense } from "./solvers.ts";
import {
  type CalibrationSystem,
  calibrationSystem,
  checkMeasurements,
  largestColumnNorm,
  residualOf,
} from "./system.ts";

export { matrixSensing, type SensingOperator, signedFourierSensing } from "./sensing.ts";

/** Inverse gains this much smaller than the largest have no reliable gain. */
const RELIABLE = 1e-8;

/** Measurements y_l = diag(d) A_l x + noise. */
export interface CalibrationProblem {
  /** y, complex128 (or complex64) [p, m]: p measurements by m sensors. */
  readonly measurements: Tensor<ComplexDType>;
  /** A: matrices [p, m, n], one matrix for all measurements [m, n], of the measurements' dtype; or an operator. */
  readonly sensing: Tensor<ComplexDType> | SensingOperator;
  /**
   * Whether all measurements are of one signal x (the paper's model (a)), or each of its own x_l (model (b); with one matrix for all, (c)).
   */
  readonly signals: "shared" | "distinct";
}

/** What fixes the factor that gains and signals share: wᴴ z = c for z = (1/d; x). */
export interface CalibrationConstraint {
  /** w, complex: of the inverse gains alone, [m], or of all unknowns, [m + n] or [m + p n] (then `solver: "dense"` or `"iterative"`). Default: γ for each inverse gain, γ being the largest column norm of the system. */
  readonly weights?: Tensor<ComplexDType>;
  /** c ≠ 0. Default: γ √m. */
  readonly value?: readonly [re: number, im: number];
  /** `"soft"`: one more row of the least-squares problem, as in the paper. `"hard"`: holds exactly, `solver: "elimination"` only. Default: "soft". */
  readonly kind?: "soft" | "hard";
}

export interface CalibrationOptions {
  /** `"least-squares"` with a linear constraint, or `"spectral"`: the singular vector of the smallest singular value, which has nothing to choose and suffers less from noise. Default: "least-squares". */
  readonly method?: "least-squares" | "spectral";
  /**
   * `"elimination"`: signals are eliminated by projections, and what is left is an m × m system. `"dense"`: the whole system. `"iterative"`: LSQR with products alone, least squares only. Default: "elimination", for
   * an operator with least squares "iterative".
   */
  readonly solver?: "elimination" | "dense" | "iterative";
  readonly constraint?: CalibrationConstraint;
  /** LSQR: relative size of Aᴴ r at the end. Default: 10⁻¹². */
  readonly tolerance?: number;
  /** LSQR: default ten times the unknowns. */
  readonly maximumIterations?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (iteration: number, relativeResidual: number) => void;
}

/** Gains and signals up to one complex factor: (α d, x / α) are the same measurements. Dispose of the tensors when done. */
export interface CalibrationResult {
  /** 1/d, complex [m]. */
  readonly inverseGains: Tensor<ComplexDType>;
  /** d, complex [m]. */
  readonly gains: Tensor<ComplexDType>;
  /** x, complex [n], or [p, n]. */
  readonly signals: Tensor<ComplexDType>;
  /** Sensors whose inverse gain is nearly zero, so that the gain is not known. */
  readonly unreliable: readonly number[];
  /** ‖Φ z‖ / ‖z‖: 0 without noise. */
  readonly residual: number;
  /** The two smallest singular values, ascending, and the largest: of the system Φ (dense), or of the system without the signals (elimination). Undefined with the iterative solver. */
  readonly singularValues: readonly [smallest: number, second: number, largest: number] | undefined;
  /** Why it ended: `"converged"` unless the solver is iterative. */
  readonly reason: StopReason;
  readonly iterations: number;
}

/**
 * Unknown gains of sensors, and the signals they measured, from measurements y_l = diag(d) A_l x_l with known A_l: dividing by the gains makes the bilinear problem linear, diag(y_l) s − A_l x_l = 0 with s = 1/d.
 *
 * Without noise the solution is exact once m p is at least the number of unknowns less one and the A_l are generic; with noise its error is at most κ η (1 + 2/(1 − κ η)) for the condition κ of the system
 * and the relative size η of the noise in it.
 *
 * Source: Self-Calibration and Bilinear Inverse Problems via Linear Least Squares (Ling, Strohmer), sections 2 and 3. Symbols: `measurements` y, `sensing` A, `inverseGains` s = S, `constraint` w and c.
 *
 * @throws InvalidInputError before any work: shapes or dtypes that do not fit, fewer equations than unknowns, a sensor that measured nothing but zeros, measurements that are not finite; and after it, where the data leave more than one solution.
 */
export async function selfCalibrate(
  problem: CalibrationProblem,
  options: CalibrationOptions = {},
): Promise<CalibrationResult> {
  const { method = "least-squares", constraint = {} } = options;
  const system = calibrationSystem(problem);
  const { solver = system.matrices || method === "spectral" ? "elimination" : "iterative" } = options;
  checkOptions(method, solver, constraint, system);
  await checkMeasurements(system.y);
  const given = method === "spectral" ? undefined : await completed(constraint, system);
  try {
    const solved =
      solver === "dense"
        ? await solveDense(system, given)
        : solver === "elimination"
          ? await solveByElimination(system, given)
          : await solveByLsqr(system, given!, options);
    return await resultOf(system, solved);
  } finally {
    given?.weights.dispose();
  }
}

function checkOptions(
  method: string,
  solver: string,
  { weights, value, kind = "soft" }: CalibrationConstraint,
  { y, signalUnknowns }: CalibrationSystem,
): void {
  if (method !== "least-squares" && method !== "spectral")
    throw new InvalidInputError("selfCalibrate: options.method", '"least-squares" or "spectral"', method);
  if (!["elimination", "dense", "iterative"].includes(solver))
    throw new InvalidInputError("selfCalibrate: options.solver", '"elimination", "dense" or "iterative"', solver);
  if (method === "spectral" && solver === "iterative")
    throw new InvalidInputError(
      "selfCalibrate: options.solver",
      '"elimination" or "dense" for the spectral method',
      solver,
    );
  if (value && (!value.every(Number.isFinite) || value.every((part) => part === 0)))
    throw new InvalidInputError(
      "selfCalibrate: options.constraint.value",
      "a finite complex number other than 0",
      value,
    );
  if (kind !== "soft" && (kind !== "hard" || solver !== "elimination"))
    throw new InvalidInputError("selfCalibrate: options.constraint.kind", '"soft", or "hard" with elimination', kind);
  if (!weights) return;
  const [, m] = y.shape;
  const sizes = solver === "elimination" ? [m] : [m, m + signalUnknowns];
  if (weights.dtype !== y.dtype || weights.rank !== 1 || !sizes.includes(weights.size))
    throw new InvalidInputError(
      "selfCalibrate: options.constraint.weights",
      `${y.dtype} [${sizes.join("] or [")}]`,
      `${weights.dtype} [${weights.shape}]`,
    );
}

/** With what was left out. @throws InvalidInputError for weights that are all zero or not finite. */
async function completed(
  { weights, value, kind = "soft" }: CalibrationConstraint,
  system: CalibrationSystem,
): Promise<Constraint> {
  const { y } = system;
  const [, m] = y.shape;
  if (weights) {
    const values = await weights.data();
    if (!values.every(Number.isFinite) || values.every((each) => each === 0))
      throw new InvalidInputError(
        "selfCalibrate: options.constraint.weights",
        "finite numbers, not all of them 0",
        values,
      );
  }
  const norm = await largestColumnNorm(system);
  return {
    weights: weights ? weights.alias() : y.device.full([m], norm, y.dtype),
    value: value ?? [norm * Math.sqrt(m), 0],
    kind,
  };
}

/** @throws InvalidInputError where two singular values are zero. */
async function resultOf(system: CalibrationSystem, solved: Solved): Promise<CalibrationResult> {
  const { y, operator } = system;
  const { device } = y;
  const { inverseGains, singularValues, resolution, reason, iterations } = solved;
  if (singularValues && singularValues[1] <= resolution * singularValues[2]) {
    for (const each of [inverseGains, solved.signals]) each.dispose();
    throw new InvalidInputError(
      "selfCalibrate: problem",
      "measurements that determine gains and signals up to one factor",
      `the two smallest singular values ${singularValues[0]} and ${singularValues[1]}, the largest ${singularValues[2]}`,
    );
  }
  const [p] = y.shape;
  const signals = solved.signals.reshape(system.signals === "shared" ? [operator.unknowns] : [p, operator.unknowns]);
  solved.signals.dispose();
  using squares = device.scope(() => {
    const square = (x: Tensor) => sum(multiply(abs(x), abs(x))).reshape([1]);
    const all = [residualOf(system, inverseGains, signals), inverseGains, signals].map(square);
    return concatenate(all, { axis: 0 });
  });
  using sizes = abs(inverseGains);
  const [residual, ofGains, ofSignals] = await squares.data();
  const magnitudes = Array.from(await sizes.data());
  const largest = largestMagnitude(magnitudes);
  return {
    inverseGains: inverseGains as Tensor<ComplexDType>,
    gains: device.scope(() =>
      divide(device.full(inverseGains.shape, 1, y.dtype), inverseGains),
    ) as Tensor<ComplexDType>,
    signals: signals as Tensor<ComplexDType>,
    unreliable: magnitudes.flatMap((magnitude, sensor) => (magnitude < RELIABLE * largest ? [sensor] : [])),
    residual: Math.sqrt(residual / (ofGains + ofSignals)),
    singularValues,
    reason,
    iterations,
  };
}
