import { sumTo } from "../../differentiation/broadcasting.ts";
import type { Derivatives, MaybeTensors, RuleContext } from "../../differentiation/primitive.ts";
import { broadcastTo } from "../../movement/axes.ts";
import type { Tensor } from "../../tensor.ts";
import { cast } from "../cast/index.ts";
import type { MapOptions } from "./arguments.ts";
import { add, divide, multiply, power, subtract } from "./binary.ts";
import { equal, greater, less } from "./comparison.ts";
import {
  clampDerivatives,
  FUNCTION_PAIR_SLOPES,
  FUNCTION_SLOPES,
  FUNCTION_SLOPES_WITH_NUMBER,
} from "./function-derivatives.ts";
import type { MapOperation } from "./operations.ts";
import { cos, log, neg, reciprocal, sign, sin, square } from "./unary.ts";
import { where } from "./where.ts";

/** f′ in operations of input and output; null where it is zero wherever it exists. */
type Slope = (x: Tensor, y: Tensor) => Tensor | number | null;

const UNARY: Readonly<Partial<Record<MapOperation, Slope>>> = {
  abs: (x) => sign(x),
  sign: () => null,
  floor: () => null,
  ceil: () => null,
  round: () => null,
  square: (x) => multiply(x, 2),
  sqrt: (_, y) => divide(0.5, y),
  rsqrt: (x, y) => multiply(divide(y, x), -0.5),
  reciprocal: (_, y) => neg(square(y)),
  exp: (_, y) => y,
  expm1: (_, y) => add(y, 1),
  log: (x) => reciprocal(x),
  log1p: (x) => reciprocal(add(x, 1)),
  sin: (x) => cos(x),
  cos: (x) => neg(sin(x)),
  tanh: (_, y) => subtract(1, square(y)),
  sigmoid: (_, y) => multiply(y, subtract(1, y)),
};

/** f′ of a binary operation whose other argument is the number c: with the number second, and with the number first. */
const WITH_NUMBER: Readonly<
  Partial<Record<MapOperation, readonly [second: (c: number) => Slope, first: (c: number) => Slope]>>
> = {
  add: [() => () => 1, () => () => 1],
  subtract: [() => () => 1, () => () => -1],
  multiply: [(c) => () => c, (c) => () => c],
  divide: [(c) => () => 1 / c, () => (x, y) => neg(divide(y, x))],
  power: [(c) => (x) => (c === 0 ? null : multiply(power(x, c - 1), c)), (c) => (_, y) => multiply(y, Math.log(c))],
  minimum: [(c) => (x) => chosen(less(x, c), equal(x, c), x), (c) => (x) => chosen(less(x, c), equal(x, c), x)],
  maximum: [(c) => (x) => chosen(greater(x, c), equal(x, c), x), (c) => (x) => chosen(greater(x, c), equal(x, c), x)],
};

/** The rules of each operation. */
export function mapDerivatives({ operation, constants = [] }: MapOptions): Derivatives<MapOptions> | string {
  if (operation === "neg") return { structure: "linear", reverse: ([cotangent]) => [neg(cotangent!)] };
  const unary = UNARY[operation] ?? FUNCTION_SLOPES[operation];
  if (unary) return { structure: "elementwise", derivative: unary };
  if (operation === "where") return whereRules(({ constants: given = [] }) => given);
  if (operation === "clamp") return clampDerivatives(constants);
  const withNumber = WITH_NUMBER[operation] ?? FUNCTION_SLOPES_WITH_NUMBER[operation];
  if (!withNumber) return "its result is true or false";
  const [first, second] = constants;
  if (second !== undefined) return { structure: "elementwise", derivative: withNumber[0](second) };
  if (first !== undefined) return { structure: "elementwise", derivative: withNumber[1](first) };
  const slopes = FUNCTION_PAIR_SLOPES[operation];
  if (slopes) return pairwise(...slopes);
  return operation === "add" || operation === "subtract" ? SUM[operation] : PAIRWISE[operation]!;
}

const SUM: Readonly<Record<"add" | "subtract", Derivatives<MapOptions>>> = { add: sumRules(1), subtract: sumRules(-1) };

/** a + sign · b. */
export function sumRules<Options>(sign: 1 | -1): Derivatives<Options> {
  const signed = (b: Tensor) => (sign === 1 ? b : neg(b));
  return {
    structure: "linear",
    reverse: ([cotangent], { inputs: [a, b], needed }) => [
      needed[0] ? sumTo(cotangent!, a.shape) : null,
      needed[1] ? signed(sumTo(cotangent!, b.shape)) : null,
    ],
    forward: ([da, db], { outputs: [{ shape }] }) => {
      if (da && db) return [broadcastTo(sign === 1 ? add(da, db) : subtract(da, db), shape)];
      return [da ? broadcastTo(da, shape) : db && broadcastTo(signed(db), shape)];
    },
  };
}

const PAIRWISE: Readonly<Partial<Record<MapOperation, Derivatives<MapOptions>>>> = {
  multiply: {
    structure: "bilinear",
    reverse: ([cotangent], { inputs: [a, b], needed }) => [
      needed[0] ? sumTo(multiply(cotangent!, b), a.shape) : null,
      needed[1] ? sumTo(multiply(cotangent!, a), b.shape) : null,
    ],
  },
  divide: {
    ...pairwise(
      (_, b) => reciprocal(b),
      (_, b, y) => neg(divide(y, b)),
    ),
    taylor: quotientCoefficients,
  },
  power: pairwise(
    (a, b) => multiply(b, power(a, subtract(b, 1))),
    // 0ᵇ is 0 for all b > 0, so its slope in b is 0 where log 0 would make it NaN.
    (a, _, y) => where(equal(a, 0), multiply(y, 0), multiply(y, log(a))),
  ),
  minimum: pairwise(
    (a, b) => chosen(less(a, b), equal(a, b), a),
    (a, b) => chosen(less(b, a), equal(a, b), b),
  ),
  maximum: pairwise(
    (a, b) => chosen(greater(a, b), equal(a, b), a),
    (a, b) => chosen(greater(b, a), equal(a, b), b),
  ),
};

type PairSlope = (a: Tensor, b: Tensor, y: Tensor) => Tensor;

function pairwise(slopeInA: PairSlope, slopeInB: PairSlope): Derivatives<MapOptions> & { structure: "nonlinear" } {
  return {
    structure: "nonlinear",
    reverse: ([cotangent], { inputs: [a, b], outputs: [y], needed }) => [
      needed[0] ? sumTo(multiply(cotangent!, slopeInA(a, b, y)), a.shape) : null,
      needed[1] ? sumTo(multiply(cotangent!, slopeInB(a, b, y)), b.shape) : null,
    ],
    forward: ([da, db], { inputs: [a, b], outputs: [y] }) => {
      const inA = da && multiply(da, slopeInA(a, b, y));
      const inB = db && multiply(db, slopeInB(a, b, y));
      return [inA && inB ? add(inA, inB) : (inA ?? inB)];
    },
  };
}

/** 1 where an argument was taken, ½ where both are equal, 0 elsewhere. */
function chosen(taken: Tensor, tie: Tensor, like: Tensor): Tensor {
  return add(cast(taken, like.dtype), multiply(cast(tie, like.dtype), 0.5));
}

/** From q·b = a: q_k = (a_k − Σ_(i<k) q_i b_(k−i)) / b_0. */
export function quotientCoefficients<Options>(
  [a, b]: readonly MaybeTensors[],
  order: number,
  { outputs: [quotient] }: RuleContext<Options>,
): readonly MaybeTensors[] {
  const q: (Tensor | null)[] = [quotient];
  for (let k = 1; k <= order; k++) {
    const own = a[k];
    let rest = own && broadcastTo(own, quotient.shape);
    for (let i = 0; i < k; i++) {
      const left = q[i];
      const right = b[k - i];
      if (!left || !right) continue;
      const term = multiply(left, right);
      rest = rest ? subtract(rest, term) : neg(term);
    }
    q.push(rest && divide(rest, b[0]!));
  }
  return [q.slice(1)];
}

/** condition ? a : b, of which some may be numbers. */
export function whereRules<Options>(
  constantsOf: (options: Options) => readonly (number | undefined)[],
): Derivatives<Options> {
  return {
    structure: "linear",
    reverse: ([cotangent], { inputs, options, needed }) => {
      const constants = constantsOf(options);
      const condition = inputs[0] as Tensor<"bool">;
      const chosenOf = (position: 1 | 2) =>
        position === 1 ? where(condition, cotangent!, 0) : where(condition, 0, cotangent!);
      let input = 0;
      const results: (Tensor | null)[] = [null];
      for (const position of [1, 2] as const) {
        if (constants[position] !== undefined) continue;
        input++;
        results.push(needed[input] ? sumTo(chosenOf(position), inputs[input].shape) : null);
      }
      return results;
    },
    forward: (tangents, { inputs, outputs: [{ shape }], options }) => {
      const constants = constantsOf(options);
      const condition = inputs[0] as Tensor<"bool">;
      // Numbers are constants: their tangent is 0, whatever they are.
      const a = constants[1] === undefined ? (tangents[1] ?? 0) : 0;
      const b = constants[2] === undefined ? (tangents[constants[1] === undefined ? 2 : 1] ?? 0) : 0;
      return [typeof a === "number" && typeof b === "number" ? null : broadcastTo(where(condition, a, b), shape)];
    },
  };
}
