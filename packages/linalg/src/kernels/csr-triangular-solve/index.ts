import {
  bytesPerElement,
  defineKernel,
  InvalidInputError,
  isFloat,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
} from "@ansatz/tensor";
import { csrTriangularSolveCpu } from "./cpu.ts";
import { csrTriangularSolveDerivatives } from "./derivatives.ts";
import type { CsrTriangularSolveOptions } from "./options.ts";

export type { CsrTriangularSolveOptions } from "./options.ts";

/**
 * Substitution with a sparse triangle in compressed rows, whose diagonal is stored: inputs are its values, b [n], and int32 row pointers [n + 1] and column indices. Differentiable in b; the values are
 * constants.
 */
export const csrTriangularSolveKernel = defineKernel<CsrTriangularSolveOptions>({
  name: "csr-triangular-solve",
  summary: "Solves a sparse triangular system in compressed rows.",
  infer,
  cost: ([values, b]) => ({
    flops: 2 * values.shape[0],
    bytes: values.shape[0] * (bytesPerElement(values.dtype) + 4) + 2 * b.shape[0] * bytesPerElement(b.dtype),
  }),
  reference,
  cpu: csrTriangularSolveCpu,
  webgpu: "sequential: every row waits for those before it",
  tensorflow: "sequential: every row waits for those before it",
  derivatives: csrTriangularSolveDerivatives,
  cases: () =>
    SIZES.flatMap((n) => ORIENTATIONS.map((options) => caseOf(n, options, "float64"))).concat([
      caseOf(40, { lower: true, transpose: false }, "float32"),
    ]),
  randomCase: (random) =>
    caseOf(random.integer(1, 30), random.pick(ORIENTATIONS), random.pick(["float32", "float64"] as const)),
  // Solutions of the cases are of size 1: their triangles are dominated by the diagonal.
  tolerance: (dtype) => {
    const u = dtype === "float32" ? 2 ** -24 : 2 ** -53;
    return { relative: 2 * u, absolute: 60 * u };
  },
});

const SIZES = [1, 2, 7, 300];
const ORIENTATIONS = [true, false].flatMap((lower) => [true, false].map((transpose) => ({ lower, transpose })));

/** A band of four diagonals, with holes. */
function caseOf(
  n: number,
  options: CsrTriangularSolveOptions,
  dtype: "float32" | "float64",
): KernelCase<CsrTriangularSolveOptions> {
  const { lower, transpose } = options;
  const round = dtype === "float32" ? Math.fround : (x: number) => x;
  const pointers = [0];
  const columns: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < n; row++) {
    const others = [5, 2, 1]
      .map((distance) => (lower ? row - distance : row + distance))
      .filter((column) => column >= 0 && column < n && (row + column) % 7 !== 0);
    const all = [...others, row].sort((a, b) => a - b);
    columns.push(...all);
    values.push(
      ...all.map((column) => round(column === row ? 2 + Math.sin(row) ** 2 : Math.cos(3 * row + column) / 3)),
    );
    pointers.push(columns.length);
  }
  return {
    name: `${dtype} ${lower ? "lower" : "upper"} triangle of ${n}${transpose ? ", transposed" : ""}`,
    inputs: [
      referenceArray(dtype, [values.length], values),
      referenceArray(
        dtype,
        [n],
        Array.from({ length: n }, (_, k) => round(Math.sin(1 + k * k))),
      ),
      referenceArray("int32", [n + 1], pointers),
      referenceArray("int32", [columns.length], columns),
    ],
    options,
  };
}

function infer([values, b, pointers, columns]: readonly TensorSpec[]): readonly TensorSpec[] {
  if (!isFloat(values.dtype))
    throw new InvalidInputError("csrTriangularSolve: values", "float32 or float64", values.dtype);
  if (b.dtype !== values.dtype) throw new InvalidInputError("csrTriangularSolve: b", `dtype ${values.dtype}`, b.dtype);
  if (pointers.dtype !== "int32" || columns.dtype !== "int32")
    throw new InvalidInputError("csrTriangularSolve: indices", "int32", `${pointers.dtype}, ${columns.dtype}`);
  if (b.shape.length !== 1 || b.shape[0] !== pointers.shape[0] - 1)
    throw new InvalidInputError("csrTriangularSolve: b", `shape [${pointers.shape[0] - 1}]`, `[${b.shape}]`);
  return [{ shape: b.shape, dtype: b.dtype }];
}

function reference(
  [values, b, pointers, columns]: readonly ReferenceArray[],
  { lower, transpose }: CsrTriangularSolveOptions,
): readonly ReferenceArray[] {
  const n = b.data.length;
  const t = new Float64Array(n * n);
  for (let row = 0; row < n; row++)
    for (let entry = pointers.data[row]; entry < pointers.data[row + 1]; entry++)
      t[transpose ? columns.data[entry] * n + row : row * n + columns.data[entry]] = values.data[entry];
  const x = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const row = lower !== transpose ? k : n - 1 - k;
    let sum = b.data[row];
    for (let column = 0; column < n; column++) if (column !== row) sum -= t[row * n + column] * x[column];
    x[row] = sum / t[row * n + row];
  }
  return [referenceArray(b.dtype, b.shape, x)];
}
