/** Up to here the series needs no more than `TERMS` terms, and beyond the recurrence loses at most two digits. */
const SERIES_BELOW = 1;
const TERMS = 20;

/**
 * φ_k(h) = ∫₀¹ e^((1−u)h) u^(k−1)/(k−1)! du, the functions of exponential integrators: φ₀ = e^h, φ_{k+1} = (φ_k − 1/k!)/h, φ_k(0) = 1/k!.
 * By its series Σ hⁿ/(n+k)! where the recurrence would cancel. Relative error below 1e-12 for k ≤ 4.
 */
export function phi(order: number, h: number): number {
  if (Math.abs(h) < SERIES_BELOW) return series(order, h);
  let value = Math.exp(h);
  let factorial = 1;
  for (let k = 0; k < order; k++) {
    value = (k === 0 ? Math.expm1(h) : value - 1 / factorial) / h;
    factorial *= k + 1;
  }
  return value;
}

function series(order: number, h: number): number {
  let term = 1;
  for (let k = 2; k <= order; k++) term /= k;
  let sum = 0;
  for (let n = 1; n <= TERMS; n++) {
    sum += term;
    term *= h / (n + order);
  }
  return sum;
}
