import { type Device, type FloatDType, InvalidInputError, openDevice, Tensor } from "@ansatz/tensor";
import { DeviceProblem } from "./device-problem.ts";
import { type DualOnDevice, removeGauge } from "./dual-evaluation.ts";
import { FunctionCostProblem } from "./point-cloud/function-cost-problem.ts";
import { PointCloud } from "./point-cloud/index.ts";
import { PointProblem } from "./point-cloud/point-problem.ts";
import {
  type CheckedMasses,
  checkPointProblem,
  checkProblem,
  type TransportProblem,
  type ZeroMass,
} from "./problem.ts";
import {
  densePlan,
  type HistoryEntry,
  type IterationCounts,
  REMEDIES,
  type StopReason,
  sparsePlan,
  type TransportResult,
} from "./transport-result.ts";

/** Options of every solver. */
export interface SolverOptions {
  /** Where to compute. Default: the device of `costMatrix` if it is a tensor, otherwise a cpu device, opened and closed inside. */
  readonly device?: Device;
  /** Floats to compute in. Default: the widest the device has. */
  readonly dtype?: FloatDType;
  /** Largest marginal error ‖r − P1‖₁ + ‖c − Pᵀ1‖₁ of a solution. Default: 10⁻¹³ in float64, 10⁻⁶ in float32. */
  readonly tolerance?: number;
  /** Potentials to start from, in units of cost, such as those of a solved neighbouring problem. Default: zero. */
  readonly initialPotentials?: { readonly row: ArrayLike<number>; readonly column: ArrayLike<number> };
  /** What to do with masses of zero. Default `"error"`. */
  readonly zeroMass?: ZeroMass;
  /** Stops the solve at the next iteration; the result then has reason `"aborted"`. */
  readonly signal?: AbortSignal;
  /** Called after every iteration. */
  readonly onProgress?: (entry: HistoryEntry) => void;
}

/** How long a solve may keep the event loop from other work, such as the one that aborts it. */
const MILLISECONDS_BETWEEN_PAUSES = 50;

type Counts = { -readonly [Count in keyof IterationCounts]: number };

/** A solve on its way: the present potentials and the record of how they came about. */
export class SolverRun<On extends DualOnDevice = DeviceProblem> {
  readonly problem: On["problem"];
  readonly on: On;
  readonly tolerance: number;
  potentials: Float64Array;
  readonly counts: Counts = {
    sinkhornSweeps: 0,
    newtonSteps: 0,
    quasiNewtonSteps: 0,
    conjugateGradientIterations: 0,
    lineSearchHalvings: 0,
    simplexPivots: 0,
  };
  readonly #history: HistoryEntry[] = [];
  readonly #options: SolverOptions;
  #lastPause = performance.now();

  constructor(on: On, options: SolverOptions) {
    this.on = on;
    this.problem = on.problem;
    this.tolerance = options.tolerance ?? (on.dtype === "float64" ? 1e-13 : 1e-6);
    this.potentials = startingPotentials(on.problem, options.initialPotentials);
    this.#options = options;
  }

  get aborted(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  evaluate(regularization: number): ReturnType<On["evaluate"]> {
    return this.on.evaluate(this.potentials, regularization) as ReturnType<On["evaluate"]>;
  }

  /** Appends to the history, tells the caller, and now and then lets the event loop run. */
  async record(entry: Omit<HistoryEntry, "iteration">): Promise<void> {
    const recorded = { iteration: this.#history.length + 1, ...entry };
    this.#history.push(recorded);
    this.#options.onProgress?.(recorded);
    if (performance.now() - this.#lastPause < MILLISECONDS_BETWEEN_PAUSES) return;
    await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
    this.#lastPause = performance.now();
  }

  /** Up to `sweeps` sweeps, recorded every `interval`; stops early when aborted or when the error is within `tolerance`. Returns the last error seen. */
  async sinkhorn(regularization: number, sweeps: number, interval = 1, tolerance = 0): Promise<number> {
    let error = Number.POSITIVE_INFINITY;
    for (let done = 0; done < sweeps && error > tolerance && !this.aborted; ) {
      const batch = Math.min(interval, sweeps - done);
      const swept = await this.on.sweep(this.potentials, regularization, batch);
      // Keeps the potentials of both sides alike in size, and their rounding errors with them.
      removeGauge(swept.potentials, this.problem.rows);
      this.potentials = swept.potentials;
      error = swept.error;
      done += batch;
      this.counts.sinkhornSweeps += batch;
      await this.record({ kind: "sinkhorn", error, regularization });
    }
    return error;
  }

  async finish(reason: StopReason, regularization: number): Promise<TransportResult> {
    const { problem, potentials } = this;
    const { mass, sums, error, dualObjective } = await this.evaluate(regularization);
    const transportCost = await this.on.transportCost(potentials, regularization);
    const [rows, columns] = problem.given.shape;
    const rowPotential = restored(potentials.subarray(0, problem.rows), problem.keptRows, rows);
    const columnPotential = restored(potentials.subarray(problem.rows), problem.keptColumns, columns);
    // log P = (x + y − C)/ε − 1, so that ⟨C, P⟩ + ε Σ P log P needs the sums of P alone.
    const objective = potentials.reduce(
      (total, potential, index) => total + potential * sums[index],
      -regularization * mass,
    );
    const { dtype } = this.on;
    const source = { costMatrix: problem.given, rowPotential, columnPotential, regularization, dtype };
    return {
      rowPotential,
      columnPotential,
      transportCost,
      objective,
      dualObjective,
      marginalError: error,
      regularization,
      reason,
      remedy: REMEDIES[reason],
      iterations: { ...this.counts },
      history: this.#history,
      dtype,
      plan: () => densePlan(source),
      sparsePlan: (threshold) => sparsePlan(source, threshold),
    };
  }
}

/**
 * Checks problem and options, brings the problem to its device as a matrix of costs, runs `body` there and frees everything.
 * @throws InvalidInputError, UnsupportedError, DeviceUnavailableError.
 */
export async function withSolverRun(
  problem: TransportProblem,
  options: SolverOptions,
  body: (run: SolverRun) => Promise<TransportResult>,
): Promise<TransportResult> {
  checkOptions(options);
  const checked = await checkProblem(problem, options.zeroMass ?? "error");
  return onDevice(problem, options, async (device, dtype) => {
    using on = new DeviceProblem(device, dtype, checked);
    return await body(new SolverRun(on, options));
  });
}

/** As `withSolverRun`, for solvers that need nothing but sweeps: costs between points are not stored. */
export async function withSweepRun(
  problem: TransportProblem,
  options: SolverOptions,
  body: (run: SolverRun<DualOnDevice>) => Promise<TransportResult>,
): Promise<TransportResult> {
  const { costMatrix } = problem;
  if (!(costMatrix instanceof PointCloud)) return withSolverRun(problem, options, (run) => body(run as never));
  checkOptions(options);
  const checked = await checkPointProblem({ ...problem, costMatrix }, options.zeroMass ?? "error");
  return onDevice(problem, options, async (device, dtype) => {
    using on =
      typeof costMatrix.metric === "function"
        ? new FunctionCostProblem(device, dtype, checked)
        : new PointProblem(device, dtype, checked);
    return await body(new SolverRun<DualOnDevice>(on, options));
  });
}

async function onDevice<T>(
  { costMatrix }: TransportProblem,
  options: SolverOptions,
  body: (device: Device, dtype: FloatDType) => Promise<T>,
): Promise<T> {
  const data = costMatrix instanceof PointCloud ? costMatrix.x : costMatrix;
  const given = options.device ?? (data instanceof Tensor ? data.device : undefined);
  const device = given ?? (await openDevice("cpu"));
  try {
    return await body(device, options.dtype ?? device.defaultFloat);
  } finally {
    if (!given) await device.dispose();
  }
}

function checkOptions({ tolerance, dtype }: SolverOptions): void {
  if (tolerance !== undefined && !(tolerance >= 0 && Number.isFinite(tolerance)))
    throw new InvalidInputError("options.tolerance", "a number ≥ 0", tolerance);
  if (dtype !== undefined && dtype !== "float32" && dtype !== "float64")
    throw new InvalidInputError("options.dtype", '"float32" or "float64"', dtype);
}

function startingPotentials(problem: CheckedMasses, initial: SolverOptions["initialPotentials"]): Float64Array {
  const { rows, columns, keptRows, keptColumns, given } = problem;
  const potentials = new Float64Array(rows + columns);
  if (!initial) return potentials;
  checkPotentials("row", initial.row, given.shape[0], keptRows);
  checkPotentials("column", initial.column, given.shape[1], keptColumns);
  potentials.set(Float64Array.from(keptRows, (row) => initial.row[row]));
  potentials.set(
    Float64Array.from(keptColumns, (column) => initial.column[column]),
    rows,
  );
  return potentials;
}

function checkPotentials(side: "row" | "column", values: ArrayLike<number>, length: number, kept: Int32Array): void {
  const argument = `options.initialPotentials.${side}`;
  if (values?.length !== length) throw new InvalidInputError(argument, `${length} numbers`, values?.length);
  for (const index of kept)
    if (!Number.isFinite(values[index]))
      throw new InvalidInputError(`${argument}[${index}]`, "a finite number", values[index]);
}

/** Values at their places among `length`; −∞ at the others. */
function restored(values: Float64Array, kept: Int32Array, length: number): Float64Array {
  const result = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
  for (const [index, position] of kept.entries()) result[position] = values[index];
  return result;
}
