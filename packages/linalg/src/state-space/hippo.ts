import { InvalidInputError } from "@ansatz/tensor";

/** A system x′ = A x + b u of real numbers, matrices row by row. */
export interface LinearSystem {
  readonly states: number;
  /** A [states, states]. */
  readonly matrix: Float64Array<ArrayBuffer>;
  /** b [states]. */
  readonly input: Float64Array<ArrayBuffer>;
}

/**
 * HiPPO-LegS: the system whose states are the coefficients of its input's history in Legendre polynomials. A_jk = −√(2j−1) √(2k−1) for j > k, −j for j = k, 0 above; b_j = √(2j−1), counted from 1.
 *
 * Its eigenvalues are −1 … −n, its eigenvectors nearly dependent: their condition passes 10¹⁰ at n = 16 and 10²⁰ at n = 64, so that it cannot be diagonalised in floating point.
 * Source: Gu, Dao, Ermon, Rudra, Ré, "HiPPO: Recurrent Memory with Optimal Polynomial Projections" (2020), theorem 2.
 *
 * @throws InvalidInputError unless `states` is an integer ≥ 1.
 */
export function hippoLegs(states: number): LinearSystem {
  checkStates("hippoLegs: states", states);
  const input = Float64Array.from({ length: states }, (_, j) => Math.sqrt(2 * j + 1));
  const matrix = new Float64Array(states * states);
  for (let j = 0; j < states; j++) {
    for (let k = 0; k < j; k++) matrix[j * states + k] = -input[j] * input[k];
    matrix[j * states + j] = -(j + 1);
  }
  return { states, matrix, input };
}

/**
 * The normal part of HiPPO-LegS, A⊥ = A + ½ b bᵀ with input b/2: what S4D-LegS and S5 diagonalise instead. It is −½ I plus a skew-symmetric matrix, so its eigenvectors are orthogonal.
 *
 * Source: Gupta, Gu, Berant, "Diagonal State Spaces are as Effective as Structured State Spaces" (2022), equation 5; Gu et al., "On the Parameterization and Initialization of Diagonal State Space Models" (2022), section 4.
 *
 * @throws InvalidInputError unless `states` is an integer ≥ 1.
 */
export function hippoNormalPart(states: number): LinearSystem {
  const { matrix, input } = hippoLegs(states);
  for (let j = 0; j < states; j++) for (let k = 0; k < states; k++) matrix[j * states + k] += (input[j] * input[k]) / 2;
  return { states, matrix, input: input.map((value) => value / 2) };
}

/**
 * G(iω) = C (iω I − A)⁻¹ b of HiPPO-LegS by substitution, O(n) for each frequency and backward stable: what all diagonal models approximate.
 *
 * @param readout C, real [states].
 * @param frequencies ω.
 * @returns complex values, real and imaginary parts side by side.
 * @throws InvalidInputError for an empty or non-finite readout.
 */
export function hippoTransferFunction(
  readout: ArrayLike<number>,
  frequencies: ArrayLike<number>,
): Float64Array<ArrayBuffer> {
  const states = readout.length;
  checkStates("hippoTransferFunction: readout", states);
  const values = new Float64Array(2 * frequencies.length);
  for (let at = 0; at < frequencies.length; at++) {
    // Row j: (iω + j) x_j = √(2j−1) (1 − Σ_(k<j) √(2k−1) x_k).
    let [restRe, restIm] = [1, 0];
    for (let j = 1; j <= states; j++) {
      const weight = Math.sqrt(2 * j - 1);
      const scale = weight / (j * j + frequencies[at] ** 2);
      const re = scale * (restRe * j + restIm * frequencies[at]);
      const im = scale * (restIm * j - restRe * frequencies[at]);
      values[2 * at] += readout[j - 1] * re;
      values[2 * at + 1] += readout[j - 1] * im;
      restRe -= weight * re;
      restIm -= weight * im;
    }
  }
  return values;
}

/** @throws InvalidInputError unless the value is an integer ≥ 1. */
export function checkStates(argument: string, states: number): void {
  if (!Number.isInteger(states) || states < 1) throw new InvalidInputError(argument, "an integer ≥ 1", states);
}
