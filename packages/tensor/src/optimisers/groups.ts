import { leavesOf, rebuild, type TensorTree } from "../differentiation/tree.ts";
import { InvalidInputError } from "../errors.ts";
import { Tensor } from "../tensor.ts";
import type { Optimiser, OptimiserState } from "./optimiser.ts";

/**
 * Different optimisers, or learning rates, for different parameters, and none for those that stay frozen.
 *
 * Frozen parameters come out of `update` as they went in (as handles of their own), and have nothing in the state. Their gradients are not looked at; to save computing them, leave them out of the
 * tree that is differentiated.
 *
 * @param groups optimisers by name, null for frozen.
 * @param groupOf the name of the group of a parameter, from its dotted path: `layers.0.weights`; the empty path where the tree is one tensor.
 * @throws InvalidInputError from `init` and `update`, for a name that is no group's and when all parameters are frozen.
 */
export function parameterGroups<Name extends string>(
  groups: Readonly<Record<Name, Optimiser | null>>,
  groupOf: (path: string) => Name,
): Optimiser {
  const assigned = (tree: TensorTree): Assignment => {
    const byOptimiser = new Map<Optimiser, number[]>();
    for (const [index, path] of pathsOf(tree).entries()) {
      const name = groupOf(path);
      if (!Object.hasOwn(groups, name))
        throw new InvalidInputError(`parameterGroups: groupOf(${path})`, `one of ${Object.keys(groups)}`, name);
      const optimiser = groups[name];
      if (optimiser) byOptimiser.set(optimiser, [...(byOptimiser.get(optimiser) ?? []), index]);
    }
    if (byOptimiser.size === 0)
      throw new InvalidInputError("parameterGroups: parameters", "at least one that is not frozen", pathsOf(tree));
    return [...byOptimiser];
  };
  return {
    init(parameters) {
      const leaves = leavesOf(parameters, "parameters");
      const states = assigned(parameters).map(([optimiser, own]) => ({
        own,
        state: optimiser.init(own.map((index) => leaves[index])),
      }));
      return joined(states, leaves.length);
    },
    update(gradients, state, parameters) {
      const leaves = leavesOf(parameters, "parameters");
      const slopes = leavesOf(gradients, "gradients");
      if (slopes.length !== leaves.length || state.slots.length !== leaves.length)
        throw new InvalidInputError(
          "update: gradients",
          `${leaves.length} tensors and a state for as many`,
          `${slopes.length} and ${state.slots.length}`,
        );
      const groupsHere = assigned(parameters);
      return leaves[0].device.scope(() => {
        const moved: (Tensor | undefined)[] = [];
        const states = groupsHere.map(([optimiser, own]) => {
          const pick = <Value>(list: readonly Value[]) => own.map((index) => list[index]);
          const part = { step: state.step, slots: pick(state.slots) };
          const next = optimiser.update(pick(slopes), part, pick(leaves));
          for (const [position, index] of own.entries()) moved[index] = next.parameters[position];
          return { own, state: next.state };
        });
        return {
          parameters: rebuild(
            parameters,
            leaves.map((leaf, index) => moved[index] ?? leaf.alias()),
          ),
          state: joined(states, leaves.length),
        };
      });
    },
  };
}

/** Which leaves each optimiser has. */
type Assignment = readonly (readonly [optimiser: Optimiser, leaves: readonly number[]])[];

/** One state for all leaves. Groups step together, so that one count does for all. */
function joined(
  parts: readonly { readonly own: readonly number[]; readonly state: OptimiserState }[],
  count: number,
): OptimiserState {
  const slots = Array.from({ length: count }, (): readonly Tensor[] => []);
  for (const { own, state } of parts)
    for (const [position, index] of own.entries()) slots[index] = state.slots[position];
  const [{ state: first }, ...others] = parts;
  for (const { state } of others) state.step.dispose();
  return { step: first.step, slots };
}

/** Dotted paths of the leaves, in the order of `leavesOf`. */
function pathsOf(tree: TensorTree, path = ""): string[] {
  if (tree instanceof Tensor) return [path];
  return Object.entries(tree).flatMap(([name, branch]) => pathsOf(branch, path === "" ? name : `${path}.${name}`));
}
