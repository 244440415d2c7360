import {
  type CaseRandom,
  isComplex,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Shape,
} from "@ansatz/tensor";
import type { MatrixDType } from "../../matrix-shape.ts";
import { MATRIX_DTYPES } from "../matrix-dtypes.ts";
import type { SolveTriangularOptions } from "./options.ts";

/** Diagonals ±2 (complex ones 2 or ±2 i) and elements of about 1/n beside them: every product of inverse blocks is bounded, so errors stay near those of the arithmetic. */
export function wellConditioned(random: CaseRandom, shape: Shape, dtype: MatrixDType): ReferenceArray {
  const n = shape[shape.length - 1];
  const t = random.array(shape, dtype, { scale: 1 / Math.max(1, n) }).data as Float64Array;
  const parts = isComplex(dtype) ? 2 : 1;
  for (let row = 0; row < t.length / Math.max(1, n * parts); row++) {
    const at = (row * n + (row % n)) * parts;
    const value = random.pick([-2, 2]);
    if (parts === 1) t[at] = value;
    else t.set(random.pick([true, false]) ? [0, value] : [2, 0], at);
  }
  return referenceArray(dtype, shape, t);
}

const ALL: readonly SolveTriangularOptions[] = [true, false].flatMap((lower) =>
  [false, true].flatMap((transpose) => [false, true].map((unitDiagonal) => ({ lower, transpose, unitDiagonal }))),
);

function solveCase(
  random: CaseRandom,
  dtype: MatrixDType,
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
  return solveCase(random, random.pick(MATRIX_DTYPES), random.pick([[], [3], [2, 2]]), extents, random.pick(ALL));
}

export function solveTriangularCases(random: CaseRandom): readonly KernelCase<SolveTriangularOptions>[] {
  const [plain] = ALL;
  return MATRIX_DTYPES.flatMap((dtype) => [
    ...ALL.map((options) => solveCase(random, dtype, [], [37, 19], options)),
    solveCase(random, dtype, [], [0, 3], plain),
    solveCase(random, dtype, [], [3, 0], plain),
    solveCase(random, dtype, [0], [3, 3], plain),
    solveCase(random, dtype, [], [1, 1], plain),
    solveCase(random, dtype, [], [isComplex(dtype) ? 90 : 300, 1], plain),
    solveCase(random, dtype, [], isComplex(dtype) ? [70, 90] : [130, 200], { ...plain, transpose: true }),
    {
      name: `${dtype} a zero and a NaN that is not read`,
      inputs: [spread(dtype, [2, Number.NaN, 1, 0]), spread(dtype, [2, 4, 6, 2])],
      options: plain,
    },
  ]);
}

/** A matrix [2, 2] of real values, as complex ones beside imaginary parts of the same size. */
function spread(dtype: MatrixDType, values: readonly number[]): ReferenceArray {
  return referenceArray(dtype, [2, 2], isComplex(dtype) ? values.flatMap((x) => [x, x]) : values);
}
