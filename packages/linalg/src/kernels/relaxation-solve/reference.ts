import { type ReferenceArray, referenceArray } from "@ansatz/tensor";
import { type RelaxationSolveOptions, STATUS } from "./options.ts";

type Matrix = readonly { readonly column: number; readonly value: number }[][];

/** The definition: sweeps and preconditioners row by row. */
export function relaxationSolveReference(
  [values, pointers, columns, b, start, relaxations]: readonly ReferenceArray[],
  options: RelaxationSolveOptions,
): readonly ReferenceArray[] {
  const n = b.data.length;
  const matrix: Matrix = Array.from({ length: n }, (_, row) =>
    Array.from({ length: pointers.data[row + 1] - pointers.data[row] }, (_, k) => {
      const entry = pointers.data[row] + k;
      return { column: columns.data[entry], value: values.data[entry] };
    }),
  );
  const solves = Array.from(relaxations.data, (relaxation) =>
    solve(matrix, Float64Array.from(b.data), Float64Array.from(start.data), relaxation, options),
  );
  return [
    referenceArray(
      "float64",
      [solves.length, n],
      solves.flatMap(({ x }) => [...x]),
    ),
    referenceArray(
      "int32",
      [solves.length],
      solves.map(({ iterations }) => iterations),
    ),
    referenceArray(
      "int32",
      [solves.length],
      solves.map(({ status }) => STATUS[status]),
    ),
  ];
}

interface Solve {
  readonly x: Float64Array;
  readonly iterations: number;
  readonly status: keyof typeof STATUS;
}

function solve(
  matrix: Matrix,
  b: Float64Array,
  x: Float64Array,
  relaxation: number,
  options: RelaxationSolveOptions,
): Solve {
  const { method, tolerance, maximumIterations, relativeTo } = options;
  const first = residual(matrix, b, x);
  const limit =
    tolerance ** 2 * dot(...(relativeTo === "right-hand side" ? ([b, b] as const) : ([first, first] as const)));
  const size = dot(first, first);
  if (size === 0 || size < limit) return { x, iterations: 1, status: "converged" };
  if (method === "ssor-cg") return conjugateGradients(matrix, x, first, relaxation, limit, options);
  for (let iterations = 1; iterations <= maximumIterations; iterations++) {
    const forwardFirst = method === "sor" || !options.backwardFirst;
    sweep(matrix, b, x, relaxation, forwardFirst);
    if (method === "ssor") sweep(matrix, b, x, relaxation, !forwardFirst);
    const r = residual(matrix, b, x);
    const square = dot(r, r);
    if (square < limit) return { x, iterations, status: "converged" };
    if (!Number.isFinite(square)) return { x, iterations, status: "not-positive-definite" };
  }
  return { x, iterations: maximumIterations, status: "iteration-limit" };
}

function conjugateGradients(
  matrix: Matrix,
  x: Float64Array,
  r: Float64Array,
  relaxation: number,
  limit: number,
  { maximumIterations, backwardFirst }: RelaxationSolveOptions,
): Solve {
  const zero = new Float64Array(x.length);
  let z = precondition(matrix, r, relaxation, backwardFirst);
  let rho = dot(r, z);
  let p = z;
  for (let iterations = 1; iterations <= maximumIterations; iterations++) {
    const q = residual(matrix, zero, p).map((value) => -value);
    const curvature = dot(p, q);
    if (!(curvature > 0)) return { x, iterations, status: "not-positive-definite" };
    const step = rho / curvature;
    for (let k = 0; k < x.length; k++) {
      x[k] += step * p[k];
      r[k] -= step * q[k];
    }
    if (dot(r, r) < limit) return { x, iterations, status: "converged" };
    z = precondition(matrix, r, relaxation, backwardFirst);
    const next = dot(r, z);
    p = z.map((value, k) => value + (next / rho) * p[k]);
    rho = next;
  }
  return { x, iterations: maximumIterations, status: "iteration-limit" };
}

/** ω (2 − ω) times the inverse of (D + ω L) D⁻¹ (D + ω L)ᵀ, or of the factors exchanged. */
function precondition(matrix: Matrix, r: Float64Array, relaxation: number, backwardFirst: boolean): Float64Array {
  const diagonal = matrix.map((row, index) => row.find(({ column }) => column === index)!.value);
  const triangle = (right: Float64Array, lower: boolean) => {
    const z = new Float64Array(right.length);
    for (let k = 0; k < z.length; k++) {
      const row = lower ? k : z.length - 1 - k;
      const others = matrix[row].filter(({ column }) => (lower ? column < row : column > row));
      const sum = others.reduce((total, { column, value }) => total + value * z[column], 0);
      z[row] = (right[row] - relaxation * sum) / diagonal[row];
    }
    return z;
  };
  const between = triangle(r, !backwardFirst).map((value, row) => value * diagonal[row]);
  return triangle(between, backwardFirst).map((value) => relaxation * (2 - relaxation) * value);
}

function sweep(matrix: Matrix, b: Float64Array, x: Float64Array, relaxation: number, forward: boolean): void {
  for (let k = 0; k < x.length; k++) {
    const row = forward ? k : x.length - 1 - k;
    let [sum, diagonal] = [b[row], 0];
    for (const { column, value } of matrix[row])
      if (column === row) diagonal = value;
      else sum -= value * x[column];
    x[row] += relaxation * (sum / diagonal - x[row]);
  }
}

function residual(matrix: Matrix, b: Float64Array, x: Float64Array): Float64Array {
  return b.map((value, row) => matrix[row].reduce((rest, entry) => rest - entry.value * x[entry.column], value));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, k) => sum + value * b[k], 0);
}
