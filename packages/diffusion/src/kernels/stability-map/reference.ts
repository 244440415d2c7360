import { type ReferenceArray, referenceArray } from "@ansatz/tensor";
import type { StabilityMapOptions } from "./options.ts";

/** Halvings of the interval that holds the radius; as in cpu.as.ts and gpu.wgsl. */
const HALVINGS = { float32: 20, float64: 40 } as const;

export function stabilityMapReference(
  [state, slope]: readonly ReferenceArray[],
  { rows, columns, real, imaginary }: StabilityMapOptions,
): readonly ReferenceArray[] {
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const z = [along(real, column, columns), along(imaginary, rows - 1 - row, rows)] as const;
      values[row * columns + column] = spectralRadius(state.data, slope.data, z, HALVINGS[state.dtype as "float64"]);
    }
  return [referenceArray(state.dtype, [rows, columns], values)];
}

/** The largest modulus of a root of r^m + Σ (a_k − z b_k) r^(m−k), by halving an interval with the Schur–Cohn test. */
export function spectralRadius(
  state: ArrayLike<number>,
  slope: ArrayLike<number>,
  z: readonly [real: number, imaginary: number],
  halvings: number = HALVINGS.float64,
): number {
  const re = Float64Array.from(state, (a, k) => a - z[0] * slope[k]);
  const im = Float64Array.from(slope, (b) => -z[1] * b);
  let low = 0;
  // Cauchy's bound.
  let high = 1 + re.reduce((most, value, k) => Math.max(most, Math.hypot(value, im[k])), 0);
  for (let step = 0; step < halvings; step++) {
    const middle = 0.5 * (low + high);
    if (rootsWithin(re, im, middle)) high = middle;
    else low = middle;
  }
  return 0.5 * (low + high);
}

/**
 * Whether all roots of the monic polynomial r^m + Σ c_k r^(m−k) have a modulus below `radius`: the Schur–Cohn test. The constant coefficient of a polynomial with its roots within the unit circle is
 * their product, less than 1, and (p − c_m p*)/(1 − |c_m|²) has one degree less and its roots within as well (p* has the coefficients reversed and conjugate).
 */
export function rootsWithin(re: ArrayLike<number>, im: ArrayLike<number>, radius: number): boolean {
  const degree = re.length;
  const x = new Float64Array(degree);
  const y = new Float64Array(degree);
  for (let k = 0, scale = 1 / radius; k < degree; k++, scale /= radius) {
    x[k] = re[k] * scale;
    y[k] = im[k] * scale;
  }
  for (let n = degree; n > 0; n--) {
    const [cx, cy] = [x[n - 1], y[n - 1]];
    const rest = 1 - cx * cx - cy * cy;
    if (!(rest > 0)) return false;
    for (let j = 0; 2 * j <= n - 2; j++) {
      const other = n - 2 - j;
      const [px, py, qx, qy] = [x[j], y[j], x[other], y[other]];
      x[j] = (px - cx * qx - cy * qy) / rest;
      y[j] = (py - cy * qx + cx * qy) / rest;
      x[other] = (qx - cx * px - cy * py) / rest;
      y[other] = (qy - cy * px + cx * py) / rest;
    }
  }
  return true;
}

function along([first, last]: readonly [number, number], index: number, count: number): number {
  return count === 1 ? first : first + ((last - first) * index) / (count - 1);
}
