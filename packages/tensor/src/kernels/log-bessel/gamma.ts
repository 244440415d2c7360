import { RECIPROCAL_GAMMA } from "./coefficients.ts";

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
