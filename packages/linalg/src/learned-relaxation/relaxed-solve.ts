import { type Device, InvalidInputError } from "@ansatz/tensor";
import { relaxationSolveKernel } from "../kernels/relaxation-solve/index.ts";
import { type RelaxationMethod, STATUS } from "../kernels/relaxation-solve/options.ts";
import type { CsrMatrix } from "../sparse/csr-matrix.ts";
import { withDevice } from "../with-device.ts";

export interface RelaxedSolveOptions {
  /** Default `"ssor-cg"`. */
  readonly method?: RelaxationMethod;
  /** ε: residual asked for, relative to `relativeTo`. Default 10⁻⁸ (paper). */
  readonly tolerance?: number;
  /** K: the cost of a solve that does not converge. Default 10000 (paper's code). */
  readonly maximumIterations?: number;
  /** What residuals are measured against. Default: the right-hand side for conjugate gradients, the first residual for sweeps (paper's code). */
  readonly relativeTo?: "right-hand side" | "first residual";
  /** Whether a pair of sweeps begins with the backward one, as in the paper's code. Default false. */
  readonly backwardFirst?: boolean;
  /** First iterate. Default: zero. */
  readonly start?: ArrayLike<number>;
  /** A cpu device. Default: one opened and closed inside. */
  readonly device?: Device;
}

/** One solve for each relaxation parameter. */
export interface RelaxedSolveResult {
  readonly solutions: readonly Float64Array[];
  /** Iterations, at least 1: what the solves cost. */
  readonly iterations: Int32Array;
  /** `"not-positive-definite"`: a direction of no positive curvature was met, or sweeps left the finite numbers. */
  readonly reasons: readonly (keyof typeof STATUS)[];
}

/**
 * Solves A x = b by relaxation with each of several parameters ω, from the same start, and says how many iterations each took.
 *
 * @param matrix symmetric with a positive diagonal; symmetry is not checked.
 * @param relaxations ω, each in (0, 2).
 * @throws InvalidInputError for a matrix that is not square or has a diagonal entry that is missing or not positive, parameters and options out of range, numbers that are not finite.
 *
 * Source: "Learning to Relax: Setting Solver Parameters Across a Sequence of Linear System Instances": SOR, and conjugate gradients preconditioned by symmetric SOR.
 */
export async function relaxedSolve(
  matrix: CsrMatrix,
  b: ArrayLike<number>,
  relaxations: ArrayLike<number>,
  options: RelaxedSolveOptions = {},
): Promise<RelaxedSolveResult> {
  const { method = "ssor-cg", tolerance = 1e-8, maximumIterations = 10_000, backwardFirst = false } = options;
  const relativeTo = options.relativeTo ?? (method === "ssor-cg" ? "right-hand side" : "first residual");
  checkSystem(matrix, b, options.start);
  checkRelaxations("relaxations", relaxations);
  if (!["sor", "ssor", "ssor-cg"].includes(method))
    throw new InvalidInputError("options.method", '"sor", "ssor" or "ssor-cg"', method);
  if (!(tolerance > 0 && tolerance < 1))
    throw new InvalidInputError("options.tolerance", "a number in (0, 1)", tolerance);
  if (!Number.isInteger(maximumIterations) || maximumIterations < 1)
    throw new InvalidInputError("options.maximumIterations", "an integer ≥ 1", maximumIterations);
  const n = b.length;
  return withDevice(options.device, async (device) => {
    using held = new DisposableStack();
    const vector = (values: ArrayLike<number>) =>
      held.use(device.tensor(Float64Array.from(values), [values.length], "float64"));
    const integers = (values: Int32Array<ArrayBuffer>) => held.use(device.tensor(values, [values.length], "int32"));
    const inputs = [
      vector(matrix.values),
      integers(matrix.rowPointers),
      integers(matrix.columnIndices),
      vector(b),
      vector(options.start ?? new Float64Array(n)),
      vector(relaxations),
    ];
    const settings = { method, tolerance, maximumIterations, relativeTo, backwardFirst };
    const outputs = relaxationSolveKernel.run(inputs, settings).map((each) => held.use(each));
    const [x, iterations, status] = await Promise.all(outputs.map((each) => each.data()));
    const names = Object.keys(STATUS) as (keyof typeof STATUS)[];
    return {
      solutions: Array.from(relaxations, (_, at) => (x as Float64Array).slice(at * n, (at + 1) * n)),
      iterations: iterations as Int32Array,
      reasons: Array.from(status, (code) => names[code]),
    };
  });
}

/** @throws InvalidInputError unless there is at least one, and all are in (0, 2). */
function checkRelaxations(argument: string, relaxations: ArrayLike<number>): void {
  if (!(relaxations?.length >= 1))
    throw new InvalidInputError(argument, "at least one relaxation parameter", relaxations);
  for (let at = 0; at < relaxations.length; at++)
    if (!(relaxations[at] > 0 && relaxations[at] < 2))
      throw new InvalidInputError(`${argument}[${at}]`, "a number in (0, 2)", relaxations[at]);
}

function checkSystem(matrix: CsrMatrix, b: ArrayLike<number>, start: ArrayLike<number> | undefined): void {
  const [rows, columns] = matrix.shape;
  if (rows !== columns) throw new InvalidInputError("matrix", "a square matrix", `${rows} × ${columns}`);
  for (let row = 0; row < rows; row++) {
    let diagonal = 0;
    for (let entry = matrix.rowPointers[row]; entry < matrix.rowPointers[row + 1]; entry++)
      if (matrix.columnIndices[entry] === row) diagonal = matrix.values[entry];
    if (!(diagonal > 0)) throw new InvalidInputError(`matrix: diagonal entry ${row}`, "a positive number", diagonal);
  }
  for (const [name, values] of Object.entries({ b, "options.start": start })) {
    if (!values) continue;
    if (values.length !== rows) throw new InvalidInputError(name, `${rows} numbers`, values.length);
    for (let at = 0; at < rows; at++)
      if (!Number.isFinite(values[at])) throw new InvalidInputError(`${name}[${at}]`, "a finite number", values[at]);
  }
}
