import { type Device, DivergedError, type FloatDType, UnsupportedError } from "@ansatz/tensor";
import { costRow } from "../cost-matrix.ts";
import { type DualEvaluation, type DualOnDevice, dualEvaluation, sum } from "../dual-evaluation.ts";
import type { CheckedPointProblem } from "../problem.ts";
import { pointCost } from "./index.ts";

/** A transport problem whose costs a function of the caller's computes, one row at a time, on the calling thread. */
export class FunctionCostProblem implements DualOnDevice {
  readonly dtype = "float64";
  readonly problem: CheckedPointProblem;

  /** @throws UnsupportedError for other devices than the cpu and other floats than float64. */
  constructor(device: Device, dtype: FloatDType, problem: CheckedPointProblem) {
    if (device.kind !== "cpu" || dtype !== "float64")
      throw new UnsupportedError(
        device.kind,
        `sinkhorn between points with a metric that is a function, in ${dtype}`,
        "functions are called on the host, in float64",
      );
    this.problem = problem;
  }

  [Symbol.dispose](): void {}

  async evaluate(potentials: Float64Array, regularization: number): Promise<DualEvaluation> {
    const { rows, columns } = this.problem;
    const sums = new Float64Array(rows + columns);
    this.#eachRow(potentials, regularization, (row, logPlan) => {
      for (let column = 0; column < columns; column++) {
        const mass = Math.exp(logPlan[column]);
        sums[row] += mass;
        sums[rows + column] += mass;
      }
    });
    return dualEvaluation(potentials, regularization, sums, this.problem);
  }

  async transportCost(potentials: Float64Array, regularization: number): Promise<number> {
    const { points } = this.problem;
    let total = 0;
    this.#eachRow(potentials, regularization, (row, logPlan) => {
      for (const [column, each] of logPlan.entries()) total += Math.exp(each) * pointCost(points, row, column);
    });
    return total;
  }

  async sweep(potentials: Float64Array, regularization: number, count: number) {
    const { rows, columns, marginals } = this.problem;
    const moved = Float64Array.from(potentials);
    let error = Number.POSITIVE_INFINITY;
    for (let sweep = 0; sweep < count; sweep++) {
      this.#eachRow(moved, regularization, (row, logPlan) => {
        const maximum = logPlan.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
        const total = logPlan.reduce((mass, each) => mass + Math.exp(each - maximum), 0);
        moved[row] += regularization * (Math.log(marginals[row] / total) - maximum);
      });
      // Sums of all columns relative to their maxima so far, so that every cost is computed once.
      const maxima = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
      const relative = new Float64Array(columns);
      this.#eachRow(moved, regularization, (_, logPlan) => {
        for (let column = 0; column < columns; column++) {
          const each = logPlan[column];
          if (each > maxima[column]) {
            relative[column] = relative[column] * Math.exp(maxima[column] - each) + 1;
            maxima[column] = each;
          } else relative[column] += Math.exp(each - maxima[column]);
        }
      });
      error = sum(relative.map((mass, column) => Math.abs(marginals[rows + column] - Math.exp(maxima[column]) * mass)));
      for (let column = 0; column < columns; column++)
        moved[rows + column] +=
          regularization * (Math.log(marginals[rows + column] / relative[column]) - maxima[column]);
    }
    if (!moved.every(Number.isFinite))
      throw new DivergedError("sinkhorn", count, "potentials are no longer finite", potentials);
    return { potentials: moved, error };
  }

  /** Calls `visit` with log P of every row; the array is used again. */
  #eachRow(potentials: Float64Array, regularization: number, visit: (row: number, logPlan: Float64Array) => void) {
    const { rows, columns, points } = this.problem;
    const logPlan = new Float64Array(columns);
    for (let row = 0; row < rows; row++) {
      costRow(points, row, logPlan);
      for (let column = 0; column < columns; column++)
        logPlan[column] = (potentials[row] + potentials[rows + column] - logPlan[column]) / regularization - 1;
      visit(row, logPlan);
    }
  }
}
