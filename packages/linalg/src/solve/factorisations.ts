import { abs, type DType, log, multiply, real, sum, type Tensor } from "@ansatz/tensor";
import { NotPositiveDefiniteError, SingularMatrixError } from "../errors.ts";
import { choleskyKernel } from "../kernels/cholesky/index.ts";
import { luKernel } from "../kernels/lu/index.ts";
import { solveTriangular } from "../kernels/solve-triangular/index.ts";
import { conjugate, diagonal } from "../matrix-parts.ts";
import { type RealOf, squareShape } from "../matrix-shape.ts";
import { solveWithLu } from "./linear-systems.ts";

/** A Cholesky factorisation that has been seen to exist. Dispose it when done. */
export class CholeskyFactorisation<D extends DType = DType> implements Disposable {
  /** L [..., n, n] with A = L Lᴴ. */
  readonly factor: Tensor<D>;

  constructor(factor: Tensor<D>) {
    this.factor = factor;
  }

  /** A⁻¹ B for B [..., n, columns]. @throws InvalidInputError when shapes or dtypes do not fit. */
  solve(b: Tensor<D>): Tensor<D> {
    return b.device.scope(() => {
      const right = conjugate(solveTriangular(this.factor, b));
      return conjugate(solveTriangular(this.factor, right, { transpose: true }));
    });
  }

  /** log det A, real, of the batch shape. */
  logDeterminant(): Tensor<RealOf<D>> {
    const { device } = this.factor;
    return device.scope(() => multiply(sum(log(real(diagonal(this.factor))), { axes: [-1] }), 2)) as Tensor<RealOf<D>>;
  }

  [Symbol.dispose](): void {
    this.factor.dispose();
  }
}

/** An LU factorisation without zero pivots. Dispose it when done. */
export class LuFactorisation<D extends DType = DType> implements Disposable {
  /** Both factors in one matrix, as `luKernel` gives them. */
  readonly factors: Tensor<D>;
  /** int32 [..., n]: row i of L U is row permutation[i] of A. */
  readonly permutation: Tensor<"int32">;

  constructor(factors: Tensor<D>, permutation: Tensor<"int32">) {
    this.factors = factors;
    this.permutation = permutation;
  }

  /** A⁻¹ B, or A⁻ᵀ B (`transpose`), or A⁻ᴴ B (`adjoint`), for B [..., n, columns]. @throws InvalidInputError when shapes or dtypes do not fit. */
  solve(b: Tensor<D>, options: { readonly transpose?: boolean; readonly adjoint?: boolean } = {}): Tensor<D> {
    const { transpose = false, adjoint = false } = options;
    if (!adjoint) return solveWithLu(this.factors, this.permutation, b, transpose);
    return b.device.scope(() => conjugate(solveWithLu(this.factors, this.permutation, conjugate(b), true)));
  }

  /** log |det A|, real, of the batch shape. */
  logAbsoluteDeterminant(): Tensor<RealOf<D>> {
    const { device } = this.factors;
    return device.scope(() => sum(log(abs(diagonal(this.factors))), { axes: [-1] })) as Tensor<RealOf<D>>;
  }

  [Symbol.dispose](): void {
    this.factors.dispose();
    this.permutation.dispose();
  }
}

/**
 * Like `cholesky`, but waits for the device and makes sure that every matrix is positive definite.
 *
 * @param a [..., n, n], float32, float64 or complex; the lower triangle is read. A plain value: inside of grad, jvp or jet use `cholesky`.
 * @throws NotPositiveDefiniteError with the first matrix that is not, and the order of its first leading minor that is not positive.
 * @throws InvalidInputError when the matrices are not square or of integers; UnsupportedError on tensorflow.
 */
export async function factorCholesky<D extends DType>(a: Tensor<D>): Promise<CholeskyFactorisation<D>> {
  const [factor, info] = choleskyKernel.run([a], null);
  const minors = await info.data();
  info.dispose();
  const batch = minors.findIndex((minor) => minor !== 0);
  if (batch < 0) return new CholeskyFactorisation(factor as Tensor<D>);
  factor.dispose();
  throw new NotPositiveDefiniteError("factorCholesky", batch, minors[batch]);
}

/**
 * Like `lu`, but waits for the device and makes sure that no square matrix is singular.
 *
 * @param a [..., n, n], float32, float64 or complex. A plain value: inside of grad, jvp or jet use `lu` or `solve`.
 * @throws SingularMatrixError with the first matrix that is singular, and the number of its first pivot that is zero or not finite.
 * @throws InvalidInputError when the matrices are not square or of integers; UnsupportedError on tensorflow.
 */
export async function factorLu<D extends DType>(a: Tensor<D>): Promise<LuFactorisation<D>> {
  squareShape("factorLu: a", a);
  const [factors, permutation, status] = luKernel.run([a], null);
  const values = await status.data();
  status.dispose();
  const batch = values.findIndex((value, index) => index % 2 === 0 && value !== 0) / 2;
  if (batch < 0) return new LuFactorisation(factors as Tensor<D>, permutation as Tensor<"int32">);
  factors.dispose();
  permutation.dispose();
  throw new SingularMatrixError("factorLu", batch, values[2 * batch]);
}
