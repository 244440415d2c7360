import { chirpLength } from "./factors.ts";
import { UnitRoots } from "./roots.ts";

/**
 * What turns a transform of any length into a convolution: with c_j = exp(−πi j² / n), X_k = c_k Σ_j (x_j c_j) conj(c_(k−j)).
 * Source: Leo I. Bluestein, "A linear filtering approach to the computation of discrete Fourier transform" (1970).
 */
export interface Chirp {
  /** Length of the convolution. */
  readonly length: number;
  /** c_j for j < n, as pairs. */
  readonly factors: Float64Array<ArrayBuffer>;
  /** conj(B) / length, where B is the transform of conj(c), cyclic with c_(−j) = c_j. */
  readonly spectrum: Float64Array<ArrayBuffer>;
}

export function chirpOf(n: number): Chirp {
  const length = chirpLength(n);
  const roots = new UnitRoots(2 * n);
  const factors = new Float64Array(2 * n);
  // j² modulo 2n, from (j + 1)² = j² + 2j + 1: j² itself may exceed what a float64 holds.
  for (let j = 0, square = 0; j < n; square = (square + 2 * j + 1) % (2 * n), j++) roots.store(square, factors, 2 * j);
  const kernel = new Float64Array(2 * length);
  for (let j = 0; j < n; j++)
    for (const index of j === 0 ? [0] : [j, length - j]) {
      kernel[2 * index] = factors[2 * j] / length;
      kernel[2 * index + 1] = -factors[2 * j + 1] / length;
    }
  const spectrum = powerOfTwoTransform(kernel);
  for (let k = 1; k < spectrum.length; k += 2) spectrum[k] = -spectrum[k];
  return { length, factors, spectrum };
}

/** The transform of a power of two of complex numbers, by Stockham's radix 2. The input is overwritten. */
function powerOfTwoTransform(x: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const n = x.length / 2;
  const roots = new UnitRoots(n);
  const table = new Float64Array(n);
  for (let k = 0; k < n / 2; k++) roots.store(k, table, 2 * k);
  let from = x;
  let to = new Float64Array(2 * n);
  for (let m = n / 2, s = 1; m >= 1; m /= 2, s *= 2) {
    for (let p = 0; p < m; p++) {
      const c = table[2 * p * s];
      const d = table[2 * p * s + 1];
      for (let q = 0; q < s; q++) {
        const a = 2 * (q + s * p);
        const b = a + 2 * s * m;
        const y = 2 * (q + 2 * s * p);
        const re = from[a] - from[b];
        const im = from[a + 1] - from[b + 1];
        to[y] = from[a] + from[b];
        to[y + 1] = from[a + 1] + from[b + 1];
        to[y + 2 * s] = re * c - im * d;
        to[y + 2 * s + 1] = re * d + im * c;
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
