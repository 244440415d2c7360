import type { Tensor } from "@ansatz/tensor";
import { linearCombinationPair } from "../kernels/linear-combination/index.ts";
import { combine, isEvaluation, type Term } from "../sampling/evaluation.ts";

/** Tensors that one pass takes. */
const TENSORS_PER_PASS = 8;

/** Two sums over much the same values, in one pass over the numbers where at most eight tensors are behind them. */
export function combinePair(first: readonly Term[], second: readonly Term[]): [Tensor, Tensor] {
  const merged: { readonly tensor: Tensor; readonly coefficients: [number, number] }[] = [];
  const entryOf = (tensor: Tensor) => {
    const known = merged.find((other) => other.tensor.storage === tensor.storage);
    if (known) return known;
    const made = { tensor, coefficients: [0, 0] as [number, number] };
    merged.push(made);
    return made;
  };
  for (const [output, terms] of [second, first].entries())
    for (const [coefficient, value] of terms)
      for (const [factor, tensor] of isEvaluation(value) ? value.terms : ([[1, value]] as const))
        entryOf(tensor).coefficients[1 - output] += coefficient * factor;
  if (merged.length > TENSORS_PER_PASS) return [combine(first), combine(second)];
  return linearCombinationPair(
    merged.map(({ coefficients }) => coefficients[0]),
    merged.map(({ coefficients }) => coefficients[1]),
    merged.map(({ tensor }) => tensor),
  );
}
