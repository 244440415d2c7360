import { gather, InvalidInputError, stack, type Tensor } from "@ansatz/tensor";
import { SingularMatrixError } from "../../errors.ts";
import { csrTriangularSolveKernel } from "../../kernels/csr-triangular-solve/index.ts";
import { CsrMatrix } from "../csr-matrix.ts";
import type { SparseOperatorOptions } from "../sparse-operator.ts";
import { factorColumns } from "./gilbert-peierls.ts";
import { minimumDegreeOrder, symmetricPattern } from "./minimum-degree.ts";
import { positionsIn } from "./permutation.ts";

/** Patterns of which at least such a share of the entries has its mirror image count as symmetric. */
const SYMMETRIC_SHARE = 0.5;
/** Keeps the diagonal of matrices with a symmetric pattern, whose order was chosen for that. UMFPACK's default. */
const SYMMETRIC_THRESHOLD = 0.1;

export interface SparseLuOptions extends SparseOperatorOptions {
  /** Which column is eliminated k-th. Default: `minimumDegreeOrder` of A where at least half of its pattern is symmetric, else of AᵀA. */
  readonly order?: ArrayLike<number>;
  /**
   * The diagonal stays the pivot where it is at least so many times the largest candidate, in [0, 1]. 1 is partial pivoting, the most stable; less keeps factors sparser. Default: 0.1 for patterns at least
   * half of which are symmetric (UMFPACK's), else 1.
   */
  readonly pivotThreshold?: number;
}

/** Sparse LU factors on a device (cpu). Dispose of them when done. */
export class SparseLuFactorisation implements Disposable {
  readonly shape: readonly [rows: number, columns: number];
  /** P A Q = L U: row `rowOrder[k]` and column `columnOrder[k]` of A are eliminated k-th. */
  readonly rowOrder: Int32Array<ArrayBuffer>;
  readonly columnOrder: Int32Array<ArrayBuffer>;
  /** Ones on its diagonal. */
  readonly lower: CsrMatrix;
  readonly upper: CsrMatrix;
  /** Values, row pointers, column indices. */
  readonly #lower: readonly Tensor[];
  readonly #upper: readonly Tensor[];
  /** `rowOrder`, `columnOrder`, and their inverses. */
  readonly #orders: readonly Tensor[];

  /** Use `factorSparseLu`. */
  constructor(
    factors: Pick<SparseLuFactorisation, "rowOrder" | "columnOrder" | "lower" | "upper">,
    { device, dtype = device.defaultFloat }: SparseOperatorOptions,
  ) {
    const { rowOrder, columnOrder, lower, upper } = factors;
    [this.rowOrder, this.columnOrder, this.lower, this.upper] = [rowOrder, columnOrder, lower, upper];
    this.shape = lower.shape;
    [this.#lower, this.#upper] = [lower, upper].map((each) => [
      device.tensor(each.values, [each.entries], dtype),
      device.tensor(each.rowPointers),
      device.tensor(each.columnIndices, [each.entries], "int32"),
    ]);
    this.#orders = [rowOrder, columnOrder, positionsIn(rowOrder), positionsIn(columnOrder)].map((order) =>
      device.tensor(order, [order.length], "int32"),
    );
  }

  /**
   * A⁻¹ B, or A⁻ᵀ B, differentiable in B to any order.
   * @param b [n] or [n, columns], of the factors' dtype.
   * @throws InvalidInputError when b does not fit.
   */
  solve(b: Tensor, { transpose = false }: { readonly transpose?: boolean } = {}): Tensor {
    const [n] = this.shape;
    if (b.rank < 1 || b.rank > 2 || b.shape[0] !== n)
      throw new InvalidInputError("SparseLuFactorisation.solve: b", `shape [${n}] or [${n}, columns]`, b.shape);
    return b.device.scope(() => {
      if (b.rank === 1) return this.#solveOne(b, transpose);
      if (b.size === 0) return b.reshape(b.shape);
      const columns = Array.from({ length: b.shape[1] }, (_, k) => {
        const column = gather(b, b.device.tensor(Int32Array.of(k)), { axis: 1 }).reshape([n]);
        return this.#solveOne(column, transpose);
      });
      return stack(columns, { axis: 1 });
    });
  }

  #solveOne(b: Tensor, transpose: boolean): Tensor {
    const [rows, columns, rowPositions, columnPositions] = this.#orders;
    const solve = ([values, ...indices]: readonly Tensor[], side: Tensor, lower: boolean) =>
      csrTriangularSolveKernel.run([values, side, ...indices], { lower, transpose })[0];
    const side = gather(b, transpose ? columns : rows, { axis: 0 });
    const solved = transpose
      ? solve(this.#lower, solve(this.#upper, side, false), true)
      : solve(this.#upper, solve(this.#lower, side, true), false);
    return gather(solved, transpose ? rowPositions : columnPositions, { axis: 0 });
  }

  /** log |det A|. */
  logAbsoluteDeterminant(): number {
    return this.upper.diagonal().reduce((sum, pivot) => sum + Math.log(Math.abs(pivot)), 0);
  }

  dispose(): void {
    for (const each of [...this.#lower, ...this.#upper, ...this.#orders]) each.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * LU factors of a sparse matrix, P A Q = L U, in float64 on the host; the factors are then brought to the device. For symmetric positive definite matrices `factorSparseCholesky` is several times faster.
 *
 * Source: Gilbert, Peierls, "Sparse partial pivoting in time proportional to arithmetic operations" (1988), with the order of `minimumDegreeOrder`.
 *
 * @throws InvalidInputError unless A is square, `order` a permutation and `pivotThreshold` in [0, 1]; SingularMatrixError with the first pivot that is zero or not finite; UnsupportedError but on cpu.
 */
export function factorSparseLu(a: CsrMatrix, options: SparseLuOptions): SparseLuFactorisation {
  const [n] = a.shape;
  if (a.shape[1] !== n) throw new InvalidInputError("factorSparseLu: a", "a square matrix", `[${a.shape}]`);
  const isSymmetric = symmetricShare(a) >= SYMMETRIC_SHARE;
  const { pivotThreshold = isSymmetric ? SYMMETRIC_THRESHOLD : 1 } = options;
  if (!(pivotThreshold >= 0 && pivotThreshold <= 1))
    throw new InvalidInputError("factorSparseLu: options.pivotThreshold", "a number in [0, 1]", pivotThreshold);
  const columnOrder = options.order ? Int32Array.from(options.order) : defaultOrder(a, isSymmetric);
  if (columnOrder.length !== n || new Set(columnOrder).size !== n || columnOrder.some((k) => !(k >= 0 && k < n)))
    throw new InvalidInputError("factorSparseLu: options.order", `a permutation of 0 … ${n - 1}`, options.order);
  const factors = factorColumns(a.transpose(), columnOrder, pivotThreshold);
  if (typeof factors === "number") throw new SingularMatrixError("factorSparseLu", 0, factors);
  const [lower, upper] = [factors.lower, factors.upper].map(({ pointers, rows, values }) =>
    CsrMatrix.fromCompressedRows([n, n], { rowPointers: pointers, columnIndices: rows, values }).transpose(),
  );
  return new SparseLuFactorisation({ lower, upper, rowOrder: factors.rowOrder, columnOrder }, options);
}

/** Which share of the entries off the diagonal has an entry at the mirrored place. */
function symmetricShare(a: CsrMatrix): number {
  const { neighbours } = symmetricPattern(a);
  const onDiagonal = a.rowIndices().reduce((count, row, k) => count + Number(row === a.columnIndices[k]), 0);
  const off = a.entries - onDiagonal;
  // The pattern of A + Aᵀ has every pair once per side, whether A has one of them or both.
  return off === 0 ? 1 : (2 * off - neighbours.length) / off;
}

function defaultOrder(a: CsrMatrix, isSymmetric: boolean): Int32Array<ArrayBuffer> {
  if (isSymmetric) return minimumDegreeOrder(a);
  const ones = a.map(() => 1);
  return minimumDegreeOrder(ones.transpose().multiply(ones));
}
