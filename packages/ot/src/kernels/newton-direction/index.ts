import {
  defineKernel,
  InvalidInputError,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
} from "@ansatz/tensor";
import { checkFloats } from "../log-plan/log-plan.ts";
import { newtonDirectionCpu } from "./cpu.ts";
import type { NewtonDirectionOptions } from "./options.ts";
import { newtonDirectionTensorFlow } from "./tensorflow.ts";
import { newtonDirectionWebGpu } from "./webgpu.ts";

export type { NewtonDirectionOptions } from "./options.ts";

/**
 * Solves the sparsified Newton system [[D₁, S], [Sᵀ, D₂]] w = g of the entropic dual, D₁ and D₂ the row and column sums of the plan, S its largest entries.
 * The Newton direction is ε w.
 *
 * The rows are eliminated, w₁ = D₁⁻¹ (g₁ − S w₂), and conjugate gradients solve (D₂ − Sᵀ D₁⁻¹ S) w₂ = g₂ − Sᵀ D₁⁻¹ g₁ with that matrix's own diagonal as preconditioner.
 * (The paper solves the whole system with its diagonal; on random assignments this takes a quarter of the iterations, on plans of nearly disconnected parts a thirtieth.)
 *
 * Inputs: sums `[m + n]`; gradient `[m + n]`; offsets, indices and values of S as `sparsify-plan` gives them. All sums are positive.
 * Outputs: w `[m + n]`; relative residual and number of iterations `[2]`.
 */
export const newtonDirectionKernel = defineKernel<NewtonDirectionOptions>({
  name: "newton-direction",
  summary: "Solves the sparsified Newton system of entropic transport by preconditioned conjugate gradients.",
  infer,
  cost(inputs, { rows, maximumIterations }) {
    const [sums, , , indices] = inputs;
    const bytes = sums.dtype === "float32" ? 4 : 8;
    const entries = indices.shape[1];
    const columns = sums.shape[0] - rows;
    // Every iteration: two products with S, and 5 multiplications and additions per column. Between iterations all of it can stay in cache.
    return {
      flops: maximumIterations * (4 * entries + rows + 14 * columns),
      bytes: 2 * entries * (bytes + 4) + 3 * (rows + columns) * bytes + 4 * (rows + columns),
    };
  },
  reference,
  cpu: newtonDirectionCpu,
  webgpu: newtonDirectionWebGpu,
  tensorflow: newtonDirectionTensorFlow,
  cases,
  randomCase(random) {
    const dtype = random.pick(["float32", "float64"] as const);
    const [rows, columns] = [random.integer(1, 40), random.integer(1, 40)];
    const entries = Array.from({ length: rows * columns }, () =>
      random.integer(0, 3) === 0 ? random.integer(1, 9) : 0,
    );
    const gradient = random.array([rows + columns], dtype);
    return directionCase(`${dtype} [${rows}, ${columns}]`, dtype, rows, entries, gradient);
  },
  // These matrices have condition numbers below 20; a few iterations then agree to some hundred rounding errors.
  tolerance: (dtype) =>
    dtype === "float32" ? { relative: 1e-4, absolute: 1e-4 } : { relative: 1e-12, absolute: 1e-12 },
});

function infer(inputs: readonly TensorSpec[], options: NewtonDirectionOptions): readonly TensorSpec[] {
  const [sums, gradient, offsets, indices, values] = inputs;
  const { rows, maximumIterations } = options;
  const [length] = sums.shape;
  if (sums.shape.length !== 1 || !(sums.dtype === "float32" || sums.dtype === "float64"))
    throw new InvalidInputError(
      "newton-direction: sums",
      "float32 or float64 of shape [m + n]",
      `${sums.dtype} [${sums.shape}]`,
    );
  if (!Number.isInteger(rows) || rows < 1 || rows >= length)
    throw new InvalidInputError("newton-direction: rows", `an integer from 1 to ${length - 1}`, rows);
  if (!Number.isInteger(maximumIterations) || maximumIterations < 0)
    throw new InvalidInputError("newton-direction: maximumIterations", "an integer ≥ 0", maximumIterations);
  checkFloats("newton-direction", "gradient", gradient, sums.dtype, [length]);
  checkFloats("newton-direction", "offsets", offsets, "int32", [length + 2]);
  checkFloats("newton-direction", "indices", indices, "int32", [2, indices.shape[1]]);
  checkFloats("newton-direction", "values", values, sums.dtype, indices.shape);
  return [
    { shape: [length], dtype: sums.dtype },
    { shape: [2], dtype: sums.dtype },
  ];
}

function reference(inputs: readonly ReferenceArray[], options: NewtonDirectionOptions): readonly ReferenceArray[] {
  const [sums, gradient, offsets, indices, values] = inputs;
  const { rows, shift, tolerance, maximumIterations } = options;
  const columns = sums.data.length - rows;
  const diagonal = sums.data.map((sum) => sum * (1 + shift)) as Float64Array;
  const entries: { row: number; column: number; value: number }[] = [];
  for (let row = 0; row < rows; row++)
    for (let entry = offsets.data[row]; entry < offsets.data[row + 1]; entry++)
      entries.push({ row, column: indices.data[entry], value: values.data[entry] });

  /** D₁⁻¹ (constant − S vector). */
  const eliminateRows = (constant: (row: number) => number, vector: Float64Array) => {
    const result = Float64Array.from({ length: rows }, (_, row) => constant(row));
    for (const { row, column, value } of entries) result[row] -= value * vector[column];
    return result.map((sum, row) => sum / diagonal[row]);
  };
  /** constant − Sᵀ vector. */
  const reduceColumns = (constant: (column: number) => number, vector: Float64Array) => {
    const result = Float64Array.from({ length: columns }, (_, column) => constant(column));
    for (const { row, column, value } of entries) result[column] -= value * vector[row];
    return result;
  };
  const zero = new Float64Array(columns);
  const preconditioner = Float64Array.from({ length: columns }, (_, column) => diagonal[rows + column]);
  for (const { row, column, value } of entries) preconditioner[column] -= (value * value) / diagonal[row];
  const precondition = (vector: Float64Array) =>
    vector.map((value, column) => value / Math.max(preconditioner[column], 1e-14 * diagonal[rows + column]));

  const solution = new Float64Array(columns);
  const residual = reduceColumns(
    (column) => gradient.data[rows + column],
    eliminateRows((row) => gradient.data[row], zero),
  );
  let search = precondition(residual);
  let weighted = dot(residual, search);
  const norm = Math.sqrt(dot(gradient.data, gradient.data));
  let iterations = 0;
  while (iterations < maximumIterations && Math.sqrt(dot(residual, residual)) > tolerance * norm) {
    const product = reduceColumns(
      (column) => diagonal[rows + column] * search[column],
      eliminateRows(
        () => 0,
        search.map((x) => -x),
      ),
    );
    const curvature = dot(search, product);
    if (!(curvature > 0)) break;
    const step = weighted / curvature;
    for (let column = 0; column < columns; column++) {
      solution[column] += step * search[column];
      residual[column] -= step * product[column];
    }
    const preconditioned = precondition(residual);
    const nextWeighted = dot(residual, preconditioned);
    const conjugation = nextWeighted / weighted;
    search = preconditioned.map((value, column) => value + conjugation * search[column]);
    weighted = nextWeighted;
    iterations++;
  }
  const relativeResidual = norm > 0 ? Math.sqrt(dot(residual, residual)) / norm : 0;
  return [
    referenceArray(
      sums.dtype,
      [rows + columns],
      [...eliminateRows((row) => gradient.data[row], solution), ...solution],
    ),
    referenceArray(sums.dtype, [2], [relativeResidual, iterations]),
  ];
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index] * b[index];
  return sum;
}

/** A diagonally dominant system; `entries` is S, row-major. No more iterations than unknowns, so that all devices do the same number. */
function directionCase(
  name: string,
  dtype: "float32" | "float64",
  rows: number,
  entries: readonly number[],
  gradient: ReferenceArray,
  maximumIterations = 3,
): KernelCase<NewtonDirectionOptions> {
  const columns = entries.length / rows;
  const kept = entries.flatMap((value, index) =>
    value ? [{ value, row: Math.floor(index / columns), column: index % columns }] : [],
  );
  const byColumn = kept.toSorted((a, b) => a.column - b.column);
  const before = (count: number, position: (entry: { row: number; column: number }) => number) =>
    Array.from({ length: count + 1 }, (_, index) => kept.filter((entry) => position(entry) < index).length);
  const capacity = kept.length + 2;
  const padded = <T>(list: readonly T[], value: (item: T) => number) => [...list.map(value), 0, 0];
  const sums = new Float64Array(rows + columns).fill(3);
  for (const { row, column, value } of kept) {
    sums[row] += 1.25 * value;
    sums[rows + column] += 1.25 * value;
  }
  return {
    name,
    inputs: [
      referenceArray(dtype, [rows + columns], sums),
      gradient,
      referenceArray(
        "int32",
        [rows + columns + 2],
        [...before(rows, ({ row }) => row), ...before(columns, ({ column }) => column)],
      ),
      referenceArray(
        "int32",
        [2, capacity],
        [...padded(kept, ({ column }) => column), ...padded(byColumn, ({ row }) => row)],
      ),
      referenceArray(
        dtype,
        [2, capacity],
        [...padded(kept, ({ value }) => value), ...padded(byColumn, ({ value }) => value)],
      ),
    ],
    options: { rows, shift: 0.125, tolerance: 0, maximumIterations: Math.min(maximumIterations, columns) },
  };
}

function cases(): readonly KernelCase<NewtonDirectionOptions>[] {
  return (["float32", "float64"] as const).flatMap((dtype) => {
    const gradient = (length: number) =>
      referenceArray(
        dtype,
        [length],
        Array.from({ length }, (_, index) => ((index * 37) % 11) - 5),
      );
    const entries = (rows: number, columns: number) =>
      Array.from({ length: rows * columns }, (_, index) => ((index * 7919) % 13 < 4 ? (index % 5) + 1 : 0));
    return [
      directionCase(`${dtype} [1, 1]`, dtype, 1, [2], gradient(2)),
      directionCase(`${dtype} [2, 3], empty`, dtype, 2, [0, 0, 0, 0, 0, 0], gradient(5), 1),
      directionCase(`${dtype} [5, 300]`, dtype, 5, entries(5, 300), gradient(305)),
      directionCase(`${dtype} [300, 5]`, dtype, 300, entries(300, 5), gradient(305)),
      directionCase(`${dtype} [70, 90], no iteration`, dtype, 70, entries(70, 90), gradient(160), 0),
      directionCase(`${dtype} [70, 90]`, dtype, 70, entries(70, 90), gradient(160), 6),
      directionCase(
        `${dtype} [7, 9], gradient 0`,
        dtype,
        7,
        entries(7, 9),
        referenceArray(dtype, [16], new Float64Array(16)),
      ),
    ];
  });
}
