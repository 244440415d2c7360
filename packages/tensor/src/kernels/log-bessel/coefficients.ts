/** A rational number: numerator and denominator. */
type Rational = readonly [bigint, bigint];

function reduced(numerator: bigint, denominator: bigint): Rational {
  let [a, b] = [numerator < 0n ? -numerator : numerator, denominator];
  while (b > 0n) [a, b] = [b, a % b];
  return a === 0n ? [0n, 1n] : [numerator / a, denominator / a];
}

function sum([a, b]: Rational, [c, d]: Rational): Rational {
  return reduced(a * d + c * b, b * d);
}

/** Terms of the uniform expansion that there are coefficients for. */
const MOST_UNIFORM_TERMS = 13;

/**
 * Coefficients of the polynomials Qₖ for k from 1 to 13, where u_k(p) = pᵏ Qₖ(p²) are those of Debye's expansion: u_(k+1) = ½ p² (1 − p²) u_k′ + ⅛ ∫ (1 − 5 s²) u_k ds, in exact rationals.
 * Source: DLMF 10.41.9.
 */
export function uniformCoefficients(): readonly (readonly number[])[] {
  let current: readonly Rational[] = [[1n, 1n]];
  const all: number[][] = [];
  for (let k = 0; k < MOST_UNIFORM_TERMS; k++) {
    const next = new Array<Rational>(current.length + 1).fill([0n, 1n]);
    for (const [j, [a, b]] of current.entries()) {
      const exponent = BigInt(k + 2 * j);
      // c e / 2 + c / (8 (e + 1)), and −c e / 2 − 5 c / (8 (e + 3)).
      const up = reduced(a * (4n * exponent * (exponent + 1n) + 1n), b * 8n * (exponent + 1n));
      const down = reduced(-a * (4n * exponent * (exponent + 3n) + 5n), b * 8n * (exponent + 3n));
      next[j] = sum(next[j], up);
      next[j + 1] = sum(next[j + 1], down);
    }
    current = next;
    all.push(current.map(([a, b]) => Number(a) / Number(b)));
  }
  return all;
}

/** Coefficients of Vₖ = k Qₖ + 2 t Qₖ′, with which −(x/w²) Σ Vₖ(t) / wᵏ is the derivative of Σ Qₖ(t) / wᵏ in x. */
export function slopeCoefficients(): readonly (readonly number[])[] {
  return uniformCoefficients().map((row, index) => row.map((coefficient, j) => (index + 1 + 2 * j) * coefficient));
}

/** Taylor coefficients of 1 / Γ(1 + z) at 0. Source: mpmath, `taylor(lambda z: rgamma(1 + z), 0, 21)`. */
export const RECIPROCAL_GAMMA = [
  1.0, 0.5772156649015329, -0.6558780715202539, -0.04200263503409524, 0.16653861138229148, -0.04219773455554433,
  -0.009621971527876973, 0.0072189432466631, -0.0011651675918590652, -0.00021524167411495098, 0.0001280502823881162,
  -2.013485478078824e-5, -1.2504934821426706e-6, 1.133027231981696e-6, -2.056338416977607e-7, 6.116095104481416e-9,
  5.002007644469223e-9, -1.18127457048702e-9, 1.0434267116911005e-10, 7.782263439905071e-12, -3.696805618642206e-12,
  5.100370287454476e-13,
];
