import type { FloatDType } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { multiply, subtract } from "../kernels/map/binary.ts";
import { normal, type RandomOptions, uniform } from "../random/draw.ts";
import type { Key } from "../random/key.ts";
import { checkShape, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

// Shapes of weights are PyTorch's: [outputs, inputs, ...window]. An output adds up fanIn = inputs · |window| products, an input goes into fanOut = outputs · |window|.

/** First values of a parameter from a key, its shape, and where and in which dtype to make it. */
export type Initialiser = (key: Key, shape: Shape, options: RandomOptions) => Tensor;

/** All 0. The key is not used. @throws InvalidInputError for a bad shape; UnsupportedError when the device does not hold the dtype. */
export function zeros<D extends FloatDType = "float32">(
  _key: Key,
  shape: Shape,
  { device, dtype = "float32" as D }: RandomOptions<D>,
): Tensor<D> {
  return device.zeros(shape, dtype);
}

/** All 1. The key is not used. @throws InvalidInputError for a bad shape; UnsupportedError when the device does not hold the dtype. */
export function ones<D extends FloatDType = "float32">(
  _key: Key,
  shape: Shape,
  { device, dtype = "float32" as D }: RandomOptions<D>,
): Tensor<D> {
  return device.full(shape, 1, dtype);
}

/**
 * Uniform in (−1/√fanIn, 1/√fanIn): what PyTorch's `Linear` and `Conv` layers start with.
 *
 * @throws InvalidInputError for a shape without fan (fewer than two axes), a bad key or device; UnsupportedError when the device does not hold the dtype.
 */
export function fanInUniform<D extends FloatDType = "float32">(
  key: Key,
  shape: Shape,
  options: RandomOptions<D>,
): Tensor<D> {
  return symmetric(key, shape, 1 / Math.sqrt(fansOf("fanInUniform", shape).fanIn), options);
}

/**
 * Normal with mean 0 and variance 1/fanIn.
 *
 * Source: LeCun, Bottou, Orr, Müller, "Efficient BackProp" (1998), section 4.6.
 *
 * @throws as `fanInUniform`.
 */
export function fanInNormal<D extends FloatDType = "float32">(
  key: Key,
  shape: Shape,
  options: RandomOptions<D>,
): Tensor<D> {
  return scaledNormal(key, shape, 1 / Math.sqrt(fansOf("fanInNormal", shape).fanIn), options);
}

export interface GainOptions<D extends FloatDType = FloatDType> extends RandomOptions<D> {
  /** Factor of the standard deviation, by the activation that follows: 1 for none, 5/3 for tanh, √2 for relu. Default: 1. */
  readonly gain?: number;
}

/**
 * Uniform with mean 0 and variance gain² · 2 / (fanIn + fanOut).
 *
 * Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010), equation 16.
 *
 * @throws as `fanInUniform`; InvalidInputError for a gain that is not positive.
 */
export function xavierUniform<D extends FloatDType = "float32">(
  key: Key,
  shape: Shape,
  options: GainOptions<D>,
): Tensor<D> {
  return symmetric(key, shape, Math.sqrt(3) * xavierDeviation("xavierUniform", shape, options.gain), options);
}

/** Normal with mean 0 and variance gain² · 2 / (fanIn + fanOut). Source and errors as of `xavierUniform`. */
export function xavierNormal<D extends FloatDType = "float32">(
  key: Key,
  shape: Shape,
  options: GainOptions<D>,
): Tensor<D> {
  return scaledNormal(key, shape, xavierDeviation("xavierNormal", shape, options.gain), options);
}

export interface KaimingOptions<D extends FloatDType = FloatDType> extends RandomOptions<D> {
  /** Factor of the standard deviation, by the activation that follows, see `xavierUniform`. Default: √2, for relu. */
  readonly gain?: number;
  /** What keeps its size: values on the way forward (`"in"`) or gradients on the way back (`"out"`). Default: `"in"`. */
  readonly fan?: "in" | "out";
}

/**
 * Uniform with mean 0 and variance gain² / fan.
 *
 * Source: He, Zhang, Ren, Sun, "Delving Deep into Rectifiers" (2015), equations 10 and 14.
 *
 * @throws as `xavierUniform`; InvalidInputError for another fan.
 */
export function kaimingUniform<D extends FloatDType = "float32">(
  key: Key,
  shape: Shape,
  options: KaimingOptions<D>,
): Tensor<D> {
  return symmetric(key, shape, Math.sqrt(3) * kaimingDeviation("kaimingUniform", shape, options), options);
}

/** Normal with mean 0 and variance gain² / fan. Source and errors as of `kaimingUniform`. */
export function kaimingNormal<D extends FloatDType = "float32">(
  key: Key,
  shape: Shape,
  options: KaimingOptions<D>,
): Tensor<D> {
  return scaledNormal(key, shape, kaimingDeviation("kaimingNormal", shape, options), options);
}

/**
 * Uniform in (0, 1/(inputs · outputs)): real or imaginary parts of the weights of a spectral layer.
 *
 * Source: Li et al., "Fourier Neural Operator for Parametric Partial Differential Equations" (2021), its published code.
 *
 * @param shape [inputs, outputs, ...modes], or with the first two exchanged.
 * @throws as `fanInUniform`.
 */
export function spectralUniform<D extends FloatDType = "float32">(
  key: Key,
  shape: Shape,
  options: RandomOptions<D>,
): Tensor<D> {
  fansOf("spectralUniform", shape);
  const scale = 1 / Math.max(1, shape[0] * shape[1]);
  using draws = uniform(key, shape, options);
  return multiply(draws, scale);
}

/** Uniform in (−bound, bound). */
export function symmetric<D extends FloatDType = "float32">(
  key: Key,
  shape: Shape,
  bound: number,
  options: RandomOptions<D>,
): Tensor<D> {
  using draws = uniform(key, shape, options);
  using centred = subtract(draws, 0.5);
  return multiply(centred, 2 * bound);
}

function scaledNormal<D extends FloatDType>(
  key: Key,
  shape: Shape,
  deviation: number,
  options: RandomOptions<D>,
): Tensor<D> {
  using draws = normal(key, shape, options);
  return multiply(draws, deviation);
}

function xavierDeviation(operation: string, shape: Shape, gain = 1): number {
  checkGain(operation, gain);
  const { fanIn, fanOut } = fansOf(operation, shape);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

function kaimingDeviation(operation: string, shape: Shape, options: KaimingOptions): number {
  const { gain = Math.SQRT2, fan = "in" } = options;
  checkGain(operation, gain);
  if (fan !== "in" && fan !== "out") throw new InvalidInputError(`${operation}: options.fan`, '"in" or "out"', fan);
  const { fanIn, fanOut } = fansOf(operation, shape);
  return gain / Math.sqrt(fan === "in" ? fanIn : fanOut);
}

function checkGain(operation: string, gain: number): void {
  if (!(gain > 0 && gain < Number.POSITIVE_INFINITY))
    throw new InvalidInputError(`${operation}: options.gain`, "a number > 0", gain);
}

/** Fans are at least 1, so that a tensor without elements has a finite scale too. */
function fansOf(operation: string, shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  checkShape(shape, `${operation}: shape`);
  if (shape.length < 2) throw new InvalidInputError(`${operation}: shape`, "[outputs, inputs, ...window]", shape);
  const [outputs, inputs, ...window] = shape;
  return { fanIn: Math.max(1, inputs * sizeOf(window)), fanOut: Math.max(1, outputs * sizeOf(window)) };
}
