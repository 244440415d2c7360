import { log_f64x2 } from "../../../assembly/log";

/** Taylor coefficients of 1 / Γ(1 + z) at 0. Source: mpmath, `taylor(lambda z: rgamma(1 + z), 0, 21)`. */
// @ts-ignore: decorator
@inline
const RECIPROCAL_GAMMA = memory.data<f64>([
  1.0, 0.5772156649015329, -0.6558780715202539, -0.04200263503409524, 0.16653861138229148, -0.04219773455554433, -0.009621971527876973,
  0.0072189432466631, -0.0011651675918590652, -0.00021524167411495098, 0.0001280502823881162, -2.013485478078824e-05,
  -1.2504934821426706e-06, 1.133027231981696e-06, -2.056338416977607e-07, 6.116095104481416e-09, 5.002007644469223e-09,
  -1.18127457048702e-09, 1.0434267116911005e-10, 7.782263439905071e-12, -3.696805618642206e-12, 5.100370287454476e-13,
]);

// @ts-ignore: decorator
@inline
const COEFFICIENTS: i32 = 22;

/** Natural logarithm of one number. */
export function logOf(x: f64): f64 {
  return f64x2.extract_lane(log_f64x2(f64x2.splat(x)), 0);
}

/** Γ(1 + z) for −¾ ≤ z ≤ 20 within a few ulp, 1 for z = 0: from the nearest integer by the recurrence. */
export function gammaOfOnePlus(z: f64): f64 {
  const n = nearest(z);
  const f = z - n;
  let sum = 0.0;
  for (let k = COEFFICIENTS - 1; k >= 0; k--) sum = sum * f + load<f64>(RECIPROCAL_GAMMA + ((<usize>k) << 3));
  let product = 1.0;
  for (let j = 1.0; j <= n; j++) product *= f + j;
  return n < 0 ? 1 / (sum * f) : product / sum;
}

/** log Γ(1 + z) for z ≥ −¾. */
export function logGammaOfOnePlus(z: f64): f64 {
  if (z <= 20) return logOf(gammaOfOnePlus(z));
  // Stirling's series, DLMF 5.11.1; what is left out is below 10⁻¹⁷ of the result.
  const square = 1 / (z * z);
  const series = (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square * (1.0 / 1680 - square * (1.0 / 1188 - square * (691.0 / 360360)))))) / z;
  return (z + 0.5) * logOf(z) - z + 0.9189385332046728 + series;
}
