import { UnsupportedError } from "../errors.ts";
import { neg } from "../kernels/map/unary.ts";
import type { Tensor } from "../tensor.ts";
import { apply, type Derivatives, type Primitive } from "./primitive.ts";
import { jvp, vjp } from "./transforms.ts";
import { leavesOf, rebuild, type TensorTree } from "./tree.ts";

/**
 * A function with a reverse rule of your own, for adjoint methods, implicit functions and estimators.
 * `rule` turns the cotangent of the result into that of the argument; it is written in operations, so it can be differentiated in turn.
 * `f` and `rule` must take everything that is differentiated through their arguments. Forward and Taylor mode through it are refused.
 */
export function customVjp<X extends TensorTree, Y extends TensorTree>(
  f: (x: X) => Y,
  rule: (cotangent: Y, x: X, y: Y) => X,
): (x: X) => Y {
  return primitiveFunction("customVjp", f, (xOf, yOf) => ({
    structure: "nonlinear",
    reverse: (cotangents, { inputs, outputs }) =>
      leavesOf(rule(yOf(filled(cotangents, outputs)), xOf(inputs), yOf(outputs))),
    forward: () => {
      throw new UnsupportedError(
        "every device",
        "forward mode through customVjp",
        "it has a reverse rule only; use customJvp",
      );
    },
  }));
}

/**
 * A function with a forward rule of your own; reverse mode follows by transposing the rule, which must be linear in the tangent.
 * `f` and `rule` must take everything that is differentiated through their arguments.
 */
export function customJvp<X extends TensorTree, Y extends TensorTree>(
  f: (x: X) => Y,
  rule: (tangent: X, x: X, y: Y) => Y,
): (x: X) => Y {
  return primitiveFunction("customJvp", f, (xOf, yOf) => ({
    structure: "nonlinear",
    reverse: (cotangents, { inputs, outputs }) => {
      // Linear in the tangent: the pullback is the same at every tangent, zero included.
      const at = xOf(inputs.map((input) => input.device.zeros(input.shape, input.dtype)));
      using linear = vjp((tangent: X) => rule(tangent, xOf(inputs), yOf(outputs)), at);
      return leavesOf(linear.pullback(yOf(filled(cotangents, outputs))));
    },
    forward: (tangents, { inputs, outputs }) =>
      leavesOf(rule(xOf(filled(tangents, inputs)), xOf(inputs), yOf(outputs))),
  }));
}

/**
 * The same function, which forgets its intermediate values and computes them again when a gradient walks back through it:
 * memory for time, for long chains. `f` must be a pure function of its argument.
 */
export function checkpoint<X extends TensorTree, Y extends TensorTree>(f: (x: X) => Y): (x: X) => Y {
  return primitiveFunction("checkpoint", f, (xOf, yOf) => ({
    structure: "nonlinear",
    reverse: (cotangents, { inputs, outputs }) => {
      using again = vjp(f, xOf(inputs));
      return leavesOf(again.pullback(yOf(filled(cotangents, outputs))));
    },
    forward: (tangents, { inputs }) => leavesOf(jvp(f, xOf(inputs), xOf(filled(tangents, inputs))).tangent),
  }));
}

/** Solves A w = b given v ↦ A v, in operations. */
export type LinearSolve = <V extends TensorTree>(operator: (v: V) => V, rightSide: V) => V;

/**
 * z(θ) defined by residual(z, θ) = 0: `solve` finds it by any means, and derivatives come from the implicit function theorem,
 * z̄ ↦ −(∂residual/∂θ)ᵀ (∂residual/∂z)⁻ᵀ z̄, without looking into `solve`.
 *
 * For a fixed point z = g(z, θ) the residual is z − g(z, θ).
 *
 * @param solve θ ↦ z; its own operations are not differentiated.
 * @param residual written in operations.
 * @param linearSolve solves with the transposed (reverse mode) or plain (forward mode) Jacobian ∂residual/∂z.
 */
export function implicitFunction<Theta extends TensorTree, Z extends TensorTree>(
  solve: (theta: Theta) => Z,
  residual: (z: Z, theta: Theta) => Z,
  linearSolve: LinearSolve,
): (theta: Theta) => Z {
  return primitiveFunction("implicitFunction", solve, (thetaOf, zOf) => ({
    structure: "nonlinear",
    reverse: (cotangents, { inputs, outputs }) => {
      const theta = thetaOf(inputs);
      const z = zOf(outputs);
      using inZ = vjp((each: Z) => residual(each, theta), z);
      using inTheta = vjp((each: Theta) => residual(z, each), theta);
      const w = linearSolve(inZ.pullback, zOf(filled(cotangents, outputs)));
      return leavesOf(inTheta.pullback(w)).map((each) => neg(each));
    },
    forward: (tangents, { inputs, outputs }) => {
      const theta = thetaOf(inputs);
      const z = zOf(outputs);
      const { tangent } = jvp((each: Theta) => residual(z, each), theta, thetaOf(filled(tangents, inputs)));
      const along = (v: Z) => jvp((each: Z) => residual(each, theta), z, v).tangent;
      return leavesOf(linearSolve(along, tangent)).map((each) => neg(each));
    },
  }));
}

/** A function of trees as a primitive: transformations see one call, whose inside runs below them. */
function primitiveFunction<X extends TensorTree, Y extends TensorTree>(
  name: string,
  f: (x: X) => Y,
  rules: (xOf: (leaves: readonly Tensor[]) => X, yOf: (leaves: readonly Tensor[]) => Y) => Derivatives<null>,
): (x: X) => Y {
  return (x) => {
    let form: Y | undefined;
    const primitive: Primitive<null> = {
      name,
      evaluate: (inputs) => {
        const run = () => f(rebuild(x, inputs));
        // A tree without tensors has no device, and nothing to free.
        const made = inputs.length > 0 ? inputs[0].device.scope(run) : run();
        form = made;
        return leavesOf(made);
      },
      derivatives: rules(
        (leaves) => rebuild(x, leaves),
        (leaves) => rebuild(form!, leaves),
      ),
    };
    const outputs = apply(primitive, leavesOf(x, "x"), null);
    return rebuild(form!, outputs);
  };
}

function filled(values: readonly (Tensor | null)[], like: readonly Tensor[]): Tensor[] {
  return values.map((value, index) => value ?? like[index].device.zeros(like[index].shape, like[index].dtype));
}
