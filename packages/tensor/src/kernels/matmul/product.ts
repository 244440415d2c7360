import { InvalidInputError } from "../../errors.ts";
import type { TensorSpec } from "../../kernel.ts";
import { broadcastShapes, type Shape, sizeOf, stridesOf } from "../../shape.ts";
import type { MatmulOptions } from "./options.ts";

/** One operand of a product, as it lies in memory; strides in elements. */
interface Operand {
  /** From one row of the (possibly transposed) matrix to the next; 1 where it is transposed. */
  readonly rowStride: number;
  /** From one column to the next; 1 where it is not transposed. */
  readonly columnStride: number;
  /** Its columns are contiguous, not its rows. */
  readonly transposed: boolean;
  /** All batches use the same matrix. */
  readonly single: boolean;
}

/** What is to be computed: for every batch, a [rows, columns] matrix of inner products of `depth` terms. */
export interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly batches: number;
  readonly a: Operand;
  readonly b: Operand;
  /** Element offsets of each batch's matrices: in a, in b, batch after batch. */
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** The tensors `a` and `b` have changed places, see `productOf`. */
  readonly swapped: boolean;
}

/** Shape of the result. @throws InvalidInputError on less than two axes, inner dimensions that differ, or batch axes that do not broadcast. */
export function matmulShape([a, b]: readonly TensorSpec[], { transposeA, transposeB }: MatmulOptions): number[] {
  const [rows, depth] = matrixExtents("a", a.shape, transposeA);
  const [depthOfB, columns] = matrixExtents("b", b.shape, transposeB);
  if (depth !== depthOfB)
    throw new InvalidInputError(
      "matmul: shapes",
      `as many columns in a${transposeA ? " transposed" : ""} as rows in b${transposeB ? " transposed" : ""}`,
      `${depth} and ${depthOfB}, from [${a.shape}] and [${b.shape}]`,
    );
  const batchShape = broadcastShapes("matmul: batch axes", [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  return [...batchShape, rows, columns];
}

/**
 * The product behind a call, with two turns that leave the memory as it is and the implementations fewer cases: with a single B, matrices of A that lie one
 * below the other become one tall matrix; and a matrix times one column becomes one row times the transposed matrix.
 */
export function productOf(inputs: readonly TensorSpec[], options: MatmulOptions): Product {
  const [a, b] = inputs;
  const shape = matmulShape(inputs, options);
  const [rows, columns] = shape.slice(-2);
  const depth = a.shape[a.shape.length - (options.transposeA ? 2 : 1)];
  const operands = {
    a: operandOf(a.shape, options.transposeA),
    b: operandOf(b.shape, options.transposeB),
    columns,
    depth,
    swapped: false,
  };
  if (operands.b.single && !options.transposeA)
    return withoutColumn({
      ...operands,
      rows: rows * sizeOf(a.shape.slice(0, -2)),
      batches: 1,
      offsets: new Uint32Array(2),
    });
  const aMatrix = matrixOfBatch(a.shape, shape.slice(0, -2));
  const bMatrix = matrixOfBatch(b.shape, shape.slice(0, -2));
  const offsets = new Uint32Array(2 * aMatrix.length);
  for (let batch = 0; batch < aMatrix.length; batch++) {
    offsets[2 * batch] = aMatrix[batch] * rows * depth;
    offsets[2 * batch + 1] = bMatrix[batch] * depth * columns;
  }
  return withoutColumn({ ...operands, rows, batches: aMatrix.length, offsets });
}

function withoutColumn(product: Product): Product {
  const { rows, columns, a, b, offsets } = product;
  if (columns !== 1) return product;
  return {
    ...product,
    rows: 1,
    columns: rows,
    // One column is contiguous, whichever way it was declared.
    a: { rowStride: 0, columnStride: 1, transposed: false, single: b.single },
    b: { ...a, rowStride: a.columnStride, columnStride: a.rowStride, transposed: !a.transposed },
    offsets: offsets.map((_, index) => offsets[index ^ 1]),
    swapped: true,
  };
}

function operandOf(shape: Shape, transposed: boolean): Operand {
  const leading = shape[shape.length - 1];
  const [rowStride, columnStride] = transposed ? [1, leading] : [leading, 1];
  return { rowStride, columnStride, transposed, single: sizeOf(shape.slice(0, -2)) === 1 };
}

/** For every batch of the result, in order, which matrix of an operand it uses. */
function matrixOfBatch(operand: Shape, batchShape: Shape): Uint32Array {
  const own = operand.slice(0, -2);
  const strides = stridesOf(own);
  const missing = batchShape.length - own.length;
  let matrices = new Uint32Array(1);
  for (const [axis, extent] of batchShape.entries()) {
    const stride = axis < missing || own[axis - missing] === 1 ? 0 : strides[axis - missing];
    const outer = matrices;
    matrices = new Uint32Array(outer.length * extent);
    for (let i = 0; i < outer.length; i++)
      for (let j = 0; j < extent; j++) matrices[i * extent + j] = outer[i] + j * stride;
  }
  return matrices;
}

function matrixExtents(argument: string, shape: Shape, transposed: boolean): [rows: number, columns: number] {
  if (shape.length < 2)
    throw new InvalidInputError(
      `matmul: ${argument}`,
      "at least 2 axes (reshape a vector to one row or one column)",
      `shape [${shape}]`,
    );
  const [outer, inner] = shape.slice(-2);
  return transposed ? [inner, outer] : [outer, inner];
}
