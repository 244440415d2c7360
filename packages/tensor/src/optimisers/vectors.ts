import { leavesOf, rebuild, type TensorTree } from "../differentiation/tree.ts";
import { type FloatDType, isFloat } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { concatenate } from "../kernels/concatenate/index.ts";
import { fuse } from "../kernels/fused/index.ts";
import { add, multiply, subtract } from "../kernels/map/binary.ts";
import { abs } from "../kernels/map/unary.ts";
import { max, sum } from "../kernels/reduce/index.ts";
import { splitAlong } from "../movement/slices.ts";
import type { Tensor } from "../tensor.ts";

/** All elements of a tree's tensors one after the other, [elements]. */
export function flatten(tree: TensorTree): Tensor {
  const leaves = leavesOf(tree);
  if (leaves.length === 1) return leaves[0].reshape([-1]);
  return leaves[0].device.scope(() => concatenate(leaves.map((leaf) => leaf.reshape([-1]))));
}

/** The tree of the form of `like` whose elements `vector` holds one after the other. */
export function unflatten<Tree extends TensorTree>(like: Tree, vector: Tensor): Tree {
  const leaves = leavesOf(like);
  if (leaves.length === 1) return rebuild(like, [vector.reshape(leaves[0].shape)]);
  return vector.device.scope(() => {
    const parts = splitAlong(
      vector,
      leaves.map(({ size }) => size),
    );
    return rebuild(
      like,
      parts.map((part, index) => part.reshape(leaves[index].shape)),
    );
  });
}

/** The dtype of parameters that are float tensors of one dtype with elements. @throws InvalidInputError when they are not. */
export function floatDTypeOf(argument: string, parameters: TensorTree): FloatDType {
  const leaves = leavesOf(parameters, argument);
  const dtype = leaves[0]?.dtype;
  const isVector = leaves.some(({ size }) => size > 0) && leaves.every((leaf) => leaf.dtype === dtype);
  if (!isVector || !isFloat(dtype))
    throw new InvalidInputError(
      argument,
      "float tensors of one dtype, with at least one element",
      leaves.map((leaf) => `${leaf.dtype} [${leaf.shape}]`),
    );
  return dtype;
}

/** Scalar product of two vectors, one element. */
export function dot(a: Tensor, b: Tensor): Tensor {
  return a.device.scope(() => sum(multiply(a, b)));
}

/** Largest magnitude of an entry, one element. */
export function largestMagnitude(x: Tensor): Tensor {
  return x.device.scope(() => max(abs(x)));
}

/** x + scale · y, where the scale has one element. */
export const plusScaled = fuse((x: Tensor, scale: Tensor, y: Tensor) => add(x, multiply(scale, y)));

/** x − scale · y, where the scale has one element. */
export const minusScaled = fuse((x: Tensor, scale: Tensor, y: Tensor) => subtract(x, multiply(scale, y)));
