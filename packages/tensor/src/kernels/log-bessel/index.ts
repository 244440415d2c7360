import { alignedExamples } from "../../differentiation/examples.ts";
import { bytesPerElement, type DType, isFloat } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type ReferenceArray, referenceArray, type TensorSpec } from "../../kernel.ts";
import { broadcastShapes, sizeOf } from "../../shape.ts";
import { Tensor } from "../../tensor.ts";
import { broadcastAxes } from "../map/broadcast.ts";
import { logBesselCases, randomLogBesselCase } from "./cases.ts";
import { logBesselCpu } from "./cpu.ts";
import { logBesselDerivatives } from "./derivatives.ts";
import { BESSEL_FUNCTIONS, type BesselFunction, type LogBesselOptions } from "./options.ts";
import { hostBessel } from "./reference.ts";
import { logBesselWebGpu } from "./webgpu.ts";

export type { BesselFunction, LogBesselOptions } from "./options.ts";

/** Logarithms and ratios of modified Bessel functions, see `logBesselI`, `logBesselK`, `besselRatioI`, `besselRatioK`. */
export const logBesselKernel = defineKernel<LogBesselOptions>({
  name: "log-bessel",
  summary: "Logarithms of modified Bessel functions of real order, and ratios of neighbouring orders.",
  infer,
  cost(inputs, options) {
    const [{ shape, dtype }] = infer(inputs, options);
    const count = inputs.reduce((total, input) => total + sizeOf(input.shape), sizeOf(shape));
    // Between μ_3's 20 and U_13's 240; on a square of orders and arguments up to 300, most take U_4 or U_6.
    return { flops: 60 * sizeOf(shape), bytes: count * bytesPerElement(dtype) };
  },
  reference,
  cpu: logBesselCpu,
  webgpu: logBesselWebGpu,
  tensorflow: "its operations are float32: the sums of logarithms would lose the digits that this kernel is for",
  batch: (context) => context.run(alignedExamples(context), context.options),
  derivatives: (options) => logBesselDerivatives(options, run),
  cases: logBesselCases,
  randomCase: randomLogBesselCase,
  // Twice the error that accuracy.test.ts finds for kernel and reference; float32 is rounded from float64 on cpu.
  tolerance: (dtype) =>
    dtype === "float32" ? { relative: 5e-7, absolute: 5e-7 } : { relative: 2e-14, absolute: 2e-14 },
});

/**
 * Logarithm of the modified Bessel function of the first kind, log I_v(x), without overflow or underflow at any order and argument.
 *
 * float64 on cpu is within 10⁻¹⁴ · max(1, |result|), also where the result is the small difference of large numbers (near x = 0.66 v for large v). float32 is computed in float64 on cpu, and within
 * 5·10⁻⁷ · max(1, |result|) on webgpu. Differentiable in x to any order; derivatives exist for x > 0.
 *
 * Of two numbers it is a number, computed in float64.
 *
 * @param order v ≥ 0, or a negative integer (I is even there); broadcast against `x`.
 * @param x ≥ 0; float32 or float64, the dtype of the result.
 * @returns −∞ for x = 0 and v ≠ 0; NaN outside of the domain.
 * @throws InvalidInputError on other dtypes, shapes that do not broadcast, numbers outside of the domain; UnsupportedError when differentiated in the order.
 * Source: "Accurate Computation of the Logarithm of Modified Bessel Functions on GPUs", algorithm 1, with guards (see `expressionOf`).
 */
export function logBesselI(order: number, x: number): number;
export function logBesselI<D extends DType>(order: Tensor<D> | number, x: Tensor<D>): Tensor<D>;
export function logBesselI(order: Tensor | number, x: Tensor | number): Tensor | number {
  return called("logBesselI", "logI", order, x);
}

/**
 * Logarithm of the modified Bessel function of the second kind, log K_v(x), without overflow or underflow at any order and argument; accuracy and derivatives as of `logBesselI`.
 *
 * @param order v of any sign: K is even in it; broadcast against `x`.
 * @param x ≥ 0; float32 or float64, the dtype of the result.
 * @returns +∞ for x = 0; NaN for negative x.
 * @throws InvalidInputError on other dtypes, shapes that do not broadcast, numbers outside of the domain; UnsupportedError when differentiated in the order.
 * Source: "Accurate Computation of the Logarithm of Modified Bessel Functions on GPUs", algorithm 1; below orders and arguments of its expansions by the trapezoid rule on
 * K_v(x) = ∫ exp(−x cosh t) cosh(v t) dt, which is exact to the last digits where the paper's quadrature loses half of them.
 */
export function logBesselK(order: number, x: number): number;
export function logBesselK<D extends DType>(order: Tensor<D> | number, x: Tensor<D>): Tensor<D>;
export function logBesselK(order: Tensor | number, x: Tensor | number): Tensor | number {
  return called("logBesselK", "logK", order, x);
}

/**
 * I_(v+1)(x) / I_v(x), between 0 and 1, within a few ulp: the slope of log I_v less v/x, and the mean resultant length of a von Mises–Fisher distribution. From the slopes of the
 * expansions of `logBesselI`, not from a difference of logarithms, which would lose the digits of the logarithms.
 *
 * @param order v ≥ 0; broadcast against `x`.
 * @param x ≥ 0; float32 or float64, the dtype of the result.
 * @returns NaN outside of the domain.
 * @throws InvalidInputError on other dtypes, shapes that do not broadcast, numbers outside of the domain; UnsupportedError when differentiated in the order.
 */
export function besselRatioI(order: number, x: number): number;
export function besselRatioI<D extends DType>(order: Tensor<D> | number, x: Tensor<D>): Tensor<D>;
export function besselRatioI(order: Tensor | number, x: Tensor | number): Tensor | number {
  return called("besselRatioI", "ratioI", order, x);
}

/**
 * K_(v+1)(x) / K_v(x), above 1, within a few ulp: v/x less the slope of log K_v.
 *
 * @param order v ≥ 0; broadcast against `x`.
 * @param x ≥ 0; float32 or float64, the dtype of the result.
 * @returns +∞ for x = 0; NaN outside of the domain.
 * @throws InvalidInputError on other dtypes, shapes that do not broadcast, numbers outside of the domain; UnsupportedError when differentiated in the order.
 */
export function besselRatioK(order: number, x: number): number;
export function besselRatioK<D extends DType>(order: Tensor<D> | number, x: Tensor<D>): Tensor<D>;
export function besselRatioK(order: Tensor | number, x: Tensor | number): Tensor | number {
  return called("besselRatioK", "ratioK", order, x);
}

function called(operation: string, name: BesselFunction, order: Tensor | number, x: Tensor | number): Tensor | number {
  if (typeof x !== "number") {
    if (!(x instanceof Tensor)) throw new InvalidInputError(`${operation}: x`, "a tensor, or two numbers", x);
    return run(name, order, x, undefined);
  }
  if (typeof order !== "number")
    throw new InvalidInputError(`${operation}: x`, "a tensor, to go with a tensor of orders", x);
  if (!(x >= 0)) throw new InvalidInputError(`${operation}: x`, "a number ≥ 0", x);
  const value = hostBessel(name, order, x);
  // Two infinities have no value either, but are no mistake.
  if (Number.isNaN(value) && !(order === x)) {
    const domain = {
      logI: "a number ≥ 0, or an integer",
      logK: "a number",
      ratioI: "a number ≥ 0",
      ratioK: "a number ≥ 0",
    };
    throw new InvalidInputError(`${operation}: order`, domain[name], order);
  }
  return value;
}

function run(name: BesselFunction, order: Tensor | number, x: Tensor, guards: boolean | undefined): Tensor {
  if (typeof order === "number") return logBesselKernel.run([x], { function: name, order, guards })[0];
  return logBesselKernel.run([order, x], { function: name, guards })[0];
}

function infer(inputs: readonly TensorSpec[], { function: name, order }: LogBesselOptions): readonly TensorSpec[] {
  if (!BESSEL_FUNCTIONS.includes(name))
    throw new InvalidInputError("log-bessel: function", `one of ${BESSEL_FUNCTIONS.join(", ")}`, name);
  const count = order === undefined ? 2 : 1;
  if (inputs.length !== count) throw new InvalidInputError("log-bessel: inputs", `${count} tensors`, inputs.length);
  const { dtype } = inputs[count - 1];
  if (!isFloat(dtype)) throw new InvalidInputError("log-bessel: x", "a tensor of float32 or float64", dtype);
  if (inputs[0].dtype !== dtype)
    throw new InvalidInputError(
      "log-bessel: order",
      `a tensor of ${dtype}, the dtype of x (use cast)`,
      inputs[0].dtype,
    );
  return [
    {
      shape: broadcastShapes(
        "log-bessel",
        inputs.map(({ shape }) => shape),
      ),
      dtype,
    },
  ];
}

function reference(inputs: readonly ReferenceArray[], options: LogBesselOptions): readonly ReferenceArray[] {
  const [{ shape, dtype }] = infer(inputs, options);
  const x = inputs[inputs.length - 1];
  const orders = options.order === undefined ? inputs[0] : referenceArray(dtype, [], [options.order]);
  const { extents, strides } = broadcastAxes(shape, [orders.shape, x.shape]);
  const values = Array.from({ length: sizeOf(shape) }, (_, position) => {
    let rest = position;
    const at = [0, 0];
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      const index = rest % extents[axis];
      rest = Math.floor(rest / extents[axis]);
      for (const argument of [0, 1]) at[argument] += index * strides[argument][axis];
    }
    return hostBessel(options.function, orders.data[at[0]], x.data[at[1]], options.guards);
  });
  return [referenceArray(dtype, shape, values)];
}
