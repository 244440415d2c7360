import { isComplex } from "../../dtype.ts";
import { type ReferenceArray, referenceArray } from "../../kernel.ts";
import { type Shape, sizeOf, stridesOf } from "../../shape.ts";
import type { MatmulOptions } from "./options.ts";

/** The definition of the matrix product; shares nothing with the implementations. */
export function matmulReference(
  [a, b]: readonly ReferenceArray[],
  shape: Shape,
  { transposeA, transposeB }: MatmulOptions,
): ReferenceArray {
  const [rows, columns] = shape.slice(-2);
  const [aRow, aColumn] = matrixStrides(a.shape, transposeA);
  const [bRow, bColumn] = matrixStrides(b.shape, transposeB);
  const depth = a.shape[a.shape.length - (transposeA ? 2 : 1)];
  const batchShape = shape.slice(0, -2);
  const complex = isComplex(a.dtype);
  const result = new Float64Array((complex ? 2 : 1) * sizeOf(shape));
  let index = 0;
  for (let batch = 0; batch < sizeOf(batchShape); batch++) {
    const aStart = matrixStart(a.shape, batchShape, batch);
    const bStart = matrixStart(b.shape, batchShape, batch);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let [re, im] = [0, 0];
        for (let k = 0; k < depth; k++) {
          const p = aStart + i * aRow + k * aColumn;
          const q = bStart + k * bRow + j * bColumn;
          if (complex) {
            re += a.data[2 * p] * b.data[2 * q] - a.data[2 * p + 1] * b.data[2 * q + 1];
            im += a.data[2 * p] * b.data[2 * q + 1] + a.data[2 * p + 1] * b.data[2 * q];
          } else re += a.data[p] * b.data[q];
        }
        result[index++] = re;
        if (complex) result[index++] = im;
      }
  }
  return referenceArray(a.dtype, shape, result);
}

function matrixStrides(shape: Shape, transposed: boolean): [row: number, column: number] {
  const columns = shape[shape.length - 1];
  return transposed ? [1, columns] : [columns, 1];
}

/** Where the matrix of a batch starts in an operand that broadcasts to the batch shape. */
function matrixStart(shape: Shape, batchShape: Shape, batch: number): number {
  const strides = stridesOf(shape);
  const missing = batchShape.length - (shape.length - 2);
  let start = 0;
  let rest = batch;
  for (let axis = batchShape.length - 1; axis >= missing; axis--) {
    const position = rest % batchShape[axis];
    rest = Math.floor(rest / batchShape[axis]);
    if (shape[axis - missing] > 1) start += position * strides[axis - missing];
  }
  return start;
}
