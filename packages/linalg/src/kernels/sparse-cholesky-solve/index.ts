import {
  bytesPerElement,
  type DType,
  defineKernel,
  InvalidInputError,
  isFloat,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
} from "@ansatz/tensor";
import { sparseCholeskySolveCpu } from "./cpu.ts";
import { sparseCholeskySolveDerivatives } from "./derivatives.ts";

/**
 * L Lᵀ X = B for the blocks of a sparse factor. Inputs: the factor of `sparseCholeskyKernel`, right-hand sides [count, n] in the order of elimination, and int32 `starts`, `rowPointers`, `rows` of
 * `analyseCholesky`. Output: solutions [count, n]. Differentiable in the right-hand sides; the factor is a constant.
 */
export const sparseCholeskySolveKernel = defineKernel<null>({
  name: "sparse-cholesky-solve",
  summary: "Solves systems with a sparse Cholesky factor.",
  infer,
  cost: ([factor, b]) => ({
    flops: 4 * b.shape[0] * factor.shape[0],
    bytes: (2 * factor.shape[0] + 2 * b.shape[0] * b.shape[1]) * bytesPerElement(b.dtype),
  }),
  reference,
  cpu: sparseCholeskySolveCpu,
  webgpu: "sequential: every supernode waits for its children, and most are tiny",
  tensorflow: "sequential: every supernode waits for its children, and most are tiny",
  derivatives: sparseCholeskySolveDerivatives,
  cases: () => ([0, 1, 3] as const).flatMap((count) => [caseOf(count, 4, "float64"), caseOf(count, 1, "float32")]),
  randomCase: (random) =>
    caseOf(random.integer(0, 4), random.integer(1, 9), random.pick(["float32", "float64"] as const)),
  tolerance: (dtype) => {
    const u = dtype === "float32" ? 2 ** -24 : 2 ** -53;
    // Solutions are of size 1, diagonals about 2 and sums of other elements in a row at most 1.
    return { relative: 2 * u, absolute: 60 * u };
  },
});

/** A chain of supernodes, each of two columns, with the columns of the next below them. */
function caseOf(count: number, supernodes: number, dtype: "float32" | "float64"): KernelCase<null> {
  const round = dtype === "float32" ? Math.fround : (x: number) => x;
  const starts = Array.from({ length: supernodes + 1 }, (_, s) => 2 * s);
  const rows: number[] = [];
  const rowPointers = [0];
  const factor: number[] = [];
  for (let s = 0; s < supernodes; s++) {
    const own = s + 1 < supernodes ? [2 * s, 2 * s + 1, 2 * s + 2, 2 * s + 3] : [2 * s, 2 * s + 1];
    rows.push(...own);
    rowPointers.push(rows.length);
    factor.push(2 + Math.sin(s), 0, 0.5 * Math.cos(s), 2 - Math.sin(s));
    for (const row of own.slice(2)) factor.push(0.3 * Math.sin(row), 0.2);
  }
  const b = Array.from({ length: count * 2 * supernodes }, (_, k) => round(Math.sin(1 + k * k)));
  return {
    name: `${dtype}, ${count} right-hand sides, ${supernodes} supernodes`,
    inputs: [
      referenceArray(dtype, [factor.length], factor.map(round)),
      referenceArray(dtype, [count, 2 * supernodes], b),
      ...[starts, rowPointers, rows].map((list) => referenceArray("int32", [list.length], list)),
    ],
    options: null,
  };
}

function infer([factor, b, ...indices]: readonly TensorSpec[]): readonly TensorSpec[] {
  if (!isFloat(factor.dtype))
    throw new InvalidInputError("sparseCholeskySolve: factor", "float32 or float64", factor.dtype);
  if (b.dtype !== factor.dtype || b.shape.length !== 2)
    throw new InvalidInputError("sparseCholeskySolve: b", `${factor.dtype} [count, n]`, `${b.dtype} [${b.shape}]`);
  if (indices.length !== 3 || indices.some(({ dtype, shape }) => dtype !== "int32" || shape.length !== 1))
    throw new InvalidInputError("sparseCholeskySolve: indices", "three lists of int32", indices);
  return [{ shape: b.shape, dtype: b.dtype }];
}

function reference([factor, b, starts, rowPointers, rows]: readonly ReferenceArray[]): readonly ReferenceArray[] {
  const [count, n] = b.shape;
  const l = denseFactor(n, factor, starts, rowPointers, rows);
  const x = Float64Array.from(b.data);
  for (let k = 0; k < count; k++) {
    const vector = x.subarray(k * n, (k + 1) * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < i; j++) vector[i] -= l[i * n + j] * vector[j];
      vector[i] /= l[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let j = i + 1; j < n; j++) vector[i] -= l[j * n + i] * vector[j];
      vector[i] /= l[i * n + i];
    }
  }
  return [referenceArray(b.dtype as DType, b.shape, x)];
}

function denseFactor(n: number, ...[factor, starts, rowPointers, rows]: readonly ReferenceArray[]): Float64Array {
  const l = new Float64Array(n * n);
  let next = 0;
  for (let s = 0; s + 1 < starts.data.length; s++)
    for (let k = rowPointers.data[s]; k < rowPointers.data[s + 1]; k++)
      for (let column = starts.data[s]; column < starts.data[s + 1]; column++)
        l[rows.data[k] * n + column] = factor.data[next++];
  return l;
}
