import {
  type CaseRandom,
  type FloatDType,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Shape,
} from "@ansatz/tensor";
import { orthogonal } from "../orthogonal-cases.ts";
import type { EigenSymmetricOptions } from "./options.ts";

/** Symmetric matrices with the eigenvalues ±1, ±2, … that a random choice of signs leaves distinct: gaps of 1 keep eigenvectors well conditioned. */
export function separated(random: CaseRandom, shape: Shape, dtype: FloatDType): ReferenceArray {
  const n = shape[shape.length - 1];
  const batches = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  const a = new Float64Array(batches * n * n);
  for (let batch = 0; batch < batches; batch++) {
    const q = orthogonal(random, n, n);
    const values = Array.from({ length: n }, (_, k) => (k + 1) * random.pick([-1, 1]));
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        a[(batch * n + i) * n + j] = values.reduce((sum, value, k) => sum + value * q[i * n + k] * q[j * n + k], 0);
  }
  return referenceArray(dtype, shape, dtype === "float32" ? a.map(Math.fround) : a);
}

export function randomEigenSymmetricCase(random: CaseRandom): KernelCase<EigenSymmetricOptions> {
  const dtype = random.pick(["float32", "float64"] as const);
  const n = random.integer(0, 24);
  const shape = [...random.pick([[], [], [3], [2, 2]]), n, n];
  const vectors = random.pick([true, true, false]);
  return { name: `${dtype} [${shape}]`, inputs: [separated(random, shape, dtype)], options: { vectors } };
}

export function eigenSymmetricCases(random: CaseRandom): readonly KernelCase<EigenSymmetricOptions>[] {
  return (["float32", "float64"] as const).flatMap((dtype) => {
    const shapes = [
      [0, 0],
      [0, 3, 3],
      [1, 1],
      [2, 2],
      [3, 3],
      [40, 5, 5],
      [45, 45],
    ];
    const scaled = (factor: number) => {
      const a = separated(random, [7, 7], dtype);
      return referenceArray(
        dtype,
        a.shape,
        a.data.map((x) => x * factor),
      );
    };
    return [
      ...shapes.map((shape) => separated(random, shape, dtype)),
      // Tridiagonal already, diagonal already, and what is above the diagonal is not read.
      referenceArray(dtype, [3, 3], [2, Number.NaN, 0, 1, 3, Number.NaN, 0, 1, 5]),
      referenceArray(dtype, [3, 3], [3, 0, 0, 0, 1, 0, 0, 0, 2]),
      referenceArray(dtype, [2, 2], [Number.NaN, 0, 0, 1]),
      ...(dtype === "float64" ? [scaled(1e-200), scaled(1e200)] : []),
    ].map((a, index) => ({ name: `${dtype} [${a.shape}] (${index})`, inputs: [a], options: { vectors: true } }));
  });
}
