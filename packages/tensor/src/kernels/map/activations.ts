import type { DType } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { mapOperands } from "./operands.ts";
import { unary } from "./unary.ts";

// Each takes a tensor of any shape and returns one of the same shape; `sigmoid` and `tanh` are in unary.ts. Accuracy on cpu: assembly/README.md; on webgpu float32
// within 5 ulp. Results that shrink like eˣ keep their relative accuracy; −∞ gives the limit there.

export interface EluOptions {
  /** −α is the limit for −∞, and α the slope on the left of 0. Default: 1 (Clevert et al., "Fast and Accurate Deep Network Learning by Exponential Linear Units"). */
  readonly alpha?: number | Tensor;
}

/**
 * Exponential linear unit: x where it is positive, α (eˣ − 1) elsewhere. Its derivative at 0 is α.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64, and that of α if it is a tensor, whose shape must broadcast.
 */
export function elu<D extends DType>(x: Tensor<D>, { alpha = 1 }: EluOptions = {}): Tensor<D> {
  return mapOperands("elu", [x, alpha]) as Tensor<D>;
}

export interface GeluOptions {
  /**
   * `"none"`: x Φ(x) with the normal distribution function Φ. `"tanh"`: x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2, which some networks were trained with.
   * Default: `"none"`.
   */
  readonly approximate?: "none" | "tanh";
}

/**
 * Gaussian error linear unit. Source: Hendrycks and Gimpel, "Gaussian Error Linear Units (GELUs)", section 2.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64; for an approximation that does not exist.
 */
export function gelu<D extends DType>(x: Tensor<D>, { approximate = "none" }: GeluOptions = {}): Tensor<D> {
  if (approximate !== "none" && approximate !== "tanh")
    throw new InvalidInputError("gelu: approximate", '"none" or "tanh"', approximate);
  return unary(approximate === "none" ? "gelu" : "geluTanh", x) as Tensor<D>;
}

export interface LeakyReluOptions {
  /** Slope on the left of 0. Default: 0.01 (Maas et al., "Rectifier Nonlinearities Improve Neural Network Acoustic Models"). A tensor makes it a parametric unit. */
  readonly slope?: number | Tensor;
}

/**
 * Leaky rectifier: x where it is positive, slope · x elsewhere. Its derivative at 0 is the slope.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64, and that of the slope if it is a tensor, whose shape must broadcast.
 */
export function leakyRelu<D extends DType>(x: Tensor<D>, { slope = 0.01 }: LeakyReluOptions = {}): Tensor<D> {
  return mapOperands("leakyRelu", [x, slope]) as Tensor<D>;
}

/**
 * Rectifier max(x, 0). Its derivative at 0 is 0.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function relu<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("relu", x) as Tensor<D>;
}

/**
 * Sigmoid linear unit x / (1 + e⁻ˣ), also called swish.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function silu<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("silu", x) as Tensor<D>;
}

/**
 * ln(1 + eˣ), without overflow.
 *
 * @throws InvalidInputError unless the dtype is float32 or float64.
 */
export function softplus<D extends DType>(x: Tensor<D>): Tensor<D> {
  return unary("softplus", x) as Tensor<D>;
}
