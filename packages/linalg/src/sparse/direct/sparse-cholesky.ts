import { type Device, type FloatDType, gather, InvalidInputError, type Tensor, transpose } from "@ansatz/tensor";
import { NotPositiveDefiniteError } from "../../errors.ts";
import { sparseCholeskyKernel, symbolicInputs } from "../../kernels/sparse-cholesky/index.ts";
import { sparseCholeskySolveKernel } from "../../kernels/sparse-cholesky-solve/index.ts";
import { CsrMatrix } from "../csr-matrix.ts";
import type { SparseOperatorOptions } from "../sparse-operator.ts";
import { minimumDegreeOrder } from "./minimum-degree.ts";
import { positionsIn } from "./permutation.ts";
import { analyseCholesky, type SymbolicCholesky } from "./symbolic-cholesky.ts";

export interface SparseCholeskyOptions extends SparseOperatorOptions {
  /** Which row is eliminated k-th; supernodes may change it among columns whose order does not matter. Default: `minimumDegreeOrder(a)`. */
  readonly order?: ArrayLike<number>;
}

/** Sparse Cholesky factors on a device (cpu). Dispose of them when done. */
export class SparseCholeskyFactorisation implements Disposable {
  readonly shape: readonly [rows: number, columns: number];
  /** What the places of A determine: the order of elimination, supernodes, operations. */
  readonly symbolic: SymbolicCholesky;
  readonly #factor: Tensor;
  readonly #order: Tensor;
  readonly #positions: Tensor;
  /** starts, rowPointers, rows. */
  readonly #supernodes: readonly Tensor[];

  /** Use `factorSparseCholesky`. */
  constructor(symbolic: SymbolicCholesky, factor: Tensor) {
    const { device } = factor;
    const { size, order, starts, rowPointers, rows } = symbolic;
    this.shape = [size, size];
    this.symbolic = symbolic;
    this.#factor = factor;
    const upload = (list: Int32Array<ArrayBuffer>) => device.tensor(list, [list.length], "int32");
    this.#order = upload(order);
    this.#positions = upload(positionsIn(order));
    this.#supernodes = [starts, rowPointers, rows].map(upload);
  }

  /**
   * A⁻¹ B, differentiable in B to any order.
   * @param b [n] or [n, columns], of the factor's dtype.
   * @throws InvalidInputError when b does not fit.
   */
  solve(b: Tensor): Tensor {
    const [n] = this.shape;
    if (b.rank < 1 || b.rank > 2 || b.shape[0] !== n)
      throw new InvalidInputError("SparseCholeskyFactorisation.solve: b", `shape [${n}] or [${n}, columns]`, b.shape);
    return b.device.scope(() => {
      const sides = b.rank === 2 ? transpose(b) : b.reshape([1, n]);
      const inOrder = gather(sides, this.#order, { axis: 1 });
      const [solved] = sparseCholeskySolveKernel.run([this.#factor, inOrder, ...this.#supernodes], null);
      const x = gather(solved, this.#positions, { axis: 1 });
      return b.rank === 2 ? transpose(x) : x.reshape([n]);
    });
  }

  /** log det A. */
  async logDeterminant(): Promise<number> {
    const { starts, rowPointers } = this.symbolic;
    const blocks = await this.#factor.data();
    let [sum, block] = [0, 0];
    for (let s = 0; s + 1 < starts.length; s++) {
      const width = starts[s + 1] - starts[s];
      for (let k = 0; k < width; k++) sum += 2 * Math.log(blocks[block + k * (width + 1)]);
      block += width * (rowPointers[s + 1] - rowPointers[s]);
    }
    return sum;
  }

  /** L with P A Pᵀ = L Lᵀ, P taking row `symbolic.order[k]` to k. Zeros that supernodes store are left out. */
  async factor(): Promise<CsrMatrix> {
    const { starts, rowPointers, rows } = this.symbolic;
    const blocks = await this.#factor.data();
    const entries: { rows: number[]; columns: number[]; values: number[] } = { rows: [], columns: [], values: [] };
    let next = 0;
    for (let s = 0; s + 1 < starts.length; s++)
      for (let k = rowPointers[s]; k < rowPointers[s + 1]; k++)
        for (let column = starts[s]; column < starts[s + 1]; column++) {
          const value = blocks[next++];
          if (value === 0) continue;
          entries.rows.push(rows[k]);
          entries.columns.push(column);
          entries.values.push(value);
        }
    return CsrMatrix.fromCoordinates(this.shape, entries);
  }

  dispose(): void {
    for (const each of [this.#factor, this.#order, this.#positions, ...this.#supernodes]) each.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Cholesky factors of a sparse symmetric positive definite matrix, P A Pᵀ = L Lᵀ: many systems with one matrix, or one to full accuracy. The lower triangle of A is read.
 *
 * Choose iterative methods where factors get too large: of grids in two dimensions they have some n log n entries, in three n^{4/3}.
 *
 * Source: Duff, Reid, "The multifrontal solution of indefinite sparse symmetric linear equations" (1983), with the order of `minimumDegreeOrder` and relaxed supernodes.
 *
 * @throws InvalidInputError unless A is square and `order` a permutation; NotPositiveDefiniteError with the first leading minor of P A Pᵀ that is not positive; UnsupportedError but on cpu.
 */
export async function factorSparseCholesky(
  a: CsrMatrix,
  options: SparseCholeskyOptions,
): Promise<SparseCholeskyFactorisation> {
  if (a.shape[0] !== a.shape[1])
    throw new InvalidInputError("factorSparseCholesky: a", "a square matrix", `[${a.shape}]`);
  const symbolic = analyseCholesky(a, options.order ?? minimumDegreeOrder(a));
  return refactorSparseCholesky(a, symbolic, options);
}

/**
 * The same for another matrix with its entries at the same places: what `symbolic` of an earlier factorisation says is not found out again.
 *
 * @throws as `factorSparseCholesky`; InvalidInputError when the lower triangle of A has its entries elsewhere than that of the matrix that was analysed.
 */
export async function refactorSparseCholesky(
  a: CsrMatrix,
  symbolic: SymbolicCholesky,
  { device, dtype = device.defaultFloat }: SparseOperatorOptions,
): Promise<SparseCholeskyFactorisation> {
  if (!hasPlacesOf(a, symbolic))
    throw new InvalidInputError(
      "refactorSparseCholesky: a",
      "entries where the analysed matrix has them",
      `others, [${a.shape}]`,
    );
  const [factor, minor] = await run(a, symbolic, device, dtype);
  if (minor === 0) return new SparseCholeskyFactorisation(symbolic, factor);
  factor.dispose();
  throw new NotPositiveDefiniteError("factorSparseCholesky", 0, minor);
}

async function run(
  a: CsrMatrix,
  symbolic: SymbolicCholesky,
  device: Device,
  dtype: FloatDType,
): Promise<[Tensor, number]> {
  const values = Float64Array.from(symbolic.sources, (source) => a.values[source]);
  const [factor, info] = device.scope(() =>
    sparseCholeskyKernel.run(
      [
        device.tensor(values, [values.length], dtype),
        ...symbolicInputs(symbolic).map((list) => device.tensor(list, [list.length], "int32")),
      ],
      symbolic,
    ),
  );
  const [minor] = await info.data();
  info.dispose();
  return [factor, minor];
}

/** Whether the lower triangle of A has its entries where that of the analysed matrix has them. */
function hasPlacesOf(a: CsrMatrix, { size, order, columnPointers, rowIndices, sources }: SymbolicCholesky): boolean {
  if (a.shape[0] !== size || a.shape[1] !== size) return false;
  const rows = a.rowIndices();
  if (rows.reduce((count, row, k) => count + Number(a.columnIndices[k] <= row), 0) !== sources.length) return false;
  for (let column = 0; column < size; column++)
    for (let k = columnPointers[column]; k < columnPointers[column + 1]; k++) {
      const [one, other] = [order[column], order[rowIndices[k]]];
      if (rows[sources[k]] !== Math.max(one, other) || a.columnIndices[sources[k]] !== Math.min(one, other))
        return false;
    }
  return true;
}
