import type { Device } from "../../../device/device.ts";
import type { Tensor } from "../../../tensor.ts";
import { mapKernel } from "../../map/index.ts";
import { type SoftmaxAlgorithm, softmaxKernel } from "../index.ts";

/** What is timed: an algorithm, or a pass that reads and writes every element once and hardly computes. */
export type Timed = SoftmaxAlgorithm | "auto" | "copy";

/** A round of calls takes at least so long, in ms. */
const ROUND_MILLISECONDS = 3;

/** Median seconds of each for one call on a line, in rounds that alternate between them. `done` is told after every round. */
export async function timeSoftmax(
  device: Device,
  x: Tensor,
  timed: readonly Timed[],
  rounds: number,
  signal: AbortSignal,
  done: () => void,
): Promise<ReadonlyMap<Timed, number>> {
  using y = device.zeros(x.shape, x.dtype);
  const once = (what: Timed) => {
    if (what === "copy") mapKernel.runInto([x], [y], { operation: "multiply", constants: [undefined, 1] });
    else softmaxKernel.runInto([x], [y], { axis: -1, algorithm: what, logarithm: false });
  };
  const seconds = async (what: Timed, calls: number) => {
    const start = performance.now();
    for (let call = 0; call < calls; call++) once(what);
    await device.synchronize();
    return (performance.now() - start) / 1000 / calls;
  };
  const calls = new Map<Timed, number>();
  for (const what of timed) {
    await seconds(what, 1);
    calls.set(what, Math.max(1, Math.round(ROUND_MILLISECONDS / 1000 / (await seconds(what, 1)))));
  }
  const samples = new Map<Timed, number[]>(timed.map((what) => [what, []]));
  for (let round = 0; round < rounds && !signal.aborted; round++) {
    for (const what of timed) samples.get(what)!.push(await seconds(what, calls.get(what)!));
    done();
  }
  return new Map(Array.from(samples, ([what, values]) => [what, median(values)]));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
