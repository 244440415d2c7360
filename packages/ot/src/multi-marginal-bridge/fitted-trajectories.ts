import { child, normal, openDevice } from "@ansatz/tensor";
import { type ChainDrift, simulateChains } from "./path-simulation.ts";
import { type HalfBridges, proportionalFitting } from "./proportional-fitting.ts";
import type { ProportionalFittingOptions } from "./proportional-fitting-options.ts";
import { type IterationRun, intervalGrids, type Trajectories, timesOf } from "./trajectories.ts";

/**
 * A trajectory through every point of every snapshot: forward to the last and backward to the first with the drifts of half-bridges, found by iterative proportional fitting.
 * Undefined when aborted.
 */
export async function fittedTrajectories(
  run: IterationRun,
  options: ProportionalFittingOptions,
): Promise<(Trajectories & { readonly endDistance: number }) | undefined> {
  const { snapshots, device, signal, diffusion: sigma } = run;
  const { dimension } = snapshots[0];
  const grids = intervalGrids(run);
  const bridges: HalfBridges[] = [];
  await using host = await openDevice("cpu", { threads: 1 });
  try {
    for (const [interval, { time, steps, stepSize }] of grids.entries()) {
      const reference: ChainDrift | undefined = run.parameters && referenceDrift(run, time, stepSize);
      const found = await proportionalFitting(
        { from: snapshots[interval], to: snapshots[interval + 1], stepSize, steps, sigma, reference },
        { options, device, host, key: child(run.key, interval), signal },
      );
      if (!found) return undefined;
      bridges.push(found);
    }
    const times = timesOf(grids);
    const count = snapshots.reduce((sum, each) => sum + each.count, 0);
    const data = new Float64Array(count * times.length * dimension);
    for (let own = 0, first = 0; own < snapshots.length; first += snapshots[own].count, own++) {
      const size = snapshots[own].count;
      const store = (states: Float64Array<ArrayBuffer>, at: number) => {
        for (let b = 0; b < size; b++)
          for (let i = 0; i < dimension; i++)
            data[((first + b) * times.length + at) * dimension + i] = states[b * dimension + i];
      };
      for (const direction of ["forward", "backward"] as const) {
        const isForward = direction === "forward";
        let starts = Float64Array.from(snapshots[own].data);
        for (
          let interval = isForward ? own : own - 1;
          interval >= 0 && interval < grids.length;
          interval += isForward ? 1 : -1
        ) {
          if (signal?.aborted) return undefined;
          const { steps, stepSize, offset } = grids[interval];
          const stream = child(run.key, grids.length + 2 * (own * grids.length + interval) + (isForward ? 0 : 1));
          using drawn = normal(stream, [size, steps, dimension], { device: host, dtype: "float64" });
          const noise = Float64Array.from(await drawn.data());
          const chain = { dimension, stepSize, steps, sigma, noise };
          starts = await simulateChains(bridges[interval][direction].at, starts, chain, (states, step) =>
            store(states, isForward ? offset + step : offset + steps - step),
          );
        }
      }
    }
    return {
      data,
      shape: [count, times.length, dimension],
      times,
      endDistance: Math.max(...bridges.map(({ endDistance }) => endDistance)),
    };
  } finally {
    for (const bridge of bridges) bridge[Symbol.dispose]();
  }
}

/** The drift of the reference over an interval, for many states at once. */
function referenceDrift({ flow }: IterationRun, time: number, stepSize: number): ChainDrift {
  return (states, step) => {
    const result = new Float64Array(states.length);
    const d = flow.mean.length;
    for (let at = 0; at < states.length; at += d)
      flow.driftAt(states.subarray(at, at + d), time + step * stepSize, stepSize, result.subarray(at, at + d));
    return result;
  };
}
