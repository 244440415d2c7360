import {
  type ComplexDType,
  complex,
  concatenate,
  type FloatDType,
  imag,
  neg,
  real,
  slice,
  type Tensor,
} from "@ansatz/tensor";

// A complex matrix A is the real matrix (Re A, −Im A; Im A, Re A), and a complex vector x is (Re x; Im x): products, inverses and norms carry over, and every singular value and eigenvalue of a Hermitian matrix
// appears twice.

/** [..., rows, columns] as [..., 2 rows, 2 columns]. */
export function realMatrix(a: Tensor): Tensor<FloatDType> {
  const [re, im] = [real(a), imag(a)];
  const upper = concatenate([re, neg(im)], { axis: -1 });
  const lower = concatenate([im, re], { axis: -1 });
  return concatenate([upper, lower], { axis: -2 }) as Tensor<FloatDType>;
}

/** [..., n] as [..., 2n]. */
export function realVector(x: Tensor): Tensor<FloatDType> {
  return concatenate([real(x), imag(x)], { axis: -1 }) as Tensor<FloatDType>;
}

/** [..., 2n] as complex [..., n]. */
export function complexVector(x: Tensor): Tensor<ComplexDType> {
  const n = x.shape[x.rank - 1] / 2;
  const part = (from: number) =>
    slice(
      x,
      x.shape.map((_, axis) => (axis === x.rank - 1 ? ([from, from + n] as const) : null)),
    );
  return complex(part(0), part(n));
}
