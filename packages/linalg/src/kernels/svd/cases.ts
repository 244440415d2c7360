import {
  type CaseRandom,
  type FloatDType,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Shape,
} from "@ansatz/tensor";
import { orthogonal } from "../orthogonal-cases.ts";
import type { SvdOptions } from "./options.ts";

/** Matrices with the singular values 1, 2, 3, …: gaps of 1 keep singular vectors well conditioned. */
export function separatedValues(random: CaseRandom, shape: Shape, dtype: FloatDType): ReferenceArray {
  const [rows, columns] = shape.slice(-2);
  const count = Math.min(rows, columns);
  const batches = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  const a = new Float64Array(batches * rows * columns);
  for (let batch = 0; batch < batches; batch++) {
    const [u, v] = [orthogonal(random, rows, count), orthogonal(random, columns, count)];
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        for (let k = 0; k < count; k++)
          a[(batch * rows + i) * columns + j] += (k + 1) * u[i * count + k] * v[j * count + k];
  }
  return referenceArray(dtype, shape, dtype === "float32" ? a.map(Math.fround) : a);
}

export function randomSvdCase(random: CaseRandom): KernelCase<SvdOptions> {
  const dtype = random.pick(["float32", "float64"] as const);
  const shape = [...random.pick([[], [], [3], [2, 2]]), random.integer(0, 20), random.integer(0, 20)];
  const options = { vectors: random.pick([true, true, false]), full: false };
  return { name: `${dtype} [${shape}]`, inputs: [separatedValues(random, shape, dtype)], options };
}

export function svdCases(random: CaseRandom): readonly KernelCase<SvdOptions>[] {
  return (["float32", "float64"] as const).flatMap((dtype) => {
    const shapes = [
      [0, 0],
      [0, 3],
      [3, 0],
      [0, 3, 3],
      [1, 1],
      [1, 5],
      [5, 1],
      [2, 2],
      [30, 5, 4],
      [40, 40],
      [90, 20],
      [20, 90],
    ];
    const scaled = (factor: number) => {
      const a = separatedValues(random, [6, 5], dtype);
      return referenceArray(
        dtype,
        a.shape,
        a.data.map((x) => x * factor),
      );
    };
    return [
      ...shapes.map((shape) => separatedValues(random, shape, dtype)),
      // Bidiagonal already, with a negative number; diagonal already.
      referenceArray(dtype, [3, 3], [2, 1, 0, 0, -3, 1, 0, 0, 5]),
      referenceArray(dtype, [3, 2], [3, 0, 0, -4, 0, 0]),
      referenceArray(dtype, [2, 2], [Number.NaN, 0, 0, 1]),
      ...(dtype === "float64" ? [scaled(1e-200), scaled(1e200)] : []),
    ].map((a, index) => ({
      name: `${dtype} [${a.shape}] (${index})`,
      inputs: [a],
      options: { vectors: true, full: false },
    }));
  });
}
