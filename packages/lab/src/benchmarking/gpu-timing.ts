import type { Device, GpuTime } from "@ansatz/tensor";
import type { Workload } from "../benchmark.ts";

/** A device that has timestamps of its GPU. */
export interface GpuClock {
  measureGpuTime(work: () => void): Promise<GpuTime>;
}

/** A workload that only queues work, and the clock of the GPU that does it. */
export interface GpuContender {
  readonly workload: Workload;
  readonly clock: GpuClock;
}

/** Undefined for a device without a GPU, and for one whose adapter has no timestamps. By its methods, not by its class: each build has a copy of its own. */
export function gpuClockOf(device: Device): GpuClock | undefined {
  const features = device.description.details.features;
  const hasTimestamps = Array.isArray(features) && features.includes("timestamp-query");
  return hasTimestamps && "measureGpuTime" in device ? (device as Device & GpuClock) : undefined;
}

/** Where the clock counts in steps of up to 100 µs, work is repeated until a step is one per cent. */
const LONG_BESIDE_A_STEP = 0.01;

/** GPU seconds of one call, the mean over a batch of about `calls`; 0 when nothing is dispatched. */
export async function gpuSecondsPerCall({ workload, clock }: GpuContender, calls: number): Promise<number> {
  const measure = async (count: number) => {
    const time = await clock.measureGpuTime(() => {
      for (let call = 0; call < count; call++) workload.run();
    });
    return { ...time, perCall: time.seconds / count };
  };
  const first = await measure(calls);
  if (!first.quantized || first.seconds >= LONG_BESIDE_A_STEP) return first.perCall;
  const growth = LONG_BESIDE_A_STEP / Math.max(first.seconds, LONG_BESIDE_A_STEP / 100);
  return (await measure(Math.ceil(calls * growth))).perCall;
}
