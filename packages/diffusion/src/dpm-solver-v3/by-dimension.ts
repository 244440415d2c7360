import { add, type Tensor } from "@ansatz/tensor";
import { linearCombination } from "../kernels/linear-combination/index.ts";

/** Numbers for every dimension of the data, or a single one for all. */
export type PerDimension = Float64Array<ArrayBuffer>;

/** Σ c_j ⊙ H_j + bias, the coefficients numbers for every dimension. */
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
