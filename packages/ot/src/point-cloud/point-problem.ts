import { type Device, DivergedError, type FloatDType, type Tensor } from "@ansatz/tensor";
import { type DualEvaluation, type DualOnDevice, dualEvaluation, readAll, sum } from "../dual-evaluation.ts";
import { pointCloudSweepKernel } from "../kernels/point-cloud-sweep/index.ts";
import { gridFor, largestMagnitude, packPotentials, unpackPotentials } from "../potentials.ts";
import type { CheckedPointProblem } from "../problem.ts";
import type { NamedMetric } from "./index.ts";

/** One side of the problem on a device. */
interface Side {
  /** `[count, dimension]`. */
  readonly points: Tensor;
  /** `[dimension, count]`. */
  readonly coordinates: Tensor;
  readonly logMarginal: Tensor;
}

/** A transport problem between points on a device: only points, marginals and potentials live there. */
export class PointProblem implements DualOnDevice {
  readonly dtype: FloatDType;
  readonly problem: CheckedPointProblem;
  readonly #device: Device;
  readonly #sides: readonly [Side, Side];

  /** @throws UnsupportedError when the device does not hold the dtype, or has no such kernel. */
  constructor(device: Device, dtype: FloatDType, problem: CheckedPointProblem) {
    this.dtype = dtype;
    this.problem = problem;
    this.#device = device;
    const { points, marginals, rows } = problem;
    const { dimension } = points;
    // No metric sees where the origin is; near the points float32 has most digits.
    const centre = Float64Array.from({ length: dimension }, (_, axis) => {
      let total = 0;
      for (let index = axis; index < points.x.length; index += dimension) total += points.x[index];
      return total / points.shape[0];
    });
    const side = (values: Float64Array, masses: Float64Array): Side => {
      const count = masses.length;
      const moved = values.map((value, index) => value - centre[index % dimension]);
      const byCoordinate = moved.map((_, index) => moved[(index % count) * dimension + Math.floor(index / count)]);
      return {
        points: device.tensor(moved as Float64Array<ArrayBuffer>, [count, dimension], dtype),
        coordinates: device.tensor(byCoordinate as Float64Array<ArrayBuffer>, [dimension, count], dtype),
        logMarginal: device.tensor(masses.map(Math.log) as Float64Array<ArrayBuffer>, [count], dtype),
      };
    };
    this.#sides = device.scope(() => [
      side(points.x, marginals.subarray(0, rows)),
      side(points.y, marginals.subarray(rows)),
    ]);
  }

  [Symbol.dispose](): void {
    for (const side of this.#sides) for (const tensor of Object.values(side)) tensor.dispose();
  }

  async evaluate(potentials: Float64Array, regularization: number): Promise<DualEvaluation> {
    const grid = gridFor(largestMagnitude(potentials));
    const sums = this.#device.scope(() => {
      const packed = this.#upload(potentials, grid);
      return ([0, 1] as const).map((side) => this.#halfSweep(side, packed, regularization, grid)[1]);
    });
    const parts = await readAll(sums);
    return dualEvaluation(potentials, regularization, Float64Array.from([...parts[0], ...parts[1]]), this.problem);
  }

  async transportCost(potentials: Float64Array, regularization: number): Promise<number> {
    const grid = gridFor(largestMagnitude(potentials));
    const costs = this.#device.scope(() => this.#halfSweep(0, this.#upload(potentials, grid), regularization, grid)[2]);
    return sum((await readAll([costs]))[0]);
  }

  async sweep(potentials: Float64Array, regularization: number, count: number) {
    const { rows, columns, costRange, marginals } = this.problem;
    // Sweeps move potentials by about the range of the costs.
    const grid = gridFor(Math.max(largestMagnitude(potentials), costRange));
    const outputs = this.#device.scope(() => {
      const packed = this.#upload(potentials, grid);
      let columnSums: Tensor | undefined;
      for (let sweep = 0; sweep < count; sweep++)
        for (const side of [0, 1] as const) {
          const [moved, sums, costs] = this.#halfSweep(side, packed, regularization, grid);
          packed[side].dispose();
          costs.dispose();
          columnSums?.dispose();
          packed[side] = moved;
          columnSums = sums;
        }
      return [...packed, columnSums!];
    });
    const [rowParts, columnParts, sums] = await readAll(outputs);
    const result = Float64Array.from([...unpackPotentials(rowParts, rows), ...unpackPotentials(columnParts, columns)]);
    if (!result.every(Number.isFinite))
      throw new DivergedError("sinkhorn", count, "potentials are no longer finite", potentials);
    return { potentials: result, error: sum(sums.map((each, column) => Math.abs(marginals[rows + column] - each))) };
  }

  /** Potentials of both sides, `[parts, count]`. */
  #upload(potentials: Float64Array, grid: number): [Tensor, Tensor] {
    const { rows } = this.problem;
    const part = (values: Float64Array) => {
      const packed = packPotentials(values, this.dtype, grid) as Float64Array<ArrayBuffer>;
      return this.#device.tensor(packed, [packed.length / values.length, values.length], this.dtype);
    };
    return [part(potentials.subarray(0, rows)), part(potentials.subarray(rows))];
  }

  #halfSweep(side: 0 | 1, potentials: readonly [Tensor, Tensor], regularization: number, grid: number): Tensor[] {
    const [own, other] = [this.#sides[side], this.#sides[1 - side]];
    return pointCloudSweepKernel.run(
      [own.points, other.coordinates, potentials[side], potentials[1 - side], own.logMarginal],
      { metric: this.problem.points.metric as NamedMetric, regularization, grid },
    );
  }
}
