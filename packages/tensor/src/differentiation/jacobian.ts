import { type FloatDType, hostArray } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { multiply } from "../kernels/map/binary.ts";
import { mean, sum } from "../kernels/reduce/index.ts";
import { transpose } from "../movement/axes.ts";
import { rademacher } from "../random/discrete.ts";
import type { Key } from "../random/key.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { vmap } from "./batching.ts";
import { type Differentiable, grad, hvp, jvp, vjp } from "./transforms.ts";
import type { TensorTree } from "./tree.ts";

/**
 * The Jacobian ∂f(x)/∂x of a function of one tensor. Columns by forward mode when x has fewer elements than f(x), rows by reverse mode otherwise, all at once
 * (`vmap`): memory for the intermediate values of f times the smaller of both sizes.
 *
 * @returns shape [...f(x).shape, ...x.shape].
 * @throws as `grad`.
 */
export function jacobian(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  return x.device.scope(() => {
    using linear = vjp(f, x);
    const { value, pullback } = linear;
    if (sizeOf(x.shape) === 0 || sizeOf(value.shape) === 0)
      return x.device.zeros([...value.shape, ...x.shape], value.dtype);
    if (x.size >= value.size)
      return vmap(pullback)(unitVectors(value, value.shape)).reshape([...value.shape, ...x.shape]);
    const columns = vmap((direction: Tensor) => jvp(f, x, direction).tangent)(unitVectors(x, x.shape));
    return transpose(columns.reshape([x.size, value.size])).reshape([...value.shape, ...x.shape]);
  });
}

/**
 * The Hessian of a scalar function of one tensor, by forward over reverse mode in all directions at once (`vmap`).
 *
 * @returns shape [...x.shape, ...x.shape].
 * @throws as `grad`.
 */
export function hessian(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  return x.device.scope(() => {
    if (x.size === 0) return x.device.zeros([...x.shape, ...x.shape], x.dtype);
    const rows = vmap((direction: Tensor) => hvp(f, x, direction))(unitVectors(x, x.shape));
    return rows.reshape([...x.shape, ...x.shape]);
  });
}

/**
 * Gradients of a loss for each example by itself, as differentially private and second-order methods need them: the gradient in the first argument,
 * with the examples along a new first axis of every tensor. The weight gradients of dense layers become batched outer products.
 *
 * @param loss scalar loss of parameters and one example (without the axis of examples).
 * @returns a function of parameters and examples, a tree of tensors with the examples along their first axes.
 * @throws as `grad` and `vmap`.
 */
export function perExampleGradients<Parameters extends TensorTree, Example extends TensorTree>(
  loss: Differentiable<Parameters, [example: Example], Tensor>,
): (parameters: Parameters, examples: Example) => Parameters {
  return (parameters, examples) => vmap((example: Example) => grad(loss)(parameters, example))(examples);
}

export interface DivergenceOptions {
  /** `"exact"` takes one derivative per dimension, `"hutchinson"` one per probe: an unbiased estimate. Default: `"exact"`. */
  readonly estimator?: "exact" | "hutchinson";
  /** Key of the probes; needed for `"hutchinson"`. */
  readonly key?: Key;
  /** Number of Rademacher probes. Default: 1. */
  readonly probes?: number;
}

/**
 * Divergence Σ_i ∂f_i/∂x_i of a vector field at many points.
 *
 * Exactly: by d forward derivatives, done at once. Hutchinson's estimate: mean of v · Jᵀv over probes v of independent signs, one reverse derivative each; its variance for a
 * point is 2 Σ_(i≠j) ((J_ij + J_ji) / 2)² divided by the number of probes.
 *
 * @param f takes [...points, d] to [...points, d], each point by itself.
 * @param x points, [...points, d].
 * @returns [...points].
 * @throws InvalidInputError when x is a scalar, f(x) has another shape, probes is no positive integer, or a key is missing; as `grad`.
 */
export function divergence(f: (x: Tensor) => Tensor, x: Tensor, options: DivergenceOptions = {}): Tensor {
  const { estimator = "exact", probes = 1 } = options;
  if (x.rank === 0) throw new InvalidInputError("divergence: x", "points along the last axis", "a scalar");
  if (estimator === "exact") return exactDivergence(f, x);
  const { key } = options;
  if (!key) throw new InvalidInputError("divergence: options.key", "a key for the probes", key);
  if (!Number.isInteger(probes) || probes < 1)
    throw new InvalidInputError("divergence: options.probes", "a positive integer", probes);
  return x.device.scope(() => {
    using linear = vjp(checked(f, x.shape), x);
    const signs = rademacher(key, [probes, ...x.shape], { device: x.device, dtype: x.dtype as FloatDType });
    const pulled = vmap(linear.pullback)(signs);
    return mean(sum(multiply(signs, pulled), { axes: -1 }), { axes: 0 });
  });
}

function exactDivergence(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  return x.device.scope(() => {
    const dimension = x.shape.at(-1)!;
    if (dimension === 0) return x.device.zeros(x.shape.slice(0, -1), x.dtype);
    const directions = unitVectors(x, [dimension]);
    const along = (direction: Tensor) => {
      const everywhere = multiply(x.device.full(x.shape, 1, x.dtype), direction);
      return sum(multiply(jvp(checked(f, x.shape), x, everywhere).tangent, direction), { axes: -1 });
    };
    return sum(vmap(along)(directions), { axes: 0 });
  });
}

function checked(f: (x: Tensor) => Tensor, shape: Shape): (x: Tensor) => Tensor {
  return (x) => {
    const y = f(x);
    if (y.rank !== shape.length || y.shape.some((extent, axis) => extent !== shape[axis]))
      throw new InvalidInputError("divergence: f(x)", `shape [${shape}], that of x`, `[${y.shape}]`);
    return y;
  };
}

/** The unit vectors of a shape along a new first axis. */
function unitVectors({ device, dtype }: Tensor, shape: Shape): Tensor {
  const size = sizeOf(shape);
  const values = hostArray(dtype, size * size);
  for (let index = 0; index < size; index++) values[index * (size + 1)] = 1;
  return device.tensor(values, [size, ...shape], dtype);
}
