import { sumTo } from "../../differentiation/broadcasting.ts";
import type { Derivatives } from "../../differentiation/primitive.ts";
import { UnsupportedError } from "../../errors.ts";
import { broadcastTo } from "../../movement/axes.ts";
import type { Tensor } from "../../tensor.ts";
import { add, divide, multiply, subtract } from "../map/binary.ts";
import { abs } from "../map/unary.ts";
import type { BesselFunction, LogBesselOptions } from "./options.ts";

/** A function of this kernel, without its checks. */
export type Run = (name: BesselFunction, order: Tensor | number, x: Tensor, guards: boolean | undefined) => Tensor;

/** DLMF 10.29.2: F_v′ = ±F_(v+1) + (v/x) F_v, with the sign of I; and what follows for the ratios. */
export function logBesselDerivatives({ order }: LogBesselOptions, run: Run): Derivatives<LogBesselOptions> {
  if (order !== undefined)
    return {
      structure: "elementwise",
      derivative: (x, y, options) => slope(run, options, order, x, y),
    };
  return {
    structure: "nonlinear",
    reverse: ([cotangent], { inputs: [orders, x], outputs: [y], options, needed }) => {
      if (needed[0]) throw orderError(options);
      return [null, needed[1] ? sumTo(multiply(cotangent!, slope(run, options, orders, x, y)), x.shape) : null];
    },
    forward: ([dOrder, dx], { inputs: [orders, x], outputs: [y], options }) => {
      if (dOrder) throw orderError(options);
      return [dx && broadcastTo(multiply(dx, slope(run, options, orders, x, y)), y.shape)];
    },
  };
}

function orderError({ function: name }: LogBesselOptions): UnsupportedError {
  const reason =
    "derivatives in the order have no closed form in Bessel functions; give it as a number, or as a tensor from outside of the function that is differentiated";
  return new UnsupportedError("every device", `differentiating log-bessel (${name}) in its order`, reason);
}

function slope(run: Run, { function: name, guards }: LogBesselOptions, order: Tensor | number, x: Tensor, y: Tensor) {
  if (name === "logI" || name === "logK") {
    const size = typeof order === "number" ? Math.abs(order) : abs(order);
    const ratio = run(name === "logI" ? "ratioI" : "ratioK", size, x, guards);
    // 0/0 at x = 0 would be NaN.
    if (size === 0) return name === "logI" ? ratio : multiply(ratio, -1);
    const first = divide(size, x);
    return name === "logI" ? add(first, ratio) : subtract(first, ratio);
  }
  const twice = typeof order === "number" ? 2 * order + 1 : add(multiply(order, 2), 1);
  const rest = divide(multiply(y, twice), x);
  const square = multiply(y, y);
  return name === "ratioI" ? subtract(subtract(1, square), rest) : subtract(subtract(square, rest), 1);
}
