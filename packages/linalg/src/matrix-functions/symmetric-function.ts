import { type DType, multiply, type Tensor } from "@ansatz/tensor";
import { eigenSymmetric } from "../kernels/eigen-symmetric/index.ts";
import { castLike, timesAdjoint } from "../matrix-parts.ts";
import type { RealOf } from "../matrix-shape.ts";

/**
 * A function of symmetric or Hermitian matrices, f(A) = V f(Λ) Vᴴ: `symmetricFunction(a, sqrt)` is the square root.
 * Derivatives need distinct eigenvalues, see `eigenSymmetric`.
 *
 * @param a [..., n, n], float32, float64 or complex; the lower triangle is read.
 * @param f maps real eigenvalues [..., n] element by element, to real numbers, or for complex matrices also to complex ones.
 * @throws InvalidInputError when the matrices are not square or of integers, or f gives complex numbers for real ones; UnsupportedError on webgpu and tensorflow.
 */
export function symmetricFunction<D extends DType>(a: Tensor<D>, f: (values: Tensor<RealOf<D>>) => Tensor): Tensor<D> {
  return a.device.scope(() => {
    const { values, vectors } = eigenSymmetric(a);
    const mapped = f(values);
    const [n] = mapped.shape.slice(-1);
    const row = castLike(mapped.reshape([...mapped.shape.slice(0, -1), 1, n]), a);
    return timesAdjoint(multiply(vectors, row), vectors);
  });
}
