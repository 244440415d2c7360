import {
  abs,
  add,
  type ComplexDType,
  cast,
  complex,
  cos,
  type Device,
  divide,
  type Key,
  multiply,
  normal,
  rademacher,
  sin,
  split,
  sqrt,
  sum,
  type Tensor,
  uniform,
} from "@ansatz/tensor";
import type { CalibrationProblem } from "./index.ts";
import { matrixSensing, type SensingOperator, signedFourierSensing } from "./sensing.ts";

/** What a random problem is made of. */
export interface InstanceOptions {
  readonly device: Device;
  readonly key: Key;
  /** The paper's (a): one signal; (b): each measurement its own signal and matrix; (c): its own signal, one matrix for all. */
  readonly model: "a" | "b" | "c";
  readonly sensors: number;
  readonly unknowns: number;
  readonly measurements: number;
  /** Complex normal numbers of variance 1, or random signs and Fourier columns. Default: "gaussian". */
  readonly ensemble?: "gaussian" | "signed-fourier";
  /** 20 log₁₀ of the signal's norm over that of the noise. Default: no noise. */
  readonly decibels?: number;
}

/** A random problem and what it was made from. Dispose of the tensors when done. */
export interface Instance {
  readonly problem: CalibrationProblem;
  readonly gains: Tensor<ComplexDType>;
  /** [n] or [p, n]. */
  readonly signals: Tensor<ComplexDType>;
  /** diag(d) A x without noise, [p, m]. */
  readonly clean: Tensor<ComplexDType>;
  readonly tensors: readonly Tensor[];
}

/** Gains of size 0.5 to 1.5 and any phase, complex normal signals. */
export function calibrationInstance(options: InstanceOptions): Instance {
  const { device, model, sensors: m, unknowns: n, measurements: p, ensemble = "gaussian", decibels } = options;
  const [forGains, forPhases, forSignals, forSensing, forNoise] = split(options.key, 5);
  const signals = model === "a" ? "shared" : "distinct";
  const made = device.scope(() => {
    const size = add(uniform(forGains, [m], { device, dtype: "float64" }), 0.5);
    const phase = multiply(uniform(forPhases, [m], { device, dtype: "float64" }), 2 * Math.PI);
    const gains = complex(multiply(size, cos(phase)), multiply(size, sin(phase)));
    const x = complexNormal(forSignals, signals === "shared" ? [n] : [p, n], device);
    const sensing =
      ensemble === "gaussian"
        ? complexNormal(forSensing, model === "c" ? [m, n] : [p, m, n], device)
        : rademacher(forSensing, [p, n], { device, dtype: "float64" });
    const operator = sensingOf(sensing, options);
    const clean = multiply(gains, operator.apply(x));
    if (decibels === undefined) return { gains, x, sensing, clean, y: clean.alias() };
    const noise = complexNormal(forNoise, [p, m], device);
    const scale = cast(multiply(divide(norm(clean), norm(noise)), 10 ** (-decibels / 20)), "complex128");
    return { gains, x, sensing, clean, y: add(clean, multiply(noise, scale)) };
  });
  const { gains, x, sensing, clean, y } = made;
  return {
    problem: {
      measurements: y as Tensor<ComplexDType>,
      sensing: ensemble === "gaussian" ? (sensing as Tensor<ComplexDType>) : sensingOf(sensing, options),
      signals,
    },
    gains: gains as Tensor<ComplexDType>,
    signals: x as Tensor<ComplexDType>,
    clean: clean as Tensor<ComplexDType>,
    tensors: [gains, x, sensing, clean, y],
  };
}

function sensingOf(
  sensing: Tensor,
  { model, sensors, measurements, ensemble = "gaussian" }: InstanceOptions,
): SensingOperator {
  const signals = model === "a" ? "shared" : "distinct";
  return ensemble === "gaussian"
    ? matrixSensing(sensing, measurements, signals)
    : signedFourierSensing(sensing, sensors, signals);
}

function complexNormal(key: Key, shape: readonly number[], device: Device): Tensor {
  const [re, im] = split(key, 2).map((each) =>
    multiply(normal(each, shape, { device, dtype: "float64" }), Math.SQRT1_2),
  );
  return complex(re, im);
}

function norm(x: Tensor): Tensor {
  return sqrt(sum(multiply(abs(x), abs(x))));
}

/** The least ‖α ẑ − z‖ / ‖z‖ over complex α, for interleaved complex numbers. */
export function alignedError(found: ArrayLike<number>, truth: ArrayLike<number>): number {
  let [re, im, ofFound, ofTruth] = [0, 0, 0, 0];
  for (let k = 0; k < found.length; k += 2) {
    re += found[k] * truth[k] + found[k + 1] * truth[k + 1];
    im += found[k] * truth[k + 1] - found[k + 1] * truth[k];
    ofFound += found[k] ** 2 + found[k + 1] ** 2;
    ofTruth += truth[k] ** 2 + truth[k + 1] ** 2;
  }
  const [alphaRe, alphaIm] = [re / ofFound, im / ofFound];
  let rest = 0;
  for (let k = 0; k < found.length; k += 2)
    rest +=
      (alphaRe * found[k] - alphaIm * found[k + 1] - truth[k]) ** 2 +
      (alphaRe * found[k + 1] + alphaIm * found[k] - truth[k + 1]) ** 2;
  return Math.sqrt(rest / ofTruth);
}

/** (s; x) of a result or of an instance, interleaved. */
export async function unknownsOf({
  inverseGains,
  signals,
}: {
  readonly inverseGains: Tensor;
  readonly signals: Tensor;
}): Promise<Float64Array> {
  return Float64Array.of(...(await inverseGains.data()), ...(await signals.data()));
}
