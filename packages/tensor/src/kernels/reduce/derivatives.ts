import type { Derivatives } from "../../differentiation/primitive.ts";
import { broadcastTo } from "../../movement/axes.ts";
import { normalizeAxes, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { cast } from "../cast/index.ts";
import { divide, multiply, subtract } from "../map/binary.ts";
import { equal } from "../map/comparison.ts";
import { exp } from "../map/unary.ts";
import { exclusiveProducts } from "./exclusive-products.ts";
import { sum } from "./index.ts";
import type { ReduceOptions } from "./reductions.ts";

/** The rules of each reduction. Where several elements are the largest, they share its derivative equally. */
export function reduceDerivatives({ operation }: ReduceOptions): Derivatives<ReduceOptions> | string {
  switch (operation) {
    case "sum":
      return {
        structure: "linear",
        reverse: ([cotangent], { inputs: [x], options }) => [spread(cotangent!, x, options)],
      };
    case "mean":
      return {
        structure: "linear",
        reverse: ([cotangent], { inputs: [x], outputs: [y], options }) => [
          multiply(spread(cotangent!, x, options), y.size / x.size),
        ],
      };
    case "max":
    case "min":
      return weighted((x, y, options) => {
        const ties = cast(equal(x, spread(y, x, options)), x.dtype);
        return divide(ties, sum(ties, { ...options, keepDimensions: true }));
      });
    case "logSumExp":
      return weighted((x, y, options) => exp(subtract(x, spread(y, x, options))));
    case "prod":
      return weighted((x, _, { axes }) => exclusiveProducts(x, normalizeAxes("prod", x.rank, axes)));
  }
}

/** Reductions whose derivative in each element is a weight: reverse spreads, forward sums. */
function weighted(weights: (x: Tensor, y: Tensor, options: ReduceOptions) => Tensor): Derivatives<ReduceOptions> {
  return {
    structure: "nonlinear",
    reverse: ([cotangent], { inputs: [x], outputs: [y], options }) => [
      multiply(spread(cotangent!, x, options), weights(x, y, options)),
    ],
    forward: ([tangent], { inputs: [x], outputs: [y], options }) => [
      sum(multiply(tangent!, weights(x, y, options)), options),
    ],
  };
}

/** A reduction's result, or its cotangent, repeated over the axes that were reduced. */
function spread(y: Tensor, x: Tensor, { axes }: ReduceOptions): Tensor {
  const reduced = normalizeAxes("reduce", x.rank, axes);
  const kept = x.shape.map((extent, axis) => (reduced.includes(axis) ? 1 : extent));
  return sizeOf(kept) === sizeOf(x.shape) ? y.reshape(x.shape) : broadcastTo(y.reshape(kept), x.shape);
}
