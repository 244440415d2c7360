import type { Tensor } from "@ansatz/tensor";
import { linearCombination } from "../kernels/linear-combination/index.ts";

export type LinearTerm = readonly [coefficient: number, tensor: Tensor];

/** Tensors that one pass takes. */
const TENSORS_PER_PASS = 8;

/** Σ coefficient · tensor; tensors that share storage are read once, those with coefficient 0 not at all. At least one term. */
export function linearCombinationOf(terms: readonly LinearTerm[]): Tensor {
  const merged: [coefficient: number, tensor: Tensor][] = [];
  for (const [coefficient, tensor] of terms) {
    const same = merged.find(([, other]) => other.storage === tensor.storage);
    if (same) same[0] += coefficient;
    else merged.push([coefficient, tensor]);
  }
  const used = merged.filter(([coefficient]) => coefficient !== 0);
  return pass(used.length > 0 ? used : merged.slice(0, 1));
}

function pass(terms: readonly LinearTerm[]): Tensor {
  const now = terms.slice(0, TENSORS_PER_PASS);
  const result = linearCombination(
    now.map(([coefficient]) => coefficient),
    now.map(([, tensor]) => tensor),
  );
  if (now.length === terms.length) return result;
  using partial = result;
  return pass([[1, partial], ...terms.slice(now.length)]);
}
