import {
  type CaseRandom,
  defineKernel,
  InvalidInputError,
  type KernelCase,
  referenceArray,
  type TensorSpec,
} from "@ansatz/tensor";
import { caseSource } from "../case-source.ts";
import { relaxationSolveCpu } from "./cpu.ts";
import type { RelaxationSolveOptions } from "./options.ts";
import { relaxationSolveReference } from "./reference.ts";

/**
 * Solves one sparse symmetric system with K relaxation parameters, each from the same start: inputs are values, int32 row pointers [n + 1] and columns of a matrix in compressed rows with
 * a positive diagonal, b [n], start [n] and the parameters [K] in (0, 2); outputs are solutions [K, n], iterations int32 [K] and how they ended int32 [K], see `STATUS`. Float64 alone:
 * counts of iterations are its point. `relaxedSolve` checks what this does not.
 */
export const relaxationSolveKernel = defineKernel<RelaxationSolveOptions>({
  name: "relaxation-solve",
  summary:
    "Solves a sparse system by SOR, SSOR or SSOR-preconditioned conjugate gradients with several relaxation parameters.",
  infer,
  // One iteration: how many there are is in the numbers.
  cost: ([values, , , b, , relaxations], { method }) => {
    const sweeps = method === "sor" ? 2 : 3;
    return {
      flops: relaxations.shape[0] * sweeps * 2 * values.shape[0],
      bytes: relaxations.shape[0] * (sweeps * 12 * values.shape[0] + 32 * b.shape[0]),
    };
  },
  reference: relaxationSolveReference,
  cpu: relaxationSolveCpu,
  webgpu: "sequential: every row of a sweep waits for those before it; and it has no float64",
  tensorflow: "sequential: every row of a sweep waits for those before it",
  derivatives: "counts of iterations have none; differentiate the solution of a system by implicitFunction",
  cases: () =>
    METHODS.flatMap((method) => [
      caseOf(caseSource(), method, 1, 2, true),
      caseOf(caseSource(), method, 30, 5, false),
      caseOf(caseSource(), method, 12, 0, true),
      limited(caseOf(caseSource(), method, 40, 3, true)),
      zero(caseOf(caseSource(), method, 6, 2, false)),
      indefinite(caseOf(caseSource(), method, 5, 1, true)),
    ]),
  randomCase: (random) =>
    caseOf(random, random.pick(METHODS), random.integer(1, 25), random.integer(1, 4), random.pick([true, false])),
  // Solutions are of size 1, and both sides stop at a residual of 10⁻⁷: they differ by rounding errors of as many iterations, times the condition of at most ten.
  tolerance: () => ({ relative: 1e-10, absolute: 1e-10 }),
});

const METHODS = ["sor", "ssor", "ssor-cg"] as const;

/** A chain with a distant coupling, diagonally dominant. */
function caseOf(
  random: CaseRandom,
  method: RelaxationSolveOptions["method"],
  n: number,
  count: number,
  relativeToB: boolean,
): KernelCase<RelaxationSolveOptions> {
  const rows = Array.from({ length: n }, (_, row) =>
    Array.from({ length: n }, (_, column) => column).filter((column) => [0, 1, 4].includes(Math.abs(column - row))),
  );
  const columns = rows.flat();
  const values = rows.flatMap((own, row) => own.map((column) => (column === row ? 4.5 : -1)));
  const pointers = [0];
  for (const own of rows) pointers.push(pointers[pointers.length - 1] + own.length);
  const relaxations = Array.from({ length: count }, (_, k) => 0.7 + (1.2 * k) / Math.max(1, count));
  return {
    name: `${method} on ${n} unknowns with ${count} parameters, relative to ${relativeToB ? "b" : "the first residual"}`,
    inputs: [
      referenceArray("float64", [values.length], values),
      referenceArray("int32", [n + 1], pointers),
      referenceArray("int32", [columns.length], columns),
      random.array([n], "float64"),
      random.array([n], "float64"),
      referenceArray("float64", [count], relaxations),
    ],
    options: {
      method,
      tolerance: 1e-7,
      maximumIterations: 1000,
      relativeTo: relativeToB ? "right-hand side" : "first residual",
      backwardFirst: n % 2 === 0,
    },
  };
}

function limited(each: KernelCase<RelaxationSolveOptions>): KernelCase<RelaxationSolveOptions> {
  return { ...each, name: `${each.name}, 3 iterations`, options: { ...each.options, maximumIterations: 3 } };
}

/** Nothing to solve. */
function zero(each: KernelCase<RelaxationSolveOptions>): KernelCase<RelaxationSolveOptions> {
  const [values, pointers, columns, b, start, relaxations] = each.inputs;
  const inputs = [
    values,
    pointers,
    columns,
    { ...b, data: b.data.map(() => 0) },
    { ...start, data: start.data.map(() => 0) },
    relaxations,
  ];
  return { ...each, name: `${each.name}, zero`, inputs };
}

/** Off-diagonal entries that outweigh the diagonal: conjugate gradients see it, sweeps diverge. */
function indefinite(each: KernelCase<RelaxationSolveOptions>): KernelCase<RelaxationSolveOptions> {
  const [values, pointers, columns, b, , relaxations] = each.inputs;
  const large = { ...values, data: values.data.map((value) => (value < 0 ? -90 : 1e-2)) };
  // Along the chain's alternating vector A is negative from the start, so that no rounding decides.
  const alternate = Float64Array.from(b.data, () => 1);
  const inputs = [
    large,
    pointers,
    columns,
    { ...b, data: alternate },
    { ...b, data: alternate.map(() => 0) },
    relaxations,
  ];
  return { ...each, name: `${each.name}, indefinite`, inputs };
}

function infer(inputs: readonly TensorSpec[], options: RelaxationSolveOptions): readonly TensorSpec[] {
  const [values, pointers, columns, b, start, relaxations] = inputs;
  const integers = [pointers, columns];
  const n = b.shape[0];
  for (const [index, each] of inputs.entries()) {
    const expected = integers.includes(each) ? "int32" : "float64";
    if (each.dtype !== expected || each.shape.length !== 1)
      throw new InvalidInputError(
        `relaxationSolve: input ${index}`,
        `a vector of ${expected}`,
        `${each.dtype} [${each.shape}]`,
      );
  }
  if (start.shape[0] !== n) throw new InvalidInputError("relaxationSolve: start", `[${n}]`, `[${start.shape}]`);
  if (pointers.shape[0] !== n + 1)
    throw new InvalidInputError("relaxationSolve: pointers", `[${n + 1}]`, `[${pointers.shape}]`);
  if (columns.shape[0] !== values.shape[0])
    throw new InvalidInputError("relaxationSolve: columns", `[${values.shape}], like values`, `[${columns.shape}]`);
  if (!Number.isInteger(options.maximumIterations) || options.maximumIterations < 1)
    throw new InvalidInputError("relaxationSolve: maximumIterations", "an integer ≥ 1", options.maximumIterations);
  const count = relaxations.shape[0];
  return [
    { shape: [count, n], dtype: "float64" },
    { shape: [count], dtype: "int32" },
    { shape: [count], dtype: "int32" },
  ];
}
