import { InvalidInputError } from "../errors.ts";
import { sameShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** Tensors in plain arrays and objects, nested as deep as you like: the form of parameters, states and batches. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** The tensors of a tree, in order: arrays by index, objects by insertion. @throws InvalidInputError at anything else, naming where. */
export function leavesOf(tree: TensorTree, path = "tree"): Tensor[] {
  if (tree instanceof Tensor) return [tree];
  if (Array.isArray(tree)) return tree.flatMap((branch, index) => leavesOf(branch, `${path}[${index}]`));
  if (isPlainObject(tree))
    return Object.entries(tree).flatMap(([name, branch]) => leavesOf(branch as TensorTree, `${path}.${name}`));
  throw new InvalidInputError(path, "a tensor, or an array or plain object of tensors", tree);
}

/** A tree of the same form with other leaves, given in the order of `leavesOf`. */
export function rebuild<Tree extends TensorTree>(tree: Tree, leaves: readonly Tensor[]): Tree {
  let next = 0;
  const build = (branch: TensorTree): TensorTree => {
    if (branch instanceof Tensor) return leaves[next++];
    if (Array.isArray(branch)) return branch.map(build);
    return Object.fromEntries(Object.entries(branch).map(([name, each]) => [name, build(each as TensorTree)]));
  };
  return build(tree) as Tree;
}

/** @throws InvalidInputError when two lists of tensors differ in number, dtypes or shapes. */
export function checkAlike(argument: string, given: readonly Tensor[], wanted: readonly Tensor[]): void {
  const print = (tensors: readonly Tensor[]) => tensors.map(({ dtype, shape }) => `${dtype} [${shape}]`).join(", ");
  const isAlike =
    given.length === wanted.length &&
    given.every(({ dtype, shape }, index) => dtype === wanted[index].dtype && sameShape(shape, wanted[index].shape));
  if (!isAlike) throw new InvalidInputError(argument, print(wanted), print(given));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
}
