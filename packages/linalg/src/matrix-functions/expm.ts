import {
  abs,
  add,
  type DType,
  greater,
  InvalidInputError,
  matmul,
  max,
  multiply,
  stopGradient,
  subtract,
  sum,
  type Tensor,
  where,
} from "@ansatz/tensor";
import { isSingle } from "../kernels/matrix-dtypes.ts";
import { castLike, identity } from "../matrix-parts.ts";
import { squareShape } from "../matrix-shape.ts";
import { solve } from "../solve/linear-systems.ts";

export interface ExpmOptions {
  /** How often the result may be squared, each of which costs a product whether it is needed or not. Matrices of 1-norms above 5.37 · 2^maximumSquarings (single precision: 3.92 ·) give NaN. Default: 8. */
  readonly maximumSquarings?: number;
}

/** Coefficients of Padé approximants, and the 1-norm up to which they are exact to rounding: order 13 for double precision, 7 for single (Higham 2005, tables 2.1 and 2.3; the latter for single precision). */
const PADE = {
  double: {
    norm: 5.371920351148152,
    coefficients: [
      64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
      670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
    ],
  },
  single: { norm: 3.92572478313866, coefficients: [17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1] },
} as const;

/**
 * Matrix exponentials by scaling and squaring of a Padé approximant (N. Higham, "The scaling and squaring method for the matrix exponential revisited", 2005).
 * Differentiable to any order; the number of squarings, which differs from matrix to matrix, is decided on the device.
 *
 * @param a [..., n, n], float32, float64 or complex.
 * @throws InvalidInputError when the matrices are not square or of integers, or maximumSquarings is no integer ≥ 0; UnsupportedError on tensorflow.
 */
export function expm<D extends DType>(a: Tensor<D>, { maximumSquarings = 8 }: ExpmOptions = {}): Tensor<D> {
  const { dtype, batchShape } = squareShape("expm: a", a);
  if (!Number.isInteger(maximumSquarings) || maximumSquarings < 0)
    throw new InvalidInputError("expm: maximumSquarings", "an integer ≥ 0", maximumSquarings);
  const { norm: largest, coefficients } = PADE[isSingle(dtype) ? "single" : "double"];
  return a.device.scope(() => {
    if (a.size === 0) return multiply(a, 1);
    const columnSums = sum(abs(stopGradient(a) as Tensor<D>), { axes: [-2] });
    const norm = max(columnSums, { axes: [-1] }).reshape([...batchShape, 1, 1]);
    const squared = Array.from({ length: maximumSquarings }, (_, k) => greater(norm, largest * 2 ** k));
    const one = multiply(norm, 0);
    const scale = squared.reduce<Tensor>(
      (total, isSquared) => multiply(total, where(isSquared, add(one, 0.5), add(one, 1))),
      add(one, 1),
    );
    let result = pade(multiply(a, castLike(scale, a)), coefficients);
    for (const isSquared of squared) result = where(isSquared, matmul(result, result), result);
    return where(greater(norm, largest * 2 ** maximumSquarings), Number.NaN, result);
  });
}

/** The diagonal Padé approximant of the exponential of odd order m: (V − U)⁻¹ (V + U) with U the odd powers of A, V the even ones. */
function pade<D extends DType>(a: Tensor<D>, coefficients: readonly number[]): Tensor<D> {
  const one = identity(a, a.shape[a.shape.length - 1]);
  const square = matmul(a, a);
  const powers = [one, square];
  while (powers.length < 4) powers.push(matmul(powers[powers.length - 1], square));
  const combine = (from: number, count: number, first: number) =>
    Array.from({ length: count }, (_, k) => multiply(powers[first + k], coefficients[from + 2 * k])).reduce((x, y) =>
      add(x, y),
    );
  /** Σ c[parity + 2k] A^2k; what is beyond A⁶ has that factor in common. */
  const polynomial = (parity: number) => {
    const low = combine(parity, 4, 0);
    const more = (coefficients.length - 8) / 2;
    return more > 0 ? add(matmul(powers[3], combine(parity + 8, more, 1)), low) : low;
  };
  const odd = matmul(a, polynomial(1));
  const even = polynomial(0);
  return solve(subtract(even, odd), add(even, odd));
}
