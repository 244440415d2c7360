import { type Device, DivergedError, type FloatDType, InvalidInputError, type Tensor } from "@ansatz/tensor";
import {
  type DualEvaluation,
  type DualOnDevice,
  dualEvaluation,
  readAll,
  removeGauge,
  sum,
} from "./dual-evaluation.ts";
import { newtonDirectionKernel } from "./kernels/newton-direction/index.ts";
import { planMarginalsKernel } from "./kernels/plan-marginals/index.ts";
import { planThresholdKernel } from "./kernels/plan-threshold/index.ts";
import { halfSweepKernel } from "./kernels/sinkhorn-half-sweep/index.ts";
import { sparsifyKernel } from "./kernels/sparsify-plan/index.ts";
import { gridFor, largestMagnitude, packPotentials, unpackPotentials } from "./potentials.ts";
import type { CheckedProblem } from "./problem.ts";

/** A `DualEvaluation` that also knows how large the entries of the plan are. */
export interface PlanEvaluation extends DualEvaluation {
  /** Entries per bin of log P, see kernels/plan-marginals/histogram.ts. */
  readonly histogram: Int32Array;
}

/** Which entries of the plan a Newton step keeps: those with log P ≥ threshold, of which there are at most `count`; or the `count` largest. */
export interface Selection {
  readonly threshold?: number;
  readonly count: number;
}

export interface DirectionOptions {
  readonly selection: Selection;
  readonly tolerance: number;
  readonly shift: number;
}

export interface NewtonDirection {
  /** ε w, in units of cost, without the component that moves all row potentials against all column potentials. */
  readonly values: Float64Array;
  readonly iterations: number;
}

/** Costs over ε beyond this overflow float32, where GPUs may compute anything. */
const LARGEST_FLOAT32_EXPONENT = 1e37;

/** A transport problem on a device: costs and marginals live there; potentials are host vectors between calls, since they are short. */
export class DeviceProblem implements DualOnDevice {
  readonly device: Device;
  readonly dtype: FloatDType;
  readonly problem: CheckedProblem;
  readonly #cost: Tensor;
  readonly #logMarginals: Tensor;

  /** @throws InvalidInputError for costs that overflow float32; UnsupportedError when the device does not hold the dtype; OutOfMemoryError. */
  constructor(device: Device, dtype: FloatDType, problem: CheckedProblem) {
    this.device = device;
    this.dtype = dtype;
    this.problem = problem;
    const { rows, columns, cost, costTensor, costMagnitude, marginals, regularization } = problem;
    if (dtype === "float32" && !(costMagnitude / regularization < LARGEST_FLOAT32_EXPONENT))
      throw new InvalidInputError("costMatrix", `costs below ${LARGEST_FLOAT32_EXPONENT} ε in float32`, costMagnitude);
    const usable = costTensor !== undefined && costTensor.device === device && costTensor.dtype === dtype;
    this.#cost = usable
      ? costTensor.reshape([rows, columns])
      : device.tensor(cost as Float64Array<ArrayBuffer>, [rows, columns], dtype);
    this.#logMarginals = device.tensor(marginals.map(Math.log) as Float64Array<ArrayBuffer>, [rows + columns], dtype);
  }

  [Symbol.dispose](): void {
    this.#cost.dispose();
    this.#logMarginals.dispose();
  }

  async evaluate(potentials: Float64Array, regularization: number): Promise<PlanEvaluation> {
    const [sums, histogram] = await this.#planMarginals(potentials, regularization, [0, 2]);
    const evaluation = dualEvaluation(potentials, regularization, Float64Array.from(sums), this.problem);
    return { ...evaluation, histogram: histogram as Int32Array };
  }

  /** ⟨C, P⟩. */
  async transportCost(potentials: Float64Array, regularization: number): Promise<number> {
    const [rowCosts] = await this.#planMarginals(potentials, regularization, [1]);
    return sum(rowCosts);
  }

  /**
   * Sweeps of Sinkhorn's iteration, without waiting for the device in between.
   * @returns the potentials, and the marginal error between the halves of the last sweep.
   * @throws DivergedError when potentials are no longer finite.
   */
  async sweep(
    potentials: Float64Array,
    regularization: number,
    count: number,
  ): Promise<{ readonly potentials: Float64Array; readonly error: number }> {
    const { rows, columns, costRange, marginals } = this.problem;
    // Sweeps move potentials by about the range of the costs.
    const grid = gridFor(Math.max(largestMagnitude(potentials), costRange));
    let moved = this.#upload(potentials, grid);
    let columnSums: Tensor | undefined;
    for (let sweep = 0; sweep < count; sweep++) {
      columnSums?.dispose();
      const half = this.#halfSweep(moved, { axis: "rows", regularization, grid });
      half.sums.dispose();
      const whole = this.#halfSweep(half.potentials, { axis: "columns", regularization, grid });
      moved = whole.potentials;
      columnSums = whole.sums;
    }
    const [packed, sums] = await readAll([moved, columnSums!]);
    const result = unpackPotentials(packed, rows + columns);
    if (!result.every(Number.isFinite))
      throw new DivergedError("sinkhorn", count, "potentials are no longer finite", potentials);
    return { potentials: result, error: sum(sums.map((each, column) => Math.abs(marginals[rows + column] - each))) };
  }

  /** The Newton direction of the dual at an evaluated point, with the Hessian sparsified to a selection of entries. */
  async newtonDirection(
    at: PlanEvaluation,
    { selection, tolerance, shift }: DirectionOptions,
  ): Promise<NewtonDirection> {
    const { device, dtype } = this;
    const { rows, columns } = this.problem;
    const { regularization } = at;
    const length = rows + columns;
    const { count } = selection;
    // Of size 1, so that squares of its entries do not underflow in float32.
    const gradient = at.gradient.map((entry) => entry / at.error) as Float64Array<ArrayBuffer>;
    const outputs = device.scope(() => {
      const potentials = this.#upload(at.potentials, gridFor(largestMagnitude(at.potentials)));
      const plan = [this.#cost, potentials];
      const bound =
        selection.threshold === undefined
          ? planThresholdKernel.run(plan, { regularization, count })
          : [device.tensor([selection.threshold], [1], dtype), device.tensor([count], [1], "int32")];
      const sparse = sparsifyKernel.run([...plan, ...bound], { regularization, capacity: count });
      const sums = device.tensor(at.sums as Float64Array<ArrayBuffer>, [length], dtype);
      const options = { rows, shift, tolerance, maximumIterations: 2 * length };
      return newtonDirectionKernel.run([sums, device.tensor(gradient, [length], dtype), ...sparse], options);
    });
    const [direction, statistics] = await readAll(outputs);
    const values = Float64Array.from(direction, (each) => each * at.error * regularization);
    removeGauge(values, rows);
    return { values, iterations: statistics[1] };
  }

  #upload(potentials: Float64Array, grid: number): Tensor {
    const packed = packPotentials(potentials, this.dtype, grid);
    const parts = packed.length / potentials.length;
    return this.device.tensor(packed as Float64Array<ArrayBuffer>, [parts, potentials.length], this.dtype);
  }

  /** One half sweep; disposes the potentials it is given. */
  #halfSweep(potentials: Tensor, options: Parameters<typeof halfSweepKernel.run>[1]) {
    const [moved, sums] = halfSweepKernel.run([this.#cost, potentials, this.#logMarginals], options);
    potentials.dispose();
    return { potentials: moved, sums };
  }

  /** The wanted outputs of the kernel `plan-marginals`. */
  async #planMarginals(potentials: Float64Array, regularization: number, wanted: readonly number[]) {
    using packed = this.#upload(potentials, gridFor(largestMagnitude(potentials)));
    const outputs = planMarginalsKernel.run([this.#cost, packed], { regularization });
    for (const [index, output] of outputs.entries()) if (!wanted.includes(index)) output.dispose();
    return readAll(wanted.map((index) => outputs[index]));
  }
}
