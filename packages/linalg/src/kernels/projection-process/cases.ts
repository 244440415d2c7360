import { type CaseRandom, isComplex, type KernelCase, type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { type MatrixDType, realDType } from "../../matrix-shape.ts";
import { unitary } from "../hermitian-cases.ts";
import { MATRIX_DTYPES, rounded } from "../matrix-dtypes.ts";
import { orthogonal } from "../orthogonal-cases.ts";
import { chooseCandidates } from "./reference.ts";

/** Rows of orthonormal functions [m, M]. */
function orthonormalRows(random: CaseRandom, size: number, count: number, dtype: MatrixDType): ReferenceArray {
  const parts = isComplex(dtype) ? 2 : 1;
  const columns = parts === 2 ? unitary(random, count, size) : orthogonal(random, count, size);
  const rows = new Float64Array(columns.length);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < size; j++)
      for (let part = 0; part < parts; part++)
        rows[(j * count + i) * parts + part] = columns[(i * size + j) * parts + part];
  return referenceArray(dtype, [size, count], rounded(rows, dtype));
}

/** Uniform numbers that fall in the middle of what belongs to a candidate, and to no small one: all devices choose the same, whatever they round. */
function clearUniforms(random: CaseRandom, features: ReferenceArray, samples: number, dtype: MatrixDType) {
  const [size, count] = features.shape;
  const shares: number[] = [];
  for (let sample = 0; sample < samples; sample++)
    chooseCandidates(features.data as Float64Array, size, count, isComplex(dtype) ? 2 : 1, (residuals, total) => {
      const likely = Array.from(residuals.keys()).filter((i) => residuals[i] > (0.3 * total) / count);
      const index = random.pick(likely);
      const before = residuals.subarray(0, index).reduce((sum, residual) => sum + residual, 0);
      shares.push((before + residuals[index] / 2) / total);
      return index;
    });
  return referenceArray(realDType(dtype), [samples, size], rounded(Float64Array.from(shares), dtype));
}

function caseOf(
  random: CaseRandom,
  dtype: MatrixDType,
  size: number,
  count: number,
  samples: number,
): KernelCase<null> {
  const features = orthonormalRows(random, size, count, dtype);
  return {
    name: `${dtype} ${samples} × ${size} of ${count}`,
    inputs: [features, clearUniforms(random, features, samples, dtype)],
    options: null,
  };
}

export function randomProjectionProcessCase(random: CaseRandom): KernelCase<null> {
  const size = random.integer(1, 8);
  return caseOf(random, random.pick(MATRIX_DTYPES), size, random.integer(size, 60), random.integer(0, 4));
}

export function projectionProcessCases(random: CaseRandom): readonly KernelCase<null>[] {
  return MATRIX_DTYPES.flatMap((dtype) => [
    caseOf(random, dtype, 1, 1, 1),
    caseOf(random, dtype, 5, 5, 2),
    caseOf(random, dtype, 3, 300, 7),
    caseOf(random, dtype, 12, 90, 2),
    caseOf(random, dtype, 4, 20, 0),
    {
      name: `${dtype} no functions`,
      inputs: [referenceArray(dtype, [0, 7], []), referenceArray(realDType(dtype), [3, 0], [])],
      options: null,
    },
  ]);
}
