import {
  type ComplexDType,
  cast,
  concatenate,
  conj,
  InvalidInputError,
  isComplex,
  key,
  multiply,
  neg,
  rademacher,
  real,
  subtract,
  sum,
  type Tensor,
} from "@ansatz/tensor";
import { largestMagnitude } from "../host-norms.ts";
import type { CalibrationProblem } from "./index.ts";
import { realMatrix } from "./real-form.ts";
import { matrixSensing, type SensingOperator, sensingMatrices } from "./sensing.ts";

/** diag(y_l) s − A_l x_l = 0 for all l. */
export interface CalibrationSystem {
  /** Complex [p, m]. */
  readonly y: Tensor<ComplexDType>;
  readonly operator: SensingOperator;
  /** Complex [m, n] or [p, m, n]; undefined for operators. */
  readonly matrices: Tensor<ComplexDType> | undefined;
  readonly signals: "shared" | "distinct";
  /** Numbers in all signals together. */
  readonly signalUnknowns: number;
}

/** @throws InvalidInputError when shapes or dtypes do not fit, or there are too few equations. */
export function calibrationSystem({ measurements: y, sensing, signals }: CalibrationProblem): CalibrationSystem {
  if (!isComplex(y.dtype) || y.rank !== 2 || y.size === 0)
    throw new InvalidInputError("selfCalibrate: measurements", "complex [p, m], not empty", `${y.dtype} [${y.shape}]`);
  if (signals !== "shared" && signals !== "distinct")
    throw new InvalidInputError("selfCalibrate: signals", '"shared" or "distinct"', signals);
  const [p, m] = y.shape;
  const isMatrices = !("applyAdjoint" in sensing);
  if (isMatrices && (sensing.dtype !== y.dtype || sensing.rank < 2 || sensing.rank > 3))
    throw new InvalidInputError(
      "selfCalibrate: sensing",
      `${y.dtype} [p, m, n] or [m, n]`,
      `${sensing.dtype} [${sensing.shape}]`,
    );
  const operator = isMatrices ? matrixSensing(sensing, p, signals) : sensing;
  const count = isMatrices && sensing.rank === 3 ? sensing.shape[0] : operator.measurements;
  if (count !== p || operator.sensors !== m || operator.unknowns < 1)
    throw new InvalidInputError(
      "selfCalibrate: sensing",
      `matrices [${p}, ${m}, n] or [${m}, n]`,
      `[${count}, ${operator.sensors}, ${operator.unknowns}]`,
    );
  const n = operator.unknowns;
  const signalUnknowns = signals === "shared" ? n : p * n;
  if (p * m < m + signalUnknowns - 1)
    throw new InvalidInputError(
      "selfCalibrate: measurements",
      `at least ${m + signalUnknowns - 1} numbers for ${m + signalUnknowns} unknowns up to a factor`,
      p * m,
    );
  if (signals === "distinct" && n >= m)
    throw new InvalidInputError(
      "selfCalibrate: sensing",
      `signals of fewer than ${m} numbers, as there are sensors`,
      n,
    );
  return { y, operator, matrices: isMatrices ? sensing : undefined, signals, signalUnknowns };
}

/** @throws InvalidInputError when a measurement is not finite, or a sensor measured nothing but zeros. */
export async function checkMeasurements(y: Tensor): Promise<void> {
  const [p, m] = y.shape;
  const values = await y.data();
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0)
    throw new InvalidInputError(
      "selfCalibrate: measurements",
      "finite numbers",
      `${values[wrong]} by sensor ${(wrong >> 1) % m}`,
    );
  for (let sensor = 0; sensor < m; sensor++)
    if (Array.from({ length: p }, (_, l) => 2 * (l * m + sensor)).every((k) => values[k] === 0 && values[k + 1] === 0))
      throw new InvalidInputError(
        "selfCalibrate: measurements",
        "something by every sensor",
        `zeros alone by sensor ${sensor}`,
      );
}

/** Matrices [p, m, n] of any system; a new tensor or another handle. */
export function matricesOf({ operator, matrices, signals, y }: CalibrationSystem): Tensor<ComplexDType> {
  const [p, m] = y.shape;
  if (!matrices) return sensingMatrices(operator, signals, y);
  if (matrices.rank === 3) return matrices.alias();
  return y.device.scope(() =>
    multiply(matrices.reshape([1, m, operator.unknowns]), y.device.full([p, 1, 1], 1, y.dtype)),
  ) as Tensor<ComplexDType>;
}

/** Φ as a real matrix [2 p m, 2 (m + signal unknowns)]: rows diag(y_l) and −A_l. */
export function denseSystem(system: CalibrationSystem): Tensor {
  const { y, signals } = system;
  const [p, m] = y.shape;
  return y.device.scope(() => {
    const a = matricesOf(system);
    const n = system.operator.unknowns;
    const unit = Float64Array.from({ length: m * m }, (_, k) => Number(k % (m + 1) === 0));
    const identity = cast(y.device.tensor(unit, [1, m, m], "float32"), y.dtype);
    const gains = multiply(y.reshape([p, m, 1]), identity).reshape([p * m, m]);
    const blocks = (l: number) => {
      const own = neg(a.reshape([p, m * n]));
      const mask = Float64Array.from({ length: p }, (_, k) => Number(k === l));
      return multiply(own, cast(y.device.tensor(mask, [p, 1], "float32"), y.dtype)).reshape([p * m, n]);
    };
    const right = signals === "shared" ? [neg(a).reshape([p * m, n])] : Array.from({ length: p }, (_, l) => blocks(l));
    return realMatrix(concatenate([gains, ...right], { axis: 1 }));
  });
}

/** diag(y_l) s − A_l x_l, complex [p, m]. */
export function residualOf({ y, operator }: CalibrationSystem, inverseGains: Tensor, signals: Tensor): Tensor {
  return y.device.scope(() => subtract(multiply(y, inverseGains), operator.apply(signals)));
}

/**
 * Largest column norm of Φ. Of an operator, whose columns are not at hand, the larger of those of the gains and the mean of the signals' as `meanColumnNorms` has it.
 */
export async function largestColumnNorm(system: CalibrationSystem): Promise<number> {
  const { y, matrices, signals } = system;
  const { device } = y;
  if (!matrices) {
    using ofGains = device.scope(() => sum(squared(y), { axes: [0] }));
    return Math.max(Math.sqrt(largestMagnitude(await ofGains.data())), (await meanColumnNorms(system)).signals);
  }
  using squares = device.scope(() => {
    const a = matricesOf(system);
    const ofSignals = signals === "shared" ? sum(squared(a), { axes: [0, 1] }) : sum(squared(a), { axes: [1] });
    return concatenate([sum(squared(y), { axes: [0] }), ofSignals.reshape([ofSignals.size])], { axis: 0 });
  });
  return Math.sqrt(largestMagnitude(await squares.data()));
}

/** Root mean square of the column norms of the gains' block and of the signals', the latter from one product with random signs: its expected square is the sum over all columns. */
export async function meanColumnNorms({
  y,
  operator,
  signals,
  signalUnknowns,
}: CalibrationSystem): Promise<{ readonly gains: number; readonly signals: number }> {
  const { device } = y;
  const [p, m] = y.shape;
  using squares = device.scope(() => {
    const signs = cast(rademacher(key(0), [signalUnknowns], { device, dtype: "float32" }), y.dtype);
    const image = operator.apply(signals === "shared" ? signs : signs.reshape([p, operator.unknowns]));
    return concatenate([sum(squared(y)).reshape([1]), sum(squared(image)).reshape([1])], { axis: 0 });
  });
  const [ofGains, ofSignals] = await squares.data();
  return { gains: Math.sqrt(ofGains / m), signals: Math.sqrt(ofSignals / signalUnknowns) };
}

function squared(x: Tensor): Tensor {
  return real(multiply(x, conj(x)));
}
