import { add, type Tensor } from "@ansatz/tensor";
import { linearCombination } from "../kernels/linear-combination/index.ts";

/** Numbers for every dimension of the data, or a single one for all. */
export type PerDimension = Float64Array<ArrayBuffer>;

/** Σ c_j ⊙ H_j + bias, the coefficients numbers for every dimension; at most eight tensors. */
export function combineByDimension(
  coefficients: readonly PerDimension[],
  tensors: readonly Tensor[],
  bias?: PerDimension,
): Tensor {
  const { device, dtype, shape } = tensors[0];
  const count = coefficients[0].length;
  if (count === 1) {
    const result = linearCombination(
      coefficients.map(([value]) => value),
      tensors,
    );
    if (!bias || bias[0] === 0) return result;
    using plain = result;
    return add(plain, bias[0]);
  }
  const all = new Float64Array(coefficients.length * count);
  for (const [term, values] of coefficients.entries()) all.set(values, term * count);
  return device.scope(() => {
    const sum = linearCombination(device.tensor(all, [coefficients.length, count], dtype), tensors);
    return bias ? add(sum, device.tensor(bias, shape.slice(1), dtype)) : sum;
  });
}

/** A coefficient for every dimension, and what it multiplies. */
export type TermByDimension = readonly [coefficient: PerDimension, tensor: Tensor];

/** Tensors that one pass takes. */
const TENSORS_PER_PASS = 8;

/** Σ coefficient ⊙ tensor + bias, for any number of terms; tensors that share storage are read once. */
export function combinationByDimension(terms: readonly TermByDimension[], bias: PerDimension): Tensor {
  const merged: TermByDimension[] = [];
  for (const [coefficient, tensor] of terms) {
    const same = merged.find(([, other]) => other.storage === tensor.storage);
    if (same) for (const [d, value] of coefficient.entries()) same[0][d] += value;
    else merged.push([coefficient.slice(), tensor]);
  }
  return pass(merged, bias);
}

function pass(terms: readonly TermByDimension[], bias: PerDimension): Tensor {
  const now = terms.slice(0, TENSORS_PER_PASS);
  const isLast = now.length === terms.length;
  const result = combineByDimension(
    now.map(([coefficient]) => coefficient),
    now.map(([, tensor]) => tensor),
    isLast ? bias : undefined,
  );
  if (isLast) return result;
  using partial = result;
  const one = new Float64Array(bias.length).fill(1);
  return pass([[one, partial], ...terms.slice(now.length)], bias);
}
