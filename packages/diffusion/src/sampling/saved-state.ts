import { type Device, type DType, InvalidInputError, Tensor } from "@ansatz/tensor";
import { evaluation, isEvaluation } from "./evaluation.ts";
import { type SamplerState, tensorsOf } from "./solver.ts";

interface SavedTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: readonly number[];
}

/** A sampler's state as plain data that survives JSON. */
export interface SavedState {
  readonly format: "ansatz-sampler-state-1";
  /** Every tensor once; handles that share memory are one. */
  readonly tensors: readonly SavedTensor[];
  /** The state, with `{ tensor: index }` in place of tensors. */
  readonly state: unknown;
}

/** Copies a state to plain data; the state stays as it is. */
export async function saveState(state: SamplerState): Promise<SavedState> {
  const storages = [...new Set(tensorsOf(state).map(({ storage }) => storage))];
  const owners = storages.map((storage) => tensorsOf(state).find((tensor) => tensor.storage === storage)!);
  const tensors = await Promise.all(
    owners.map(async (tensor) => ({
      shape: [...tensor.shape],
      dtype: tensor.dtype,
      data: Array.from(await tensor.data(), Number),
    })),
  );
  const index = (tensor: Tensor) => storages.indexOf(tensor.storage);
  return { format: "ansatz-sampler-state-1", tensors, state: rewrite(state, (tensor) => ({ tensor: index(tensor) })) };
}

/** A state from plain data, on a device; numbers are the same to the bit. @throws InvalidInputError for anything `saveState` did not make. */
export function restoreState<State extends SamplerState = SamplerState>(saved: SavedState, device: Device): State {
  if (saved?.format !== "ansatz-sampler-state-1" || !Array.isArray(saved.tensors))
    throw new InvalidInputError("saved", "a state from saveState", saved);
  const tensors = saved.tensors.map(({ data, shape, dtype }) => device.tensor(data, shape, dtype));
  const state = revive(saved.state, tensors) as State;
  for (const tensor of tensors) tensor.dispose();
  return state;
}

function rewrite(value: unknown, replace: (tensor: Tensor) => unknown): unknown {
  if (value instanceof Tensor) return replace(value);
  if (Array.isArray(value)) return value.map((each) => rewrite(each, replace));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, rewrite(each, replace)]));
}

function revive(value: unknown, tensors: readonly Tensor[]): unknown {
  if (Array.isArray(value)) return value.map((each) => revive(each, tensors));
  if (typeof value !== "object" || value === null) return value;
  const index = (value as { readonly tensor?: unknown }).tensor;
  if (typeof index === "number") {
    if (!tensors[index]) throw new InvalidInputError("saved.state", `tensors 0 … ${tensors.length - 1}`, index);
    return tensors[index].alias();
  }
  const revived = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, revive(each, tensors)]));
  return isEvaluation(revived) ? evaluation(revived.time, revived.prediction, revived.terms) : revived;
}
