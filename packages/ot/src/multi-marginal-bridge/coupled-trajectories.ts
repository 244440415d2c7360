import { child, DivergedError, normal, openDevice, uniform } from "@ansatz/tensor";
import type { HostPoints } from "../point-set.ts";
import { guidedBridge } from "./guided-bridge.ts";
import { snapshotCoupling } from "./snapshot-coupling.ts";
import { type IntervalGrid, type IterationRun, intervalGrids, type Trajectories, timesOf } from "./trajectories.ts";

/**
 * A trajectory through every point of every snapshot: forward to the last and backward to the first by couplings from the reference's transition kernel, and bridges in between.
 * Undefined when aborted.
 * @param tolerance marginal error of the couplings.
 */
export async function coupledTrajectories(
  run: IterationRun,
  tolerance: number,
): Promise<(Trajectories & { readonly endDistance?: undefined }) | undefined> {
  const { snapshots, signal } = run;
  const count = snapshots.reduce((sum, each) => sum + each.count, 0);
  const members = snapshots.map(() => new Int32Array(count));
  for (let own = 0, first = 0; own < snapshots.length; first += snapshots[own].count, own++)
    for (let b = 0; b < snapshots[own].count; b++) members[own][first + b] = b;
  const grids = intervalGrids(run);
  const couplings: Float64Array[] = [];
  for (const [interval, grid] of grids.entries()) {
    if (signal?.aborted) return undefined;
    couplings.push(await couplingOf(run, interval, grid, tolerance));
  }
  await using host = await openDevice("cpu", { threads: 1 });
  using draws = uniform(child(run.key, 0), [snapshots.length, count], { device: host, dtype: "float64" });
  const uniforms = await draws.data();
  for (let own = 0, first = 0; own < snapshots.length; first += snapshots[own].count, own++)
    for (let b = first; b < first + snapshots[own].count; b++) {
      for (let to = own + 1; to < snapshots.length; to++)
        members[to][b] = choose(
          couplings[to - 1],
          snapshots[to].count,
          members[to - 1][b],
          true,
          uniforms[to * count + b],
        );
      for (let to = own - 1; to >= 0; to--)
        members[to][b] = choose(
          couplings[to],
          snapshots[to + 1].count,
          members[to + 1][b],
          false,
          uniforms[to * count + b],
        );
    }
  const { dimension } = snapshots[0];
  const times = timesOf(grids);
  const data = new Float64Array(count * times.length * dimension);
  for (const [interval, { time, steps, stepSize, offset }] of grids.entries()) {
    if (signal?.aborted) return undefined;
    using noiseTensor = normal(child(run.key, 1 + interval), [count, steps, dimension], {
      device: host,
      dtype: "float64",
    });
    const noise = await noiseTensor.data();
    const path = new Float64Array((steps + 1) * dimension);
    for (let b = 0; b < count; b++) {
      const segment = {
        start: pointOf(snapshots[interval], members[interval][b]),
        end: pointOf(snapshots[interval + 1], members[interval + 1][b]),
        time,
        stepSize,
        steps,
        sigma: run.diffusion,
      };
      guidedBridge(run.flow, segment, noise.subarray(b * steps * dimension, (b + 1) * steps * dimension), path);
      data.set(path, (b * times.length + offset) * dimension);
      if (b % 32 === 0) await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
    }
  }
  return { data, shape: [count, times.length, dimension], times };
}

function pointOf({ data, dimension }: HostPoints, index: number): Float64Array<ArrayBuffer> {
  return data.slice(index * dimension, (index + 1) * dimension);
}

async function couplingOf(
  { snapshots, flow, device, signal, iteration, parameters }: IterationRun,
  interval: number,
  { time, steps, stepSize }: IntervalGrid,
  tolerance: number,
): Promise<Float64Array> {
  const options = { time, stepSize, steps, device, tolerance, signal };
  const plan = await snapshotCoupling(flow, snapshots[interval], snapshots[interval + 1], options);
  if (!plan)
    throw new DivergedError(
      "multiMarginalBridge",
      iteration,
      `the reference from snapshot ${interval} leaves all bounds, or has no density`,
      parameters,
    );
  return plan;
}

/** The partner of a row (`forward`) or column of a plan, by inverting its cumulative distribution at a uniform number. */
function choose(plan: Float64Array, columns: number, fixed: number, forward: boolean, at: number): number {
  const count = forward ? columns : plan.length / columns;
  const entry = (index: number) => plan[forward ? fixed * columns + index : index * columns + fixed];
  let total = 0;
  for (let index = 0; index < count; index++) total += entry(index);
  let sum = 0;
  for (let index = 0; index < count - 1; index++) {
    sum += entry(index);
    if (sum > at * total) return index;
  }
  return count - 1;
}
