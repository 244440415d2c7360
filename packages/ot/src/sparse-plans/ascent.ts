import { type Device, DivergedError, type FloatDType, type Tensor } from "@ansatz/tensor";
import { lbfgs } from "@ansatz/tensor/optimisers";
import type { StopReason } from "../transport-result.ts";
import { type DualProblem, negatedDual, type Potentials } from "./dual.ts";
import { ascendBySubgradients } from "./subgradient.ts";

/** How the dual is maximised: by quasi-Newton steps, or by steps along a subgradient where it has kinks. */
export type SparseSolver = "lbfgs" | "subgradient";

/** One iteration, or the start. */
export interface SparseHistoryEntry {
  readonly iteration: number;
  readonly solver: SparseSolver;
  readonly dualObjective: number;
  /** Largest violation of a marginal, ‖(a − T1, b − Tᵀ1)‖∞. */
  readonly gradientNorm: number;
  /** Evaluations of the dual so far, of one pass over the costs each. */
  readonly evaluations: number;
}

export interface AscentSettings {
  readonly solver: SparseSolver | "auto";
  readonly tolerance: number;
  readonly maximumIterations: number;
  readonly memory: number;
  readonly subgradientIterations: number;
  readonly costRange: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((entry: SparseHistoryEntry) => void) | undefined;
}

export interface Ascent {
  /** α, then β in the dual. */
  readonly potentials: Float64Array<ArrayBuffer>;
  readonly reason: StopReason;
  readonly history: readonly SparseHistoryEntry[];
  /** The last one used. */
  readonly solver: SparseSolver;
}

/** A dual of one problem as a function of a vector of potentials on the host. */
export class HostDual {
  readonly problem: DualProblem;
  readonly rows: number;
  readonly columns: number;
  readonly isDual: boolean;
  readonly dtype: FloatDType;
  readonly device: Device;

  constructor(problem: DualProblem) {
    this.problem = problem;
    this.rows = problem.rowMasses.shape[1];
    this.columns = problem.columnMasses.shape[1];
    this.isDual = problem.options.columnInput === "potentials";
    this.dtype = problem.costs.dtype as FloatDType;
    this.device = problem.costs.device;
  }

  /** Potentials on the device, the caller's to dispose. */
  tensorsOf(vector: Float64Array): Potentials {
    const upload = (part: Float64Array): Tensor =>
      this.device.tensor(this.dtype === "float32" ? Float32Array.from(part) : Float64Array.from(part), [
        1,
        part.length,
      ]);
    const rows = upload(vector.subarray(0, this.rows));
    return this.isDual ? { rows, columns: upload(vector.subarray(this.rows)) } : { rows };
  }

  async vectorOf({ rows, columns }: Potentials): Promise<Float64Array<ArrayBuffer>> {
    const vector = new Float64Array(this.rows + (columns ? this.columns : 0));
    vector.set(await rows.data());
    if (columns) vector.set(await columns.data(), this.rows);
    return vector;
  }

  /** The dual's negative and its gradient. */
  async evaluate(vector: Float64Array): Promise<{ value: number; gradient: Float64Array<ArrayBuffer> }> {
    const { value, ...sides } = this.device.scope(() => {
      const result = negatedDual(this.problem, this.tensorsOf(vector));
      return { value: result.value, ...result.gradient };
    });
    try {
      return { value: await value.item(), gradient: await this.vectorOf(sides as Potentials) };
    } finally {
      for (const tensor of [value, sides.rows, sides.columns]) tensor?.dispose();
    }
  }
}

/** Maximises the dual from given potentials. L-BFGS first; where kinks stop it, averaged subgradients go on from its best point. */
export async function ascend(
  dual: HostDual,
  start: Float64Array<ArrayBuffer>,
  settings: AscentSettings,
): Promise<Ascent> {
  const history: SparseHistoryEntry[] = [];
  const record = (entry: SparseHistoryEntry) => {
    history.push(entry);
    settings.onProgress?.(entry);
  };
  let reached = { potentials: start, reason: "stalled" as StopReason };
  if (settings.solver !== "subgradient") reached = await quasiNewton(dual, start, settings, record);
  const hasKinks =
    reached.reason === "stalled" || (reached.reason === "iteration-limit" && dual.problem.options.maximumEntries <= 2);
  if (settings.solver === "lbfgs" || !hasKinks) return { ...reached, history, solver: "lbfgs" };
  const refined = await ascendBySubgradients(dual, reached.potentials, settings, history, record);
  return { ...refined, history, solver: "subgradient" };
}

async function quasiNewton(
  dual: HostDual,
  start: Float64Array,
  settings: AscentSettings,
  record: (entry: SparseHistoryEntry) => void,
): Promise<{ potentials: Float64Array<ArrayBuffer>; reason: StopReason }> {
  const { problem } = dual;
  const at = dual.tensorsOf(start);
  let count = 0;
  try {
    const result = await lbfgs(
      (potentials: Record<string, Tensor>) => {
        const { value, gradient } = negatedDual(problem, potentials as unknown as Potentials);
        return { value, gradient: gradient as Record<string, Tensor> };
      },
      at as Record<string, Tensor>,
      {
        gradientTolerance: settings.tolerance,
        iterations: settings.maximumIterations,
        memory: settings.memory,
        ...(settings.signal && { signal: settings.signal }),
        onProgress: ({ value, gradientNorm, evaluations }) =>
          record({ iteration: count++, solver: "lbfgs", dualObjective: -value, gradientNorm, evaluations }),
      },
    );
    return {
      potentials: await hostPotentials(dual, result.parameters as unknown as Potentials),
      reason: result.reason,
    };
  } catch (error) {
    if (!(error instanceof DivergedError)) throw error;
    const last = await hostPotentials(dual, error.lastIterate as Potentials);
    throw new DivergedError("sparseTransport", error.iteration, "the dual is not finite", last);
  } finally {
    disposePotentials(at);
  }
}

/** Reads potentials back and frees them. */
async function hostPotentials(dual: HostDual, potentials: Potentials): Promise<Float64Array<ArrayBuffer>> {
  try {
    return await dual.vectorOf(potentials);
  } finally {
    disposePotentials(potentials);
  }
}

function disposePotentials({ rows, columns }: Potentials): void {
  rows.dispose();
  columns?.dispose();
}
