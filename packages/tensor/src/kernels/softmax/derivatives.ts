import type { Derivatives, MaybeTensors, RuleContext } from "../../differentiation/primitive.ts";
import { broadcastTo } from "../../movement/axes.ts";
import type { Tensor } from "../../tensor.ts";
import { add, multiply, subtract } from "../map/binary.ts";
import { exp, neg } from "../map/unary.ts";
import { sum } from "../reduce/index.ts";
import type { SoftmaxKernelOptions } from "./options.ts";

type Context = RuleContext<SoftmaxKernelOptions>;

/** The rules of softmax and of its logarithm, in terms of the output. Taylor mode costs order², by the recurrences of their differential equations. */
export function softmaxDerivatives({ logarithm }: SoftmaxKernelOptions): Derivatives<SoftmaxKernelOptions> {
  return logarithm
    ? {
        structure: "nonlinear",
        reverse: ([cotangent], { outputs: [y], options }) => [
          subtract(cotangent!, multiply(exp(y), along(cotangent!, options))),
        ],
        forward: ([tangent], { outputs: [y], options }) => [
          subtract(tangent!, along(multiply(exp(y), tangent!), options)),
        ],
        taylor: ([x], order, context) => [logarithmCoefficients(x, order, context)],
      }
    : {
        structure: "nonlinear",
        reverse: ([cotangent], context) => [centred(cotangent!, context)],
        forward: ([tangent], context) => [centred(tangent!, context)],
        taylor: ([x], order, context) => [softmaxCoefficients(x, order, context)],
      };
}

/** y · (v − Σ y v): the Jacobian of softmax, which is symmetric. */
function centred(v: Tensor, { outputs: [y], options }: Context): Tensor {
  return multiply(y, subtract(v, along(multiply(y, v), options)));
}

/** Σ along the axis, which stays. */
function along(x: Tensor, { axis }: SoftmaxKernelOptions): Tensor {
  return sum(x, { axes: axis, keepDimensions: true });
}

/** From y′ = y · (x′ − s) with s = Σ y x′: k y_k = Σ_(i<k) y_i v_(k−1−i), where v_j = x′_j − s_j. */
function softmaxCoefficients(x: MaybeTensors, order: number, { outputs: [output], options }: Context): MaybeTensors {
  const slopes = slopesOf(x, order);
  const y: (Tensor | null)[] = [output];
  const v: (Tensor | null)[] = [];
  for (let k = 1; k <= order; k++) {
    const s = product(y, slopes, k - 1);
    const slope = slopes[k - 1];
    v.push(s ? difference(slope, along(s, options), output) : slope);
    y.push(over(product(y, v, k - 1), k));
  }
  return y.slice(1);
}

/** From y′ = x′ − Σ p x′ and p′ = p y′, p = exp(y) being softmax. */
function logarithmCoefficients(x: MaybeTensors, order: number, { outputs: [output], options }: Context): MaybeTensors {
  const slopes = slopesOf(x, order);
  const p: (Tensor | null)[] = [exp(output)];
  const ySlopes: (Tensor | null)[] = [];
  for (let k = 1; k <= order; k++) {
    const s = product(p, slopes, k - 1);
    const slope = slopes[k - 1];
    ySlopes.push(s ? difference(slope, along(s, options), output) : slope);
    if (k < order) p.push(over(product(p, ySlopes, k - 1), k));
  }
  return ySlopes.map((slope, index) => over(slope, index + 1));
}

/** Coefficients of x′: (k + 1) x_(k+1). */
function slopesOf(x: MaybeTensors, order: number): MaybeTensors {
  return x.slice(1, order + 1).map((each, index) => each && (index === 0 ? each : multiply(each, index + 1)));
}

/** Coefficient k of the product of two series; null is zero. */
function product(a: MaybeTensors, b: MaybeTensors, k: number): Tensor | null {
  let total: Tensor | null = null;
  for (let i = 0; i <= k; i++) {
    const left = a[i];
    const right = b[k - i];
    if (!left || !right) continue;
    const term = multiply(left, right);
    total = total ? add(total, term) : term;
  }
  return total;
}

/** a − b, which has an extent of 1 where a has that of the axis. */
function difference(a: Tensor | null, b: Tensor, { shape }: Tensor): Tensor {
  return a ? subtract(a, b) : broadcastTo(neg(b), shape);
}

function over(x: Tensor | null, k: number): Tensor | null {
  return x && k > 1 ? multiply(x, 1 / k) : x;
}
