import { caseRandom } from "@ansatz/tensor/testing";

/** A square matrix that factorisations find hard, row-major. */
export interface HardMatrix {
  readonly name: string;
  readonly n: number;
  readonly values: Float64Array<ArrayBuffer>;
}

/** The values of a matrix, from noise [n, n]. */
type Recipe = (noise: Float64Array<ArrayBuffer>, n: number) => Float64Array<ArrayBuffer>;

const RECIPES: Readonly<Record<string, Recipe>> = {
  random: (noise) => noise,
  // Rows and columns from 1 down to 10⁻⁶, and the other way round.
  graded: (noise, n) => noise.map((x, index) => x * 10 ** ((-6 * (Math.floor(index / n) + (index % n))) / n)),
  "graded upwards": (noise, n) =>
    noise.map((x, index) => x * 10 ** ((-6 * (2 * n - Math.floor(index / n) - (index % n))) / n)),
  // The last row is nearly the mean of the others.
  "nearly singular": (noise, n) =>
    noise.map((x, index) => {
      if (index < n * (n - 1)) return x;
      let sum = 1e-14 * x;
      for (let k = 0; k + 1 < n; k++) sum += noise[k * n + (index % n)] / n;
      return sum;
    }),
  "rank deficient": (noise, n) => {
    const rank = Math.ceil(n / 3);
    return product(noise.subarray(0, n * rank), noise.subarray(n * (n - rank)), n);
  },
  Hilbert: (noise, n) => noise.map((_, index) => 1 / (Math.floor(index / n) + (index % n) + 1)),
  zero: (noise) => noise.map(() => 0),
};

export const HARD_KINDS: readonly string[] = Object.keys(RECIPES);

const drawn = new Map<number, Float64Array<ArrayBuffer>>();

/** Standard normal numbers [n, n], drawn once: that takes longer than most factorisations. */
function noiseOf(n: number): Float64Array<ArrayBuffer> {
  const noise = drawn.get(n) ?? (caseRandom(n).array([n, n], "float64").data as Float64Array<ArrayBuffer>);
  drawn.set(n, noise);
  return noise;
}

/** Matrices of the backward error tests: what a factorisation leaves of them must not depend on their conditioning. */
export function hardMatrices(n: number, kinds: readonly string[]): readonly HardMatrix[] {
  const noise = noiseOf(n);
  return kinds.map((name) => ({ name, n, values: RECIPES[name](noise, n) }));
}

/** The same kinds as positive definite matrices: A Aᵀ/n, and what keeps the smallest eigenvalue above rounding errors of the given precision. */
export function hardPositiveMatrices(n: number, kinds: readonly string[], precision: number): readonly HardMatrix[] {
  return hardMatrices(n, kinds).map(({ name, values }) => {
    const square = product(values, transpose(values, n), n).map((x) => x / n);
    const shift = (square.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1) * 100 * n * precision;
    return { name, n, values: square.map((x, index) => (index % (n + 1) === 0 ? x + shift : x)) };
  });
}

/** The symmetric part of each. */
export function hardSymmetricMatrices(n: number, kinds: readonly string[]): readonly HardMatrix[] {
  return hardMatrices(n, kinds).map(({ name, values }) => {
    const other = transpose(values, n);
    return { name, n, values: values.map((x, index) => (x + other[index]) / 2) };
  });
}

function transpose(a: Float64Array, n: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(a, (_, index) => a[(index % n) * n + Math.floor(index / n)]);
}

/** a b for a [n, k] and b [k, m]. */
function product(a: Float64Array, b: Float64Array, n: number): Float64Array<ArrayBuffer> {
  const inner = a.length / n;
  const m = b.length / inner;
  const c = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k];
      for (let j = 0; j < m; j++) c[i * m + j] += factor * b[k * m + j];
    }
  return c;
}
