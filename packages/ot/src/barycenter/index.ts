import { type Device, DivergedError, type FloatDType, InvalidInputError, openDevice, Tensor } from "@ansatz/tensor";
import { readAll } from "../dual-evaluation.ts";
import { halfSweepKernel } from "../kernels/sinkhorn-half-sweep/index.ts";
import { gridFor, largestMagnitude, packPotentials, unpackPotentials } from "../potentials.ts";
import { type CheckedProblem, checkProblem, type Marginal, type TransportProblem } from "../problem.ts";
import { REMEDIES, type StopReason } from "../transport-result.ts";

/** Histograms to average, and what it costs to move mass to where the average may have it. */
export interface BarycenterProblem {
  /** `[m, n]`: from the m bins of the histograms to the n points of the barycentre. */
  readonly costMatrix: TransportProblem["costMatrix"];
  /** At least one, each `[m]` positive masses that sum to 1. */
  readonly histograms: readonly Marginal[];
  /** How much each histogram counts; not negative, divided by their sum. Default: all alike. */
  readonly weights?: ArrayLike<number>;
  /** ε, in units of cost. The barycentre is blurred over distances whose cost is some ε. */
  readonly regularization: number;
}

export interface BarycenterOptions {
  /** Where to compute. Default: the device of `costMatrix` if it is a tensor, otherwise a cpu device, opened and closed inside. */
  readonly device?: Device;
  /** Floats to compute in. Default: the widest the device has. */
  readonly dtype?: FloatDType;
  /** Largest weighted mean of ‖Pₖᵀ1 − b‖₁ over the plans. Default 10⁻⁹ in float64, 10⁻⁵ in float32. */
  readonly tolerance?: number;
  /** Default 10 000. */
  readonly maximumIterations?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (entry: BarycenterIteration) => void;
}

export interface BarycenterIteration {
  readonly iteration: number;
  /** Σₖ wₖ ‖Pₖᵀ1 − b‖₁: by how much the plans disagree about the barycentre b. */
  readonly error: number;
}

export interface Barycenter {
  /** b, `[n]`; sums to 1. */
  readonly barycenter: Float64Array;
  /** Potentials of the histograms, each `[m]`, and of the barycentre, each `[n]`: Pₖ = exp((x + y − C)/ε − 1). Σₖ wₖ yₖ is 0 up to a constant. */
  readonly potentials: readonly { readonly row: Float64Array; readonly column: Float64Array }[];
  readonly error: number;
  readonly reason: StopReason;
  /** What the reason means and what to try next, in a sentence. */
  readonly remedy: string;
  readonly history: readonly BarycenterIteration[];
}

/** How long an iteration may keep the event loop from other work. */
const MILLISECONDS_BETWEEN_PAUSES = 50;

/**
 * The entropic Wasserstein barycentre of a few histograms on a fixed support: the histogram b that minimises Σₖ wₖ OT_ε(aₖ, b), by iterative Bregman projections in the log domain. Any costs; an
 * iteration takes two passes over them per histogram.
 *
 * @throws InvalidInputError naming the argument (and index) at fault; UnsupportedError when the device does not hold the dtype; DivergedError when potentials overflow.
 *
 * Source: J.-D. Benamou et al., "Iterative Bregman Projections for Regularized Transportation Problems", section 3.2.
 */
export async function barycenter(problem: BarycenterProblem, options: BarycenterOptions = {}): Promise<Barycenter> {
  const { tolerance, maximumIterations = 10_000 } = options;
  if (!Number.isInteger(maximumIterations) || maximumIterations < 1)
    throw new InvalidInputError("options.maximumIterations", "an integer ≥ 1", maximumIterations);
  if (tolerance !== undefined && !(tolerance >= 0 && Number.isFinite(tolerance)))
    throw new InvalidInputError("options.tolerance", "a number ≥ 0", tolerance);
  const checked = await checkHistograms(problem);
  const weights = checkWeights(problem.weights, checked.length);
  const given = options.device ?? (problem.costMatrix instanceof Tensor ? problem.costMatrix.device : undefined);
  const device = given ?? (await openDevice("cpu"));
  try {
    using average = new BarycenterIterations(device, options.dtype ?? device.defaultFloat, checked, weights);
    const reached = tolerance ?? (average.dtype === "float64" ? 1e-9 : 1e-5);
    return await iterate(average, reached, maximumIterations, options);
  } finally {
    if (!given) await device.dispose();
  }
}

async function iterate(
  average: BarycenterIterations,
  tolerance: number,
  maximumIterations: number,
  { signal, onProgress }: BarycenterOptions,
): Promise<Barycenter> {
  const history: BarycenterIteration[] = [];
  let reason: StopReason = "iteration-limit";
  let lastPause = performance.now();
  while (history.length < maximumIterations) {
    if (signal?.aborted) {
      reason = "aborted";
      break;
    }
    const error = await average.step();
    const entry = { iteration: history.length + 1, error };
    history.push(entry);
    onProgress?.(entry);
    if (error <= tolerance) {
      reason = "converged";
      break;
    }
    if (performance.now() - lastPause > MILLISECONDS_BETWEEN_PAUSES) {
      await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
      lastPause = performance.now();
    }
  }
  const error = history.at(-1)?.error ?? Number.POSITIVE_INFINITY;
  const remedy =
    reason === "converged" ? "The plans agree about the barycentre within the tolerance." : REMEDIES[reason];
  return { ...average.result(), error, reason, remedy, history };
}

/** One checked problem per histogram; they share their costs. */
async function checkHistograms({ costMatrix, histograms, regularization }: BarycenterProblem) {
  if (!Array.isArray(histograms) || histograms.length === 0)
    throw new InvalidInputError("histograms", "an array of at least one histogram", histograms);
  const checked: CheckedProblem[] = [];
  for (const [index, rowMarginal] of histograms.entries())
    try {
      checked.push(await checkProblem({ costMatrix, rowMarginal, regularization }, "error"));
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      const argument = error.argument.replace("rowMarginal", `histograms[${index}]`);
      throw new InvalidInputError(argument, error.expected, error.actual);
    }
  return checked;
}

function checkWeights(given: ArrayLike<number> | undefined, count: number): Float64Array {
  if (given === undefined) return new Float64Array(count).fill(1 / count);
  if (given.length !== count)
    throw new InvalidInputError("weights", `${count} numbers, one per histogram`, given.length);
  const weights = Float64Array.from(given);
  for (const [index, weight] of weights.entries())
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw new InvalidInputError(`weights[${index}]`, "a number ≥ 0", weight);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!(total > 0)) throw new InvalidInputError("weights", "numbers that are not all zero", total);
  return weights.map((weight) => weight / total);
}

/** The present potentials, and the device they are improved on. */
class BarycenterIterations implements Disposable {
  readonly dtype: FloatDType;
  readonly #device: Device;
  readonly #problem: CheckedProblem;
  readonly #weights: Float64Array;
  readonly #cost: Tensor;
  /** Of each histogram, and for the columns those of masses of 1. */
  readonly #logMarginals: readonly Tensor[];
  /** Of each histogram, rows and then columns. */
  #potentials: Float64Array[];
  #logBarycenter: Float64Array;

  constructor(device: Device, dtype: FloatDType, problems: readonly CheckedProblem[], weights: Float64Array) {
    this.dtype = dtype;
    this.#device = device;
    this.#weights = weights;
    const [{ rows, columns, cost }] = problems;
    this.#problem = problems[0];
    this.#potentials = problems.map(() => new Float64Array(rows + columns));
    this.#logBarycenter = new Float64Array(columns).fill(-Math.log(columns));
    [this.#cost, this.#logMarginals] = device.scope(() => [
      device.tensor(cost as Float64Array<ArrayBuffer>, [rows, columns], dtype),
      problems.map(({ marginals }) => {
        const logarithms = marginals.map((mass, index) => (index < rows ? Math.log(mass) : 0));
        return device.tensor(logarithms as Float64Array<ArrayBuffer>, [rows + columns], dtype);
      }),
    ]);
  }

  [Symbol.dispose](): void {
    this.#cost.dispose();
    for (const tensor of this.#logMarginals) tensor.dispose();
  }

  /** Makes all plans meet their histograms, and then the geometric mean of what their columns sum to. Returns by how much these sums disagreed with it. */
  async step(): Promise<number> {
    const { rows, columns, regularization, costRange } = this.#problem;
    const length = rows + columns;
    const outputs = this.#device.scope(() =>
      this.#potentials.map((potentials, index) => {
        const grid = gridFor(Math.max(largestMagnitude(potentials), costRange));
        const packed = packPotentials(potentials, this.dtype, grid) as Float64Array<ArrayBuffer>;
        let moved: Tensor = this.#device.tensor(packed, [packed.length / length, length], this.dtype);
        for (const axis of ["rows", "columns"] as const)
          [moved] = halfSweepKernel.run([this.#cost, moved, this.#logMarginals[index]], { axis, regularization, grid });
        return moved;
      }),
    );
    const before = this.#potentials;
    this.#potentials = (await readAll(outputs)).map((packed) => unpackPotentials(packed, length));
    // With columns brought to masses of 1, a potential has moved by −ε times the logarithm of what the column summed to.
    const logSums = this.#potentials.map((potentials, index) =>
      Float64Array.from({ length: columns }, (_, column) => {
        return (before[index][rows + column] - potentials[rows + column]) / regularization;
      }),
    );
    const logMean = new Float64Array(columns);
    for (const [index, sums] of logSums.entries())
      for (let column = 0; column < columns; column++) logMean[column] += this.#weights[index] * sums[column];
    for (const potentials of this.#potentials)
      for (let column = 0; column < columns; column++) potentials[rows + column] += regularization * logMean[column];
    if (!this.#potentials.every((potentials) => potentials.every(Number.isFinite)))
      throw new DivergedError("barycenter", 0, "potentials are no longer finite", before);
    this.#logBarycenter = logMean;
    return logSums.reduce((error, sums, index) => {
      const apart = sums.reduce((sum, each, column) => sum + Math.abs(Math.exp(each) - Math.exp(logMean[column])), 0);
      return error + this.#weights[index] * apart;
    }, 0);
  }

  result(): Pick<Barycenter, "barycenter" | "potentials"> {
    const { rows } = this.#problem;
    const masses = this.#logBarycenter.map(Math.exp);
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    return {
      barycenter: masses.map((mass) => mass / total),
      potentials: this.#potentials.map((potentials) => ({
        row: potentials.slice(0, rows),
        column: potentials.slice(rows),
      })),
    };
  }
}
