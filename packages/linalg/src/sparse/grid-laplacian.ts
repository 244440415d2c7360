import { InvalidInputError } from "@ansatz/tensor";
import { CsrMatrix } from "./csr-matrix.ts";

/**
 * −Δ on a grid of unit spacing by second differences, with zeros around it: 2 per axis on the diagonal, −1 between neighbours. Divide by h² for a spacing of h.
 *
 * @param shape points along each axis, none or more than none; numbered row-major.
 * @throws InvalidInputError when an extent is not a positive integer.
 */
export function gridLaplacian(shape: readonly number[]): CsrMatrix {
  if (shape.length === 0 || !shape.every((extent) => Number.isInteger(extent) && extent >= 1))
    throw new InvalidInputError("gridLaplacian: shape", "integers ≥ 1", shape);
  const size = shape.reduce((product, extent) => product * extent, 1);
  const rowPointers = new Int32Array(size + 1);
  const columnIndices: number[] = [];
  const values: number[] = [];
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  const neighbours = strides.flatMap((stride, axis) => [
    { axis, step: -stride, edge: 0 },
    { axis, step: stride, edge: shape[axis] - 1 },
  ]);
  for (let point = 0; point < size; point++) {
    for (const { axis, step, edge } of neighbours) {
      if (Math.floor(point / strides[axis]) % shape[axis] === edge) continue;
      columnIndices.push(point + step);
      values.push(-1);
    }
    columnIndices.push(point);
    values.push(2 * shape.length);
    rowPointers[point + 1] = values.length;
  }
  return CsrMatrix.fromCompressedRows([size, size], { rowPointers, columnIndices, values });
}
