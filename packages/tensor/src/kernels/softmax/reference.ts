import { type ReferenceArray, referenceArray } from "../../kernel.ts";
import { lineGeometry } from "../arg-extremum/geometry.ts";
import type { SoftmaxKernelOptions } from "./options.ts";

/** exp(x − μ) / Σ exp(x − μ) line by line, μ being the largest element; the sum is compensated (Kahan), so that it is more accurate than what is compared with it. */
export function softmaxReference(x: ReferenceArray, { axis, logarithm }: SoftmaxKernelOptions): ReferenceArray {
  const { outer, length, inner } = lineGeometry("softmax", x.shape, axis);
  const values = new Float64Array(x.data.length);
  for (let line = 0; line < outer * inner; line++) {
    const start = Math.floor(line / inner) * length * inner + (line % inner);
    const end = start + length * inner;
    let largest = Number.NEGATIVE_INFINITY;
    for (let place = start; place < end; place += inner) largest = Math.max(largest, x.data[place]);
    let sum = 0;
    let lost = 0;
    for (let place = start; place < end; place += inner) {
      const term = Math.exp(x.data[place] - largest) - lost;
      const next = sum + term;
      lost = next - sum - term;
      sum = next;
    }
    for (let place = start; place < end; place += inner) {
      const difference = x.data[place] - largest;
      values[place] = logarithm ? difference - Math.log(sum) : Math.exp(difference) / sum;
    }
  }
  return referenceArray(x.dtype, x.shape, values);
}
