import type { Device } from "@ansatz/tensor";
import type { HostPoints } from "../point-set.ts";
import { sinkhornNewton } from "../sinkhorn-newton/index.ts";
import { choleskyInPlace, forwardSubstitute, type GaussianFlow } from "./gaussian-flow.ts";

export interface CouplingOptions {
  /** Time of the first snapshot. */
  readonly time: number;
  /** Δ. */
  readonly stepSize: number;
  readonly steps: number;
  readonly device: Device;
  /** Marginal error. */
  readonly tolerance: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * The ends of the Schrödinger bridge between two snapshots, `[n, m]`: entropic transport with costs −log of the reference's transition kernel, and entropy of weight 1.
 * Undefined where the reference leaves all bounds or has no density.
 */
export async function snapshotCoupling(
  flow: GaussianFlow,
  from: HostPoints,
  to: HostPoints,
  { time, stepSize, steps, device, tolerance, signal }: CouplingOptions,
): Promise<Float64Array<ArrayBuffer> | undefined> {
  const { dimension } = from;
  const costs = new Float64Array(from.count * to.count);
  const residual = new Float64Array(dimension);
  for (let a = 0; a < from.count; a++) {
    flow.run(from.data.subarray(a * dimension, (a + 1) * dimension), time, stepSize, steps);
    const logDeterminant = choleskyInPlace(flow.covariance, dimension);
    if (!Number.isFinite(logDeterminant) || !flow.mean.every(Number.isFinite)) return undefined;
    for (let b = 0; b < to.count; b++) {
      for (let i = 0; i < dimension; i++) residual[i] = to.data[b * dimension + i] - flow.mean[i];
      forwardSubstitute(flow.covariance, residual, dimension);
      let square = logDeterminant;
      for (let i = 0; i < dimension; i++) square += residual[i] * residual[i];
      costs[a * to.count + b] = square / 2;
    }
  }
  const result = await sinkhornNewton(
    {
      costMatrix: { data: costs, shape: [from.count, to.count] },
      rowMarginal: new Float64Array(from.count).fill(1 / from.count),
      columnMarginal: new Float64Array(to.count).fill(1 / to.count),
      regularization: 1,
    },
    { device, dtype: "float64", tolerance, ...(signal && { signal }) },
  );
  return result.plan().data;
}
