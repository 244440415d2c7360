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
import { CsrMatrix } from "../../sparse/csr-matrix.ts";
import { minimumDegreeOrder } from "../../sparse/direct/minimum-degree.ts";
import { analyseCholesky, type SymbolicCholesky } from "../../sparse/direct/symbolic-cholesky.ts";
import { sparseCholeskyCpu } from "./cpu.ts";
import type { SparseCholeskyOptions } from "./options.ts";

export type { SparseCholeskyOptions } from "./options.ts";

/**
 * Sparse Cholesky factors, see `factorSparseCholesky`. Inputs, named as in what `analyseCholesky` returns: the values of the lower triangle of P A Pᵀ, column after column, and int32 `columnPointers`,
 * `rowIndices`, `starts`, `rowPointers`, `rows`, `children`. Outputs: the blocks of the supernodes [rows, columns], one after the other, and int32 [1]: 0, or the number of the first pivot that is not
 * positive, and then the factor is NaN.
 *
 * Source: Duff, Reid, "The multifrontal solution of indefinite sparse symmetric linear equations" (1983).
 */
export const sparseCholeskyKernel = defineKernel<SparseCholeskyOptions>({
  name: "sparse-cholesky",
  summary: "Cholesky factors of a sparse symmetric positive definite matrix.",
  infer,
  cost: ([values], { flops, entries }) => ({
    flops,
    bytes: values.shape[0] * (bytesPerElement(values.dtype) + 4) + entries * bytesPerElement(values.dtype),
  }),
  reference,
  cpu: sparseCholeskyCpu,
  webgpu: "sequential: every supernode waits for its children, and most are tiny",
  tensorflow: "sequential: every supernode waits for its children, and most are tiny",
  derivatives: "factors of sparse matrices are constants to derivatives; solutions have them in the right-hand sides",
  cases: () =>
    [1, 2, 5, 9].flatMap((edge) => [caseOf(edge, "float64"), caseOf(edge, "float32")]).concat(caseOf(24, "float64")),
  randomCase: (random) => caseOf(random.integer(1, 12), random.pick(["float32", "float64"] as const)),
  tolerance,
});

/** The inputs of the kernel but for the values, on the host. */
export function symbolicInputs(symbolic: SymbolicCholesky): readonly Int32Array<ArrayBuffer>[] {
  const { columnPointers, rowIndices, starts, rowPointers, rows, children } = symbolic;
  return [columnPointers, rowIndices, starts, rowPointers, rows, children];
}

/** A grid in two dimensions with a few long edges, dominated by the diagonal. */
function caseOf(edge: number, dtype: "float32" | "float64"): KernelCase<SparseCholeskyOptions> {
  const n = edge * edge;
  const places: [number, number, number][] = [];
  for (let k = 0; k < n; k++) {
    places.push([k, k, 5 + Math.sin(k)]);
    for (const distance of [1, edge, 3 * edge + 2])
      if (k >= distance && (distance > 1 || k % edge > 0))
        places.push([k, k - distance, -(Math.cos(k + distance) ** 2)]);
  }
  const a = CsrMatrix.fromCoordinates([n, n], {
    rows: places.map(([row]) => row),
    columns: places.map(([, column]) => column),
    values: places.map(([, , value]) => (dtype === "float32" ? Math.fround(value) : value)),
  });
  const symbolic = analyseCholesky(a, minimumDegreeOrder(a));
  const values = Array.from(symbolic.sources, (source) => a.values[source]);
  return {
    name: `${dtype} grid of ${edge} × ${edge}`,
    inputs: [
      referenceArray(dtype, [values.length], values),
      ...symbolicInputs(symbolic).map((list) => referenceArray("int32", [list.length], list)),
    ],
    options: symbolic,
  };
}

function infer(inputs: readonly TensorSpec[], { entries }: SparseCholeskyOptions): readonly TensorSpec[] {
  const [values, columnPointers, rowIndices, starts, rowPointers, , children] = inputs;
  if (!isFloat(values.dtype)) throw new InvalidInputError("sparseCholesky: values", "float32 or float64", values.dtype);
  if (inputs.length !== 7 || inputs.slice(1).some(({ dtype, shape }) => dtype !== "int32" || shape.length !== 1))
    throw new InvalidInputError("sparseCholesky: indices", "six lists of int32", inputs.slice(1));
  if (rowIndices.shape[0] !== values.shape[0] || columnPointers.shape[0] < 1)
    throw new InvalidInputError("sparseCholesky: values", `shape [${rowIndices.shape}]`, `[${values.shape}]`);
  if (starts.shape[0] !== rowPointers.shape[0] || children.shape[0] !== starts.shape[0] - 1)
    throw new InvalidInputError("sparseCholesky: starts", "one more than supernodes", starts.shape);
  return [
    { shape: [entries], dtype: values.dtype },
    { shape: [1], dtype: "int32" },
  ];
}

/** Column by column, with all of L as a dense matrix. */
function reference(inputs: readonly ReferenceArray[], { entries }: SparseCholeskyOptions): readonly ReferenceArray[] {
  const [{ dtype, data: values }, columnPointers, rowIndices, starts, rowPointers, rows] = inputs;
  const n = columnPointers.data.length - 1;
  const l = new Float64Array(n * n);
  for (let column = 0; column < n; column++)
    for (let k = columnPointers.data[column]; k < columnPointers.data[column + 1]; k++)
      l[rowIndices.data[k] * n + column] += values[k];
  let failed = 0;
  for (let column = 0; column < n && !failed; column++) {
    for (let row = column; row < n; row++)
      for (let k = 0; k < column; k++) l[row * n + column] -= l[row * n + k] * l[column * n + k];
    const pivot = l[column * n + column];
    if (!(pivot > 0) || pivot === Number.POSITIVE_INFINITY) failed = column + 1;
    for (let row = column; row < n; row++) l[row * n + column] /= Math.sqrt(pivot);
  }
  const factor = new Float64Array(entries);
  let end = 0;
  for (let s = 0; s + 1 < starts.data.length; s++)
    for (let k = rowPointers.data[s]; k < rowPointers.data[s + 1]; k++)
      for (let column = starts.data[s]; column < starts.data[s + 1]; column++)
        factor[end++] = rows.data[k] < column ? 0 : l[rows.data[k] * n + column];
  if (failed) factor.fill(Number.NaN);
  return [referenceArray(dtype, [entries], factor), referenceArray("int32", [1], [failed])];
}

function tolerance(dtype: DType): { relative: number; absolute: number } {
  const u = dtype === "float32" ? 2 ** -24 : 2 ** -53;
  // Elements are up to 2.5; the matrices have a condition of about 10, and columns of the factor no more than about 30 entries.
  return { relative: 2 * u, absolute: 200 * u };
}
