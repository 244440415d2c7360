/** Taylor coefficients of 1 / Γ(1 + z) at 0. Source: mpmath, `taylor(lambda z: rgamma(1 + z), 0, 21)`. */
const RECIPROCAL_GAMMA = [
  1.0, 0.5772156649015329, -0.6558780715202539, -0.04200263503409524, 0.16653861138229148, -0.04219773455554433,
  -0.009621971527876973, 0.0072189432466631, -0.0011651675918590652, -0.00021524167411495098, 0.0001280502823881162,
  -2.013485478078824e-5, -1.2504934821426706e-6, 1.133027231981696e-6, -2.056338416977607e-7, 6.116095104481416e-9,
  5.002007644469223e-9, -1.18127457048702e-9, 1.0434267116911005e-10, 7.782263439905071e-12, -3.696805618642206e-12,
  5.100370287454476e-13,
];

/** log Γ(1 + z) for z > −1, within a few 10⁻¹⁶ of max(1, result): from the nearest integer by the recurrence, or Stirling's series. */
export function logGammaOfOnePlus(z: number): number {
  if (z > 20) {
    // DLMF 5.11.1; what is left out is below 10⁻¹⁷ of the result.
    const square = 1 / z ** 2;
    const series = [691 / 360360, 1 / 1188, 1 / 1680, 1 / 1260, 1 / 360, 1 / 12].reduce(
      (sum, coefficient) => coefficient - square * sum,
    );
    return (z + 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series / z;
  }
  const n = Math.round(z);
  const f = z - n;
  const reciprocal = RECIPROCAL_GAMMA.reduceRight((sum, coefficient) => sum * f + coefficient);
  let product = 1;
  for (let j = 1; j <= n; j++) product *= f + j;
  return n < 0 ? -Math.log(reciprocal * f) : Math.log(product / reciprocal);
}
