import { add, listDevices, openDevice, UnsupportedError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import type { Workload } from "../benchmark.ts";
import { gpuClockOf, gpuSecondsPerCall } from "./gpu-timing.ts";
import { timeOnGpu } from "./timing.ts";

/** A GPU on which a call takes so many seconds, with a clock that counts in steps. */
function contender(secondsPerCall: number, step = 0) {
  const batches: number[] = [];
  let calls = 0;
  const workload = { run: () => void calls++ } as Partial<Workload> as Workload;
  const clock = {
    async measureGpuTime(work: () => void) {
      calls = 0;
      work();
      batches.push(calls);
      const seconds = calls * secondsPerCall;
      return { seconds: step > 0 ? Math.floor(seconds / step) * step : seconds, quantized: step > 0 };
    },
  };
  return { workload, clock, batches };
}

describe("gpuSecondsPerCall", () => {
  it("divides the time of a batch by its calls", async () => {
    const gpu = contender(1e-6);
    expect(await gpuSecondsPerCall(gpu, 20)).toBeCloseTo(1e-6, 12);
    expect(gpu.batches).toEqual([20]);
  });

  it("repeats work until the step of a coarse clock is one per cent of it", async () => {
    const step = 100e-6;
    const gpu = contender(30e-6, step);
    // Off by a hundredth at most: one step of ten milliseconds.
    expect(Math.abs((await gpuSecondsPerCall(gpu, 4)) / 30e-6 - 1)).toBeLessThan(0.02);
    expect(gpu.batches).toHaveLength(2);
    expect(await gpuSecondsPerCall(contender(0, step), 4)).toBe(0);
  });
});

const gpu = (await listDevices()).some(({ kind, available }) => kind === "webgpu" && available);

describe("GPU time of a benchmark", () => {
  it("is not asked of a device without a GPU", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    expect(gpuClockOf(device)).toBeUndefined();
  });

  it.skipIf(!gpu)("is taken by tinybench from the GPU's own clock", async () => {
    await using device = await openDevice("webgpu");
    const clock = gpuClockOf(device);
    if (clock === undefined) throw new UnsupportedError("webgpu", "this test", "the adapter has no timestamps");
    using x = device.tensor(new Float32Array(2 ** 14).fill(1));
    const workload: Workload = {
      run: () => add(x, x).dispose(),
      validate: async () => {},
      cost: { flops: 0, bytes: 0 },
      dispose() {},
    };
    const timing = await timeOnGpu({ workload, clock }, 3, 60);
    expect(timing.callsPerSample).toBe(3);
    expect(timing.samples).toBeGreaterThan(1);
    expect(timing.minimumSeconds).toBeGreaterThan(0);
    expect(timing.minimumSeconds).toBeLessThan(0.02);
  });
});
