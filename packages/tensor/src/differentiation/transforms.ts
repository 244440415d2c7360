import { isDifferentiable, isFloat } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { multiply } from "../kernels/map/binary.ts";
import type { Tensor } from "../tensor.ts";
import { ForwardTrace } from "./forward.ts";
import { apply, below, type Primitive, type Trace } from "./primitive.ts";
import { Tape } from "./reverse.ts";
import { TaylorTrace } from "./taylor.ts";
import { checkAlike, leavesOf, rebuild, type TensorTree } from "./tree.ts";

/** A function of a tree of tensors and anything else; synchronous. */
export type Differentiable<X extends TensorTree, Rest extends readonly unknown[], Y> = (x: X, ...rest: Rest) => Y;

/**
 * The gradient of a scalar function in its first argument: a tree of the same form. Values it makes on the way are freed.
 * In a complex variable z it is ∂f/∂Re z + i ∂f/∂Im z, the direction in which the real function f grows fastest.
 *
 * @throws InvalidInputError when the result is not a float scalar, or the first argument holds integers; UnsupportedError where an operation has no derivative.
 */
export function grad<X extends TensorTree, Rest extends readonly unknown[]>(
  f: Differentiable<X, Rest, Tensor>,
): (x: X, ...rest: Rest) => X {
  const both = valueAndGrad(f);
  return (x, ...rest) => {
    const { value, gradient } = both(x, ...rest);
    value.dispose();
    return gradient;
  };
}

/** Value and gradient of a scalar function in one pass, see `grad`. */
export function valueAndGrad<X extends TensorTree, Rest extends readonly unknown[]>(
  f: Differentiable<X, Rest, Tensor>,
): (x: X, ...rest: Rest) => { value: Tensor; gradient: X } {
  return (x, ...rest) => {
    const leaves = floatLeaves("grad", x);
    return leaves[0].device.scope(() => {
      using tape = new Tape();
      const variables = leaves.map((leaf) => tape.variable(leaf));
      const value = f(rebuild(x, variables), ...rest);
      if (value.size !== 1 || !isFloat(value.dtype))
        throw new InvalidInputError(
          "grad: the function's result",
          "a float tensor of one element",
          `${value.dtype} [${value.shape}]`,
        );
      const one = value.device.full(value.shape, 1, value.dtype);
      const gradients = tape.pullback([value], [one], variables);
      const result = gradients.map((gradient, index) => gradient ?? zerosLike(leaves[index]));
      return { value: lower(tape, value), gradient: rebuild(x, result) };
    });
  };
}

/** Value of a function and its pullback: cotangents of the result to cotangents of the argument. Dispose it when done: it holds what the walk back needs. */
export interface Pullback<X extends TensorTree, Y extends TensorTree> extends Disposable {
  readonly value: Y;
  /** Can be called any number of times. */
  pullback(cotangent: Y): X;
}

/** Reverse mode for a function with any tree as its result. @throws as `grad`. */
export function vjp<X extends TensorTree, Y extends TensorTree>(f: (x: X) => Y, x: X): Pullback<X, Y> {
  const leaves = floatLeaves("vjp", x);
  const { device } = leaves[0];
  const tape = new Tape();
  const variables = leaves.map((leaf) => tape.variable(leaf));
  for (const variable of variables) device.releaseFromScopes(variable);
  try {
    const { traced, value } = device.scope(() => {
      const result = f(rebuild(x, variables));
      const outputs = leavesOf(result);
      return {
        // Handles of our own: the function may return a tensor that is its caller's.
        traced: outputs.map((output) => output.alias()),
        value: rebuild(
          result,
          outputs.map((output) => lower(tape, output)),
        ),
      };
    });
    for (const output of traced) device.releaseFromScopes(output);
    return {
      value,
      pullback: (cotangent) => {
        const given = leavesOf(cotangent);
        checkAlike("pullback: cotangent", given, traced);
        return device.scope(() => {
          const results = tape.pullback(traced, given, variables);
          return rebuild(
            x,
            results.map((result, index) => result ?? zerosLike(leaves[index])),
          );
        });
      },
      [Symbol.dispose]: () => {
        for (const tensor of [...variables, ...traced]) tensor.dispose();
        tape[Symbol.dispose]();
      },
    };
  } catch (error) {
    for (const variable of variables) variable.dispose();
    tape[Symbol.dispose]();
    throw error;
  }
}

/** Value of a function and its derivative along `tangent` (a tree like `x`), in one forward pass. @throws as `grad`. */
export function jvp<X extends TensorTree, Y extends TensorTree>(
  f: (x: X) => Y,
  x: X,
  tangent: X,
): { value: Y; tangent: Y } {
  const leaves = floatLeaves("jvp", x);
  const tangents = leavesOf(tangent);
  checkAlike("jvp: tangent", tangents, leaves);
  return leaves[0].device.scope(() => {
    using trace = new ForwardTrace();
    const result = f(
      rebuild(
        x,
        leaves.map((leaf, index) => trace.dual(leaf, tangents[index])),
      ),
    );
    const outputs = leavesOf(result);
    return {
      value: rebuild(
        result,
        outputs.map((output) => lower(trace, output)),
      ),
      tangent: rebuild(
        result,
        outputs.map((output) => trace.tangentOf(output)?.alias() ?? zerosLike(output)),
      ),
    };
  });
}

/**
 * Value and the first k derivatives along a direction, in one pass (Taylor mode): d^j/dt^j f(x(t)) at t = 0 for the path
 * x(t) = x + t·series[0] + t²/2!·series[1] + …, j = 0 … k, where k = `series.length`. For plain directional derivatives pass the direction and then nulls.
 *
 * What physics-informed losses need: u, u′, u″ cost k² instead of the 2^k of nested passes, and the result can be differentiated in parameters.
 *
 * @param series derivatives of the path; null is zero.
 * @returns the value and its k derivatives, trees like the result of `f`.
 * @throws as `grad`; InvalidInputError when `series` is empty.
 */
export function jet<X extends TensorTree, Y extends TensorTree>(
  f: (x: X) => Y,
  x: X,
  series: readonly (X | null)[],
): Y[] {
  const leaves = floatLeaves("jet", x);
  const order = series.length;
  if (order === 0) throw new InvalidInputError("jet: series", "at least one direction", series);
  const derivatives = series.map((each) => each && leavesOf(each));
  for (const each of derivatives) if (each) checkAlike("jet: series", each, leaves);
  return leaves[0].device.scope(() => {
    using trace = new TaylorTrace(order);
    const result = f(
      rebuild(
        x,
        leaves.map((leaf, index) =>
          trace.expand(
            leaf,
            derivatives.map((each, k) => each && scaled(each[index], 1 / factorial(k + 1))),
          ),
        ),
      ),
    );
    const outputs = leavesOf(result);
    const coefficients = outputs.map((output) => trace.seriesOf(output));
    return Array.from({ length: order + 1 }, (_, k) =>
      rebuild(
        result,
        outputs.map((output, index) => {
          const coefficient = k === 0 ? lower(trace, output) : coefficients[index][k];
          return coefficient ? scaled(coefficient, factorial(k)) : zerosLike(output);
        }),
      ),
    );
  });
}

/**
 * Product of the Hessian of a scalar function with a direction, by forward over reverse mode: about twice the work of a gradient.
 *
 * @throws as `grad`.
 */
export function hvp<X extends TensorTree>(f: (x: X) => Tensor, x: X, direction: X): X {
  const { value, tangent } = jvp(grad(f), x, direction);
  for (const leaf of leavesOf(value)) leaf.dispose();
  return tangent;
}

/** Lets a value through and stops derivatives: its result is a constant to every gradient, tangent and jet. */
export function stopGradient(x: Tensor): Tensor {
  return apply(stopGradientPrimitive, [x], null)[0];
}

const stopGradientPrimitive: Primitive<null> = {
  name: "stopGradient",
  evaluate: ([x]) => [x.alias()],
  batch: ({ inputs, run }) => run(inputs, null),
  derivatives: { structure: "linear", reverse: () => [null], forward: () => [null] },
};

/** Leaves that can be differentiated. @throws InvalidInputError when there are none, or one is not a float. */
function floatLeaves(operation: string, x: TensorTree): Tensor[] {
  const leaves = leavesOf(x, "x");
  if (leaves.length === 0) throw new InvalidInputError(`${operation}: x`, "at least one tensor", x);
  for (const { dtype } of leaves)
    if (!isDifferentiable(dtype))
      throw new InvalidInputError(`${operation}: x`, "float or complex tensors (integers have no derivative)", dtype);
  return leaves;
}

/** The value one level below a trace, as a handle of the caller's own. */
function lower(trace: Trace, tensor: Tensor): Tensor {
  return below(trace, tensor).alias();
}

function zerosLike({ device, shape, dtype }: Tensor): Tensor {
  return device.zeros(shape, dtype);
}

function scaled(x: Tensor, factor: number): Tensor {
  return factor === 1 ? x.alias() : multiply(x, factor);
}

function factorial(k: number): number {
  return k <= 1 ? 1 : k * factorial(k - 1);
}
