import { openDevice } from "@ansatz/tensor";
import { eigen } from "../kernels/eigen/index.ts";
import { eigenSymmetric } from "../kernels/eigen-symmetric/index.ts";

/** An eigenpair of the projected matrix: its vector's coordinates in the basis, of length 1. */
export interface Pair {
  readonly value: readonly [re: number, im: number];
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export type LanczosSelection = "largest-magnitude" | "largest" | "smallest";
export type ArnoldiSelection = "largest-magnitude" | "largest-real" | "smallest-real" | "largest-imaginary";

/** What is the largest for the pairs that are wanted most. */
const RANKS: Readonly<Record<LanczosSelection | ArnoldiSelection, (value: readonly [number, number]) => number>> = {
  "largest-magnitude": ([re, im]) => Math.hypot(re, im),
  largest: ([re]) => re,
  smallest: ([re]) => -re,
  "largest-real": ([re]) => re,
  "smallest-real": ([re]) => -re,
  "largest-imaginary": ([, im]) => Math.abs(im),
};

/** Eigenpairs of H [m, m], symmetric but for rounding, those wanted most first. */
export async function symmetricPairs(h: Float64Array, m: number, which: LanczosSelection): Promise<readonly Pair[]> {
  await using device = await openDevice("cpu", { threads: 1 });
  const symmetric = Float64Array.from(h, (value, k) => (value + h[(k % m) * m + Math.floor(k / m)]) / 2);
  const { values, vectors } = eigenSymmetric(device.tensor(symmetric, [m, m]));
  const [lambdas, columns] = [await values.data(), await vectors.data()];
  const pairs = Array.from(lambdas, (lambda, j) => ({
    value: [lambda, 0] as const,
    re: Float64Array.from({ length: m }, (_, i) => columns[i * m + j]),
    im: new Float64Array(m),
  }));
  return ranked(pairs, which);
}

/** Eigenpairs of H [m, m], those wanted most first, of a conjugate pair that with the positive imaginary part first. */
export async function generalPairs(
  h: Float64Array<ArrayBuffer>,
  m: number,
  which: ArnoldiSelection,
): Promise<readonly Pair[]> {
  await using device = await openDevice("cpu", { threads: 1 });
  const { values, vectors } = eigen(device.tensor(h, [m, m]));
  const [lambdas, columns] = [await values.data(), await vectors.data()];
  const pairs = Array.from({ length: m }, (_, j) => ({
    value: [lambdas[2 * j], lambdas[2 * j + 1]] as const,
    re: Float64Array.from({ length: m }, (_, i) => columns[2 * (i * m + j)]),
    im: Float64Array.from({ length: m }, (_, i) => columns[2 * (i * m + j) + 1]),
  }));
  return ranked(pairs, which);
}

function ranked(pairs: readonly Pair[], which: LanczosSelection | ArnoldiSelection): readonly Pair[] {
  const rank = RANKS[which];
  // Equal ranks beside each other by real part, so that conjugates are neighbours.
  return pairs.toSorted((a, b) => rank(b.value) - rank(a.value) || b.value[0] - a.value[0] || b.value[1] - a.value[1]);
}

/** An orthonormal basis of what the vectors span, by Gram–Schmidt, twice; those that add nothing are left out. */
export function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const basis: Float64Array[] = [];
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, each, k) => sum + each * b[k], 0);
  for (const vector of vectors) {
    let rest = Float64Array.from(vector);
    const size = Math.sqrt(dot(rest, rest));
    for (let pass = 0; pass < 2; pass++)
      for (const each of basis) {
        const part = dot(each, rest);
        rest = rest.map((value, k) => value - part * each[k]);
      }
    const left = Math.sqrt(dot(rest, rest));
    if (left > 1e-13 * size) basis.push(rest.map((value) => value / left));
  }
  return basis;
}
