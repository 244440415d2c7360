import { componentsPerElement } from "../../dtype.ts";
import { type ReferenceArray, referenceArray } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import { type ScatterOptions, scatterGeometry, scatterShape } from "./geometry.ts";

/** One update after the other, in the order of the indices. */
export function scatterReference(inputs: readonly ReferenceArray[], options: ScatterOptions): ReferenceArray {
  const [updates, indices, x] = inputs;
  const shape = scatterShape("scatter", inputs, options);
  const geometry = scatterGeometry(shape, indices.shape, options);
  const { extent, count, inner } = geometry;
  const parts = componentsPerElement(updates.dtype);
  const result = Float64Array.from(x?.data ?? new Float64Array(sizeOf(shape) * parts));
  for (const [entry, value] of updates.data.entries()) {
    const element = Math.floor(entry / parts);
    const row = Math.floor(element / inner);
    const index = Math.min(Math.max(indices.data[options.along ? element : row % count], 0), extent - 1);
    const place = (Math.floor(row / count) * extent + index) * inner + (element % inner);
    const at = place * parts + (entry % parts);
    result[at] = options.mode === "set" ? value : result[at] + value;
  }
  return referenceArray(updates.dtype, shape, result);
}
