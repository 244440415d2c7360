import {
  type CaseRandom,
  type FloatDType,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Shape,
} from "@ansatz/tensor";

/**
 * Matrices with one large element in each column, in rows in random order, beside elements of about 1/n: every device chooses the same pivots, and errors stay near those of the arithmetic.
 */
export function clearPivots(random: CaseRandom, shape: Shape, dtype: FloatDType): ReferenceArray {
  const [rows, columns] = shape.slice(-2);
  const scale = 0.5 / Math.max(1, Math.min(rows, columns));
  const a = random.array(shape, dtype, { scale }).data as Float64Array;
  for (let start = 0; start < a.length; start += rows * columns) {
    const order = Array.from({ length: rows }, (_, i) => i);
    for (let k = 0; k < Math.min(rows, columns); k++) {
      const other = random.integer(k, rows - 1);
      [order[k], order[other]] = [order[other], order[k]];
      a[start + order[k] * columns + k] = random.pick([-3, -2, 2, 3]);
    }
  }
  return referenceArray(dtype, shape, a);
}

export function randomLuCase(random: CaseRandom): KernelCase<null> {
  const dtype = random.pick(["float32", "float64"] as const);
  const shape = [...random.pick([[], [], [3], [2, 2]]), random.integer(0, 50), random.integer(0, 50)];
  return { name: `${dtype} [${shape}]`, inputs: [clearPivots(random, shape, dtype)], options: null };
}

export function luCases(random: CaseRandom): readonly KernelCase<null>[] {
  return (["float32", "float64"] as const).flatMap((dtype) =>
    [
      ...[
        [0, 0],
        [0, 3],
        [3, 0],
        [0, 3, 3],
        [1, 1],
        [170, 170],
        [300, 70],
        [70, 150],
        [70, 9, 9],
        [33, 1],
        [1, 33],
      ].map((shape) => clearPivots(random, shape, dtype)),
      referenceArray(dtype, [3, 2, 2], [0, 0, 0, 0, 1, 2, 2, 4, 0, 1, 2, 3]),
      referenceArray(dtype, [3, 3], [0, 0, 2, 0, 3, 1, 0, 0, 1]),
    ].map((a) => ({ name: `${dtype} [${a.shape}]`, inputs: [a], options: null })),
  );
}
