import { add, concatenate, expandDims, matmul, multiply, slice, type Tensor, transpose } from "@ansatz/tensor";
import { qr } from "../kernels/qr/index.ts";
import { svd } from "../kernels/svd/index.ts";

type Triple<T> = readonly [T, T, T];

/** An array of coefficients over three axes, as far as a Tucker decomposition looks at it. */
export interface CoefficientTensor {
  readonly shape: Triple<number>;
  /** Products with the transposes of the factors [m_k, r_k] along all axes but `axis`; what is left, flattened: [rest, m_axis], a transposed unfolding. */
  projectOthers(factors: readonly Tensor[], axis: number): Tensor;
  /** Products with the transposes of all factors: [r₁, r₂, r₃]. */
  project(factors: readonly Tensor[]): Tensor;
}

const OTHERS: Triple<readonly [number, number]> = [
  [1, 2],
  [0, 2],
  [0, 1],
];

/** x with its axis replaced by the rows of a matrix: x ×_axis matrix, or ×_axis matrixᵀ. */
export function multiplyAxis(x: Tensor, matrix: Tensor, axis: number, transposed = false): Tensor {
  const [a, b, c] = x.shape;
  const rows = matrix.shape[transposed ? 1 : 0];
  return x.device.scope(() => {
    if (axis === 0) return matmul(matrix, x.reshape([a, b * c]), { transposeA: transposed }).reshape([rows, b, c]);
    if (axis === 1) return matmul(expandDims(matrix, 0), x, { transposeA: transposed });
    return matmul(x.reshape([a * b, c]), matrix, { transposeB: !transposed }).reshape([a, b, rows]);
  });
}

/** The transposed unfolding [all others, m] along an axis. */
function unfold(x: Tensor, axis: number): Tensor {
  return x.device.scope(() => {
    const [first, second] = OTHERS[axis];
    return transpose(x, [first, second, axis]).reshape([-1, x.shape[axis]]);
  });
}

/** All of its elements. */
export class DenseCoefficients implements CoefficientTensor {
  readonly values: Tensor;

  constructor(values: Tensor) {
    this.values = values;
  }

  get shape(): Triple<number> {
    return this.values.shape as unknown as Triple<number>;
  }

  unfolded(axis: number): Tensor {
    return unfold(this.values, axis);
  }

  projectOthers(factors: readonly Tensor[], axis: number): Tensor {
    return this.values.device.scope(() => {
      const [first, second] = OTHERS[axis];
      const once = multiplyAxis(this.values, factors[first], first, true);
      return unfold(multiplyAxis(once, factors[second], second, true), axis);
    });
  }

  project(factors: readonly Tensor[]): Tensor {
    return this.values.device.scope(() =>
      factors.reduce((x, factor, axis) => multiplyAxis(x, factor, axis, true), this.values),
    );
  }
}

/** Terms whose outer products are formed at a time. */
const TERM_BLOCK = 1024;

/** Σ_ρ λ_ρ a_ρ ⊗ b_ρ ⊗ c_ρ for columns of three matrices [m_k, R], term block by term block: [m₁, m₂, m₃]. */
export function canonicalToDense(columns: readonly Tensor[], weights: Tensor): Tensor {
  const [m1, m2, m3] = columns.map(({ shape }) => shape[0]);
  const terms = weights.size;
  const { device } = weights;
  return device.scope(() => {
    let sum = device.zeros([m1 * m2, m3], weights.dtype) as Tensor;
    for (let first = 0; first < terms; first += TERM_BLOCK) {
      const before = sum;
      sum = device.scope(() => {
        const [a, b, c] = columns.map((each) => slice(each, [null, [first, Math.min(first + TERM_BLOCK, terms)]]));
        const weighted = multiply(a, slice(weights, [[first, Math.min(first + TERM_BLOCK, terms)]]));
        const outer = multiply(expandDims(weighted, 1), expandDims(b, 0)).reshape([m1 * m2, -1]);
        const product = matmul(outer, c, { transposeB: true });
        return first === 0 ? product : add(before, product);
      });
    }
    return sum.reshape([m1, m2, m3]);
  });
}

/** A canonical tensor, whose elements are not formed. */
export class CanonicalCoefficients implements CoefficientTensor {
  readonly columns: readonly Tensor[];
  readonly weights: Tensor;

  /** @param columns [m_k, R] for each axis. @param weights [R]. */
  constructor(columns: readonly Tensor[], weights: Tensor) {
    this.columns = columns;
    this.weights = weights;
  }

  get shape(): Triple<number> {
    return this.columns.map(({ shape }) => shape[0]) as unknown as Triple<number>;
  }

  /** The columns of an axis as rows: [R, m]. */
  transposed(axis: number): Tensor {
    return transpose(this.columns[axis]);
  }

  projectOthers(factors: readonly Tensor[], axis: number): Tensor {
    const { device } = this.weights;
    return device.scope(() => {
      const projected = this.columns.map((each, at) =>
        at === axis ? each : matmul(factors[at], each, { transposeA: true }),
      );
      return unfold(canonicalToDense(projected, this.weights), axis);
    });
  }

  project(factors: readonly Tensor[]): Tensor {
    const { device } = this.weights;
    return device.scope(() =>
      canonicalToDense(
        this.columns.map((each, axis) => matmul(factors[axis], each, { transposeA: true })),
        this.weights,
      ),
    );
  }
}

/** Left singular vectors [m, k] of the transpose of `rows` [rest, m], and the singular values [k]. */
export function leftVectors(rows: Tensor): { vectors: Tensor; values: Tensor } {
  const { device } = rows;
  const [vectors, values] = device.scope(() => {
    // The triangle has the singular values of the whole, without the squares that a Gram matrix would take.
    const [rest, m] = rows.shape;
    const { vt, s } = svd(rest > m ? triangleOf(rows) : rows);
    return [transpose(vt), s];
  });
  return { vectors, values };
}

/** Rows beside the triangle of those before that are reduced at a time, as a multiple of the columns (the paper's blockwise algorithm 4: at most 4). */
const BLOCK_OF_ROWS = 4;

/** R of the QR factors of a matrix [rest, m] with more rows than columns, block by block: Q, which is as large as the matrix, is never formed. */
function triangleOf(rows: Tensor): Tensor {
  const { device } = rows;
  const [rest, m] = rows.shape;
  const block = BLOCK_OF_ROWS * m;
  let triangle: Tensor | undefined;
  for (let first = 0; first < rest; first += block) {
    const before: Tensor | undefined = triangle;
    triangle = device.scope(() => {
      const own = slice(rows, [[first, Math.min(first + block, rest)]]);
      return qr(before ? concatenate([before, own], { axis: 0 }) : own).r;
    });
    before?.dispose();
  }
  return triangle!;
}
