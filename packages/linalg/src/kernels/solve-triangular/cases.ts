import {
  type CaseRandom,
  type FloatDType,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Shape,
} from "@ansatz/tensor";
import type { SolveTriangularOptions } from "./options.ts";

/** Diagonals ±2 and elements of about 1/n beside them: every product of inverse blocks is bounded, so errors stay near those of the arithmetic. */
export function wellConditioned(random: CaseRandom, shape: Shape, dtype: FloatDType): ReferenceArray {
  const n = shape[shape.length - 1];
  const t = random.array(shape, dtype, { scale: 1 / Math.max(1, n) }).data as Float64Array;
  for (let row = 0; row < t.length / Math.max(1, n); row++) t[row * n + (row % n)] = random.pick([-2, 2]);
  return referenceArray(dtype, shape, t);
}

const ALL: readonly SolveTriangularOptions[] = [true, false].flatMap((lower) =>
  [false, true].flatMap((transpose) => [false, true].map((unitDiagonal) => ({ lower, transpose, unitDiagonal }))),
);

function solveCase(
  random: CaseRandom,
  dtype: FloatDType,
  batch: Shape,
  [n, columns]: readonly number[],
  options: SolveTriangularOptions,
): KernelCase<SolveTriangularOptions> {
  return {
    name: `${dtype} [${batch}] ${n} × ${columns} ${JSON.stringify(options)}`,
    inputs: [wellConditioned(random, [...batch, n, n], dtype), random.array([...batch, n, columns], dtype)],
    options,
  };
}

export function randomSolveTriangularCase(random: CaseRandom): KernelCase<SolveTriangularOptions> {
  const extents = [random.integer(0, 70), random.integer(0, 20)];
  return solveCase(
    random,
    random.pick(["float32", "float64"]),
    random.pick([[], [3], [2, 2]]),
    extents,
    random.pick(ALL),
  );
}

export function solveTriangularCases(random: CaseRandom): readonly KernelCase<SolveTriangularOptions>[] {
  const [plain] = ALL;
  return (["float32", "float64"] as const).flatMap((dtype) => [
    ...ALL.map((options) => solveCase(random, dtype, [], [37, 19], options)),
    solveCase(random, dtype, [], [0, 3], plain),
    solveCase(random, dtype, [], [3, 0], plain),
    solveCase(random, dtype, [0], [3, 3], plain),
    solveCase(random, dtype, [], [1, 1], plain),
    solveCase(random, dtype, [], [300, 1], plain),
    solveCase(random, dtype, [], [130, 200], { ...plain, transpose: true }),
    {
      name: `${dtype} a zero and a NaN that is not read`,
      inputs: [referenceArray(dtype, [2, 2], [2, Number.NaN, 1, 0]), referenceArray(dtype, [2, 2], [2, 4, 6, 2])],
      options: plain,
    },
  ]);
}
