import { type DType, matmul, multiply, type Tensor } from "@ansatz/tensor";
import { eigenSymmetric } from "../kernels/eigen-symmetric/index.ts";

/**
 * A function of symmetric matrices, f(A) = V f(Λ) Vᵀ: `symmetricFunction(a, sqrt)` is the square root.
 * Derivatives need distinct eigenvalues, see `eigenSymmetric`.
 *
 * @param a [..., n, n], float32 or float64; the lower triangle is read.
 * @param f maps eigenvalues [..., n] element by element.
 * @throws InvalidInputError when the matrices are not square or not of floats; UnsupportedError on webgpu and tensorflow.
 */
export function symmetricFunction<D extends DType>(a: Tensor<D>, f: (values: Tensor<D>) => Tensor<D>): Tensor<D> {
  return a.device.scope(() => {
    const { values, vectors } = eigenSymmetric(a);
    const mapped = f(values);
    const [n] = mapped.shape.slice(-1);
    return matmul(multiply(vectors, mapped.reshape([...mapped.shape.slice(0, -1), 1, n])), vectors, {
      transposeB: true,
    });
  });
}
