import { type Device, type FloatDType, gather, InvalidInputError, type Tensor } from "@ansatz/tensor";
import type { LinearOperator } from "../iterative/operator.ts";
import { csrProductKernel } from "../kernels/csr-product/index.ts";
import type { CsrMatrix } from "./csr-matrix.ts";

export interface SparseOperatorOptions {
  readonly device: Device;
  /** Default: the widest float the device has. */
  readonly dtype?: FloatDType;
}

/** A sparse matrix on a device. Dispose of it when done. */
export class SparseOperator implements LinearOperator, Disposable {
  readonly shape: readonly [rows: number, columns: number];
  /** Stored values, in the order of the matrix's entries. */
  readonly values: Tensor;
  readonly #indices: readonly Tensor[];
  readonly #transposed: { readonly order: Tensor; readonly indices: readonly Tensor[] };

  private constructor(
    shape: readonly [number, number],
    values: Tensor,
    indices: readonly Tensor[],
    transposed: { readonly order: Tensor; readonly indices: readonly Tensor[] },
  ) {
    this.shape = shape;
    this.values = values;
    this.#indices = indices;
    this.#transposed = transposed;
  }

  /** Brings a matrix to a device. @throws UnsupportedError when the device does not hold the dtype. */
  static from(matrix: CsrMatrix, { device, dtype = device.defaultFloat }: SparseOperatorOptions): SparseOperator {
    // The transpose of the entries' numbers says in which order it takes the values.
    let next = 0;
    const transposed = matrix.map(() => next++).transpose();
    const indicesOf = (each: CsrMatrix) =>
      [each.rowPointers, each.columnIndices, each.rowIndices()].map((list) =>
        device.tensor(list, [list.length], "int32"),
      );
    return new SparseOperator(matrix.shape, device.tensor(matrix.values, [matrix.entries], dtype), indicesOf(matrix), {
      order: device.tensor(Int32Array.from(transposed.values)),
      indices: indicesOf(transposed),
    });
  }

  /** A x for x [columns], or A X for X [columns, width]. @throws InvalidInputError when x does not fit. */
  apply(x: Tensor): Tensor {
    return this.applyWith(this.values, x);
  }

  /** The product of the matrix that has these values at the same places; differentiable in values and x to any order. */
  applyWith(values: Tensor, x: Tensor): Tensor {
    return product(values, x, this.shape[1], this.#indices);
  }

  /** Aᵀ x for x [rows], or Aᵀ X for X [rows, width]. */
  applyTranspose(x: Tensor): Tensor {
    const { order, indices } = this.#transposed;
    return x.device.scope(() => product(gather(this.values, order, { axis: 0 }), x, this.shape[0], indices));
  }

  dispose(): void {
    for (const each of [this.values, ...this.#indices, this.#transposed.order, ...this.#transposed.indices])
      each.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function product(values: Tensor, x: Tensor, extent: number, indices: readonly Tensor[]): Tensor {
  if (x.rank < 1 || x.rank > 2 || x.shape[0] !== extent)
    throw new InvalidInputError("SparseOperator: x", `shape [${extent}] or [${extent}, width]`, `[${x.shape}]`);
  return x.device.scope(() => {
    const [y] = csrProductKernel.run([values, x.rank === 2 ? x : x.reshape([extent, 1]), ...indices], null);
    return x.rank === 2 ? y : y.reshape([y.shape[0]]);
  });
}
