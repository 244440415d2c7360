import { checkAlike, leavesOf, rebuild, type TensorTree } from "../differentiation/tree.ts";
import { InvalidInputError } from "../errors.ts";
import { fuse } from "../kernels/fused/index.ts";
import { add } from "../kernels/map/binary.ts";
import type { Tensor } from "../tensor.ts";

/** A learning rate that changes: a function, in elementwise operations, of the number of steps done before (a tensor of one element). */
export type Schedule = (step: Tensor) => Tensor;

/** What an optimiser carries from step to step: plain tensors, to be saved like parameters. */
export interface OptimiserState {
  /** Steps done, one element, of the parameters' dtype. */
  readonly step: Tensor;
  /** For each leaf of the parameters, in order, what the method remembers about it. */
  readonly slots: readonly (readonly Tensor[])[];
}

/** An optimiser as a pair of pure functions: both make new tensors and leave their arguments alone. */
export interface Optimiser {
  /** The state before the first step. @throws InvalidInputError when there is no parameter. */
  init(parameters: TensorTree): OptimiserState;
  /**
   * One step. Dispose the old parameters and state when done with them; inside of `device.scope`, return the new ones.
   *
   * NaN in a gradient becomes NaN in its parameter.
   *
   * @throws InvalidInputError when gradients, state and parameters do not belong together.
   */
  update<Parameters extends TensorTree>(
    gradients: Parameters,
    state: OptimiserState,
    parameters: Parameters,
  ): { readonly parameters: Parameters; readonly state: OptimiserState };
}

/** A method that treats every element alike. */
export interface ElementwiseMethod {
  /** Tensors like the parameter that it remembers. */
  readonly slots: number;
  /** Numbers of one step, from the number of steps before it: learning rate, corrections. */
  coefficients(step: Tensor): readonly Tensor[];
  /** New parameter, and new slots. `others` are what the step is told beside the gradient, see `elementwiseSteps`. */
  step(
    gradient: Tensor,
    parameter: Tensor,
    slots: readonly Tensor[],
    coefficients: readonly Tensor[],
    others: readonly Tensor[],
  ): { readonly parameter: Tensor; readonly slots: readonly Tensor[] };
}

/** An optimiser whose step is one kernel for each tensor of the parameters. */
export function elementwiseOptimiser(method: ElementwiseMethod): Optimiser {
  const { init, update } = elementwiseSteps(method, ["gradients"]);
  return { init, update: (gradients, state, parameters) => update([gradients], state, parameters) };
}

/** The steps of a method that is told several trees like the parameters: gradients first, then the others by these names. */
export function elementwiseSteps(method: ElementwiseMethod, names: readonly string[]) {
  const advance = fuse((step: Tensor) => [add(step, 1), ...method.coefficients(step)]);
  const move = fuse((parameter: Tensor, ...rest: Tensor[]) => {
    const slotsEnd = names.length + method.slots;
    const [gradient, ...others] = rest.slice(0, names.length);
    const slots = rest.slice(names.length, slotsEnd);
    const next = method.step(gradient, parameter, slots, rest.slice(slotsEnd), others);
    return [next.parameter, ...next.slots];
  });
  return {
    init(parameters: TensorTree): OptimiserState {
      const leaves = checkedLeaves("init: parameters", parameters);
      const [{ device, dtype }] = leaves;
      return {
        step: device.zeros([], dtype),
        slots: leaves.map((leaf) => Array.from({ length: method.slots }, () => device.zeros(leaf.shape, leaf.dtype))),
      };
    },
    update<Parameters extends TensorTree>(
      given: readonly Parameters[],
      state: OptimiserState,
      parameters: Parameters,
    ): { readonly parameters: Parameters; readonly state: OptimiserState } {
      const leaves = checkedLeaves("update: parameters", parameters);
      const told = given.map((tree, index) => leavesOf(tree, names[index]));
      for (const [index, each] of told.entries()) checkAlike(`update: ${names[index]}`, each, leaves);
      if (state.slots.length !== leaves.length || state.slots.some((own) => own.length !== method.slots))
        throw new InvalidInputError("update: state", "a state of this optimiser for these parameters", "another one");
      return leaves[0].device.scope(() => {
        const [step, ...coefficients] = advance(state.step);
        const moved = leaves.map((leaf, index) =>
          move(leaf, ...told.map((each) => each[index]), ...state.slots[index], ...coefficients),
        );
        return {
          parameters: rebuild(
            parameters,
            moved.map(([parameter]) => parameter),
          ),
          state: { step, slots: moved.map(([, ...slots]) => slots) },
        };
      });
    },
  };
}

/** Frees all tensors of trees: parameters and states that have been replaced. */
export function disposeTree(...trees: readonly (TensorTree | OptimiserState)[]): void {
  for (const tree of trees) for (const leaf of leavesOf(tree as TensorTree)) leaf.dispose();
}

/** The tensors of parameters. @throws InvalidInputError when there are none. */
function checkedLeaves(argument: string, parameters: TensorTree): Tensor[] {
  const leaves = leavesOf(parameters, argument);
  if (leaves.length === 0) throw new InvalidInputError(argument, "at least one tensor", parameters);
  return leaves;
}
