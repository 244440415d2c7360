import { type Device, InvalidInputError } from "@ansatz/tensor";
import { norm2 } from "../host-norms.ts";
import { eigen } from "../kernels/eigen/index.ts";
import { singularValues } from "../kernels/svd/index.ts";
import { inverse } from "../solve/linear-systems.ts";

/**
 * A real matrix in the basis of its eigenvectors, Ṽ Λ̃ Ṽ⁻¹, with one of each pair of conjugate eigenvalues: real quantities are Σ weights · Re(…) over the modes. Complex arrays have real and
 * imaginary parts side by side.
 */
export interface ModalForm {
  /** n. */
  readonly states: number;
  /** Eigenvalues that are kept: those with positive imaginary parts, and real ones. */
  readonly modes: number;
  /** Λ̃ [modes]. */
  readonly poles: Float64Array<ArrayBuffer>;
  /** 2 for one of a pair, 1 for a real eigenvalue [modes]. */
  readonly weights: Float64Array<ArrayBuffer>;
  /** Ṽ, columns of length 1 [states, modes]. */
  readonly vectors: Float64Array<ArrayBuffer>;
  /** Rows of Ṽ⁻¹ [modes, states]. */
  readonly inverse: Float64Array<ArrayBuffer>;
  /** κ₂(Ṽ). */
  readonly condition: number;
  /** ‖Ã − Ṽ Λ̃ Ṽ⁻¹‖ / ‖Ã‖, Frobenius. */
  readonly residual: number;
}

/** Diagonalisations beyond this condition have no digits that mean anything. */
const LARGEST_CONDITION = 1e12;
/** Eigenvalues nearer to each other than this share of the norm count as one. */
const LEAST_GAP = 1e-10;

/**
 * Diagonalises a real matrix.
 *
 * @param what names the matrix in errors.
 * @throws InvalidInputError when an eigenvalue repeats, or the condition of the eigenvectors is beyond 10¹².
 */
export async function diagonalise(
  what: string,
  matrix: Float64Array<ArrayBuffer>,
  states: number,
  device: Device,
): Promise<ModalForm> {
  using a = device.tensor(matrix, [states, states]);
  const { values, vectors } = eigen(a);
  using _values = values;
  using _vectors = vectors;
  const all = (await values.data()) as Float64Array<ArrayBuffer>;
  const columns = (await vectors.data()) as Float64Array<ArrayBuffer>;
  const norm = norm2(matrix);
  checkDistinct(what, all, norm);
  const kept = Array.from({ length: states }, (_, k) => k).filter((k) => all[2 * k + 1] >= 0);
  const weights = Float64Array.from(kept, (k) => (all[2 * k + 1] > 0 ? 2 : 1));
  // Columns √2 Re v, √2 Im v for pairs and v for real ones are Ṽ times a unitary matrix: the same singular values, in real numbers.
  using basis = device.tensor(realBasis(columns, states, kept, weights), [states, states]);
  using sizes = singularValues(basis);
  const spectrum = await sizes.data();
  const condition = spectrum[0] / spectrum[states - 1];
  if (!(condition <= LARGEST_CONDITION))
    throw new InvalidInputError(
      what,
      "eigenvectors of condition ≤ 1e12 (HiPPO itself is not stably diagonalisable: perturb it more)",
      `κ ≈ ${condition.toExponential(1)}`,
    );
  using inverted = inverse(basis);
  const form = {
    states,
    modes: kept.length,
    poles: Float64Array.from(kept.flatMap((k) => [all[2 * k], all[2 * k + 1]])),
    weights,
    vectors: Float64Array.from({ length: 2 * states * kept.length }, (_, index) => {
      const [row, mode] = [Math.floor(index / (2 * kept.length)), Math.floor(index / 2) % kept.length];
      return columns[2 * (row * states + kept[mode]) + (index % 2)];
    }),
    inverse: complexRows((await inverted.data()) as Float64Array<ArrayBuffer>, states, weights),
    condition,
  };
  const rebuilt = rebuiltMatrix(form);
  return { ...form, residual: norm2(matrix.map((value, index) => value - rebuilt[index])) / (norm || 1) };
}

/** Σ weights · Re(v λ u) over the modes: Ṽ Λ̃ Ṽ⁻¹, row by row. */
export function rebuiltMatrix({
  states,
  modes,
  poles,
  weights,
  vectors,
  inverse: rows,
}: Omit<ModalForm, "residual">): Float64Array<ArrayBuffer> {
  const matrix = new Float64Array(states * states);
  for (let i = 0; i < states; i++)
    for (let k = 0; k < modes; k++) {
      const [vRe, vIm] = [vectors[2 * (i * modes + k)], vectors[2 * (i * modes + k) + 1]];
      const re = weights[k] * (vRe * poles[2 * k] - vIm * poles[2 * k + 1]);
      const im = weights[k] * (vRe * poles[2 * k + 1] + vIm * poles[2 * k]);
      for (let j = 0; j < states; j++)
        matrix[i * states + j] += re * rows[2 * (k * states + j)] - im * rows[2 * (k * states + j) + 1];
    }
  return matrix;
}

/** Ṽ⁻¹ b of a real vector, complex [modes]. */
export function inModes(form: ModalForm, vector: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const { modes, states, inverse: rows } = form;
  const values = new Float64Array(2 * modes);
  for (let k = 0; k < modes; k++)
    for (let j = 0; j < states; j++) {
      values[2 * k] += rows[2 * (k * states + j)] * vector[j];
      values[2 * k + 1] += rows[2 * (k * states + j) + 1] * vector[j];
    }
  return values;
}

/** C Ṽ of a real row, complex [modes]. */
export function readoutOfModes(form: ModalForm, row: ArrayLike<number>): Float64Array<ArrayBuffer> {
  const { modes, states, vectors } = form;
  const values = new Float64Array(2 * modes);
  for (let j = 0; j < states; j++) for (let k = 0; k < 2 * modes; k++) values[k] += row[j] * vectors[2 * j * modes + k];
  return values;
}

function checkDistinct(what: string, values: Float64Array, norm: number): void {
  const count = values.length / 2;
  for (let j = 0; j < count; j++)
    for (let k = 0; k < j; k++)
      if (!(Math.hypot(values[2 * j] - values[2 * k], values[2 * j + 1] - values[2 * k + 1]) >= LEAST_GAP * norm))
        throw new InvalidInputError(what, "a matrix with distinct eigenvalues", `eigenvalue ${k} again as ${j}`);
}

function realBasis(
  columns: Float64Array,
  states: number,
  kept: readonly number[],
  weights: Float64Array,
): Float64Array<ArrayBuffer> {
  const basis = new Float64Array(states * states);
  let column = 0;
  for (const [position, k] of kept.entries()) {
    const scale = Math.sqrt(weights[position]);
    for (let j = 0; j < states; j++)
      for (let part = 0; part < weights[position]; part++)
        basis[j * states + column + part] = scale * columns[2 * (j * states + k) + part];
    column += weights[position];
  }
  return basis;
}

/** Rows of Ṽ⁻¹ from those of the inverse of the real basis: (p − i q) / √2 of the rows p, q of a pair. */
function complexRows(rows: Float64Array, states: number, weights: Float64Array): Float64Array<ArrayBuffer> {
  const values = new Float64Array(2 * weights.length * states);
  let row = 0;
  for (const [mode, weight] of weights.entries()) {
    for (let j = 0; j < states; j++) {
      values[2 * (mode * states + j)] = rows[row * states + j] / Math.sqrt(weight);
      if (weight === 2) values[2 * (mode * states + j) + 1] = -rows[(row + 1) * states + j] / Math.SQRT2;
    }
    row += weight;
  }
  return values;
}
