import type { TensorTree } from "../differentiation/tree.ts";
import { InvalidInputError } from "../errors.ts";
import { Tensor } from "../tensor.ts";

/**
 * The tensors of a tree by their dotted paths: `layers.0.weights`.
 *
 * @throws InvalidInputError for a tree without names (one tensor), and for names that would not come back: empty ones, with a dot, and all of an object's being 0, 1, ….
 */
export function byPath(tree: TensorTree): Map<string, Tensor> {
  if (tree instanceof Tensor)
    throw new InvalidInputError(
      "safetensors: tree",
      "an array or object of tensors, whose names are saved",
      "a tensor",
    );
  const found = new Map<string, Tensor>();
  const visit = (branch: unknown, path: string): void => {
    if (branch instanceof Tensor) {
      found.set(path, branch);
      return;
    }
    const isObject = branch !== null && typeof branch === "object";
    if (!isObject || (!Array.isArray(branch) && Object.getPrototypeOf(branch) !== Object.prototype))
      throw new InvalidInputError(`safetensors: tree.${path}`, "a tensor, or an array or plain object of them", branch);
    const names = Object.keys(branch);
    if (!Array.isArray(branch)) checkNames(path, names);
    for (const name of names) visit((branch as Record<string, unknown>)[name], path === "" ? name : `${path}.${name}`);
  };
  visit(tree, "");
  return found;
}

/**
 * The tree of the things that dotted paths name, each turned into a tensor once all paths are known to fit. Branches named 0, 1, … are arrays.
 *
 * @throws InvalidInputError when a path is that of a tensor and also leads to others.
 */
export function fromPaths<Leaf>(
  leaves: Iterable<readonly [path: string, leaf: Leaf]>,
  tensorOf: (leaf: Leaf) => Tensor,
): TensorTree {
  const root = new Branch<Leaf>();
  for (const [path, leaf] of leaves) {
    const names = path.split(".");
    const last = names.pop()!;
    let branch = root;
    for (const name of names) {
      if (branch.leaves.has(name)) throw ambiguous(path);
      const next = branch.branches.get(name) ?? new Branch<Leaf>();
      branch.branches.set(name, next);
      branch = next;
    }
    if (branch.leaves.has(last) || branch.branches.has(last)) throw ambiguous(path);
    branch.leaves.set(last, leaf);
  }
  return treeOf(root, tensorOf);
}

/** Maps, not objects: names come from files, and `__proto__` is one. */
class Branch<Leaf> {
  readonly leaves = new Map<string, Leaf>();
  readonly branches = new Map<string, Branch<Leaf>>();
}

function treeOf<Leaf>({ leaves, branches }: Branch<Leaf>, tensorOf: (leaf: Leaf) => Tensor): TensorTree {
  const trees = new Map<string, TensorTree>();
  for (const [name, leaf] of leaves) trees.set(name, tensorOf(leaf));
  for (const [name, branch] of branches) trees.set(name, treeOf(branch, tensorOf));
  if (isIndexed([...trees.keys()])) return Array.from({ length: trees.size }, (_, index) => trees.get(`${index}`)!);
  return Object.fromEntries(trees);
}

function checkNames(path: string, names: readonly string[]): void {
  const where = `safetensors: tree${path === "" ? "" : `.${path}`}`;
  for (const name of names)
    if (name === "" || name.includes(".")) throw new InvalidInputError(where, "names without dots, not empty", name);
  if (isIndexed(names)) throw new InvalidInputError(where, "an array, where all names are 0, 1, …", names);
}

/** Whether the names are 0, 1, … in any order: those of an array. */
function isIndexed(names: readonly string[]): boolean {
  const present = new Set(names);
  return names.length > 0 && names.every((_, index) => present.has(`${index}`));
}

function ambiguous(path: string): InvalidInputError {
  return new InvalidInputError("safetensors: header", "names that do not go on where another tensor's name ends", path);
}
