import { leavesOf, rebuild, type TensorTree } from "../differentiation/tree.ts";
import { InvalidInputError } from "../errors.ts";
import { fuse } from "../kernels/fused/index.ts";
import { add, divide, maximum, minimum, multiply, subtract } from "../kernels/map/binary.ts";
import { sqrt, square } from "../kernels/map/unary.ts";
import { sum } from "../kernels/reduce/index.ts";
import type { Tensor } from "../tensor.ts";

/** Euclidean norm of all elements of a tree together, one element. @throws InvalidInputError when there is no tensor. */
export function globalNorm(tree: TensorTree): Tensor {
  const leaves = leavesOf(tree, "tree");
  if (leaves.length === 0) throw new InvalidInputError("globalNorm: tree", "at least one tensor", tree);
  return leaves[0].device.scope(() =>
    sqrt(leaves.map((leaf) => sum(square(leaf))).reduce((total, each) => add(total, each))),
  );
}

/**
 * Gradients scaled down together where their norm exceeds `largest`, as PyTorch's `clip_grad_norm_` (with its 1e-6 under the quotient).
 *
 * @returns new gradients.
 * @throws InvalidInputError when `largest` is not positive, or there is no tensor.
 */
export function clipByGlobalNorm<Tree extends TensorTree>(gradients: Tree, largest: number): Tree {
  if (!(largest > 0)) throw new InvalidInputError("clipByGlobalNorm: largest", "a number > 0", largest);
  const leaves = leavesOf(gradients, "gradients");
  if (leaves.length === 0) throw new InvalidInputError("clipByGlobalNorm: gradients", "at least one tensor", gradients);
  return leaves[0].device.scope(() => {
    const scale = minimum(divide(largest, add(globalNorm(gradients), 1e-6)), 1);
    return rebuild(
      gradients,
      leaves.map((leaf) => multiply(leaf, scale)),
    );
  });
}

/** Gradients with every element moved into [−largest, largest]; new tensors. @throws InvalidInputError when `largest` is not positive. */
export function clipByValue<Tree extends TensorTree>(gradients: Tree, largest: number): Tree {
  if (!(largest > 0)) throw new InvalidInputError("clipByValue: largest", "a number > 0", largest);
  const leaves = leavesOf(gradients, "gradients");
  return rebuild(
    gradients,
    leaves.map((leaf) => leaf.device.scope(() => minimum(maximum(leaf, -largest), largest))),
  );
}

const towards = fuse((average: Tensor, value: Tensor, share: Tensor) =>
  add(average, multiply(subtract(value, average), share)),
);

/**
 * Exponential moving average of parameters: `average + (1 − decay) (parameters − average)`; start it with the parameters themselves.
 *
 * @returns a new tree.
 * @throws InvalidInputError when the decay is not in [0, 1], or the trees have different forms.
 */
export function movingAverage<Tree extends TensorTree>(average: Tree, parameters: Tree, decay: number): Tree {
  if (!(decay >= 0 && decay <= 1)) throw new InvalidInputError("movingAverage: decay", "a number in [0, 1]", decay);
  const before = leavesOf(average, "average");
  const now = leavesOf(parameters, "parameters");
  if (before.length !== now.length)
    throw new InvalidInputError("movingAverage: parameters", `${before.length} tensors, like the average`, now.length);
  return rebuild(
    average,
    before.map((leaf, index) =>
      leaf.device.scope(() => towards(leaf, now[index], leaf.device.full([], 1 - decay, leaf.dtype))),
    ),
  );
}
