import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { cast } from "../../kernels/cast/index.ts";
import { CpuDevice } from "./device.ts";
import { Heap } from "./heap.ts";
import { ThreadPool } from "./pool.ts";
import { COMMAND, CONTROL, threadMain } from "./thread.ts";

describe("the thread pool", () => {
  it("gives the same values as one thread, before and after its threads are ready", async () => {
    const values = Float32Array.from({ length: 700_001 }, (_, index) => index / 3);
    await using alone = CpuDevice.open({ threads: 1 });
    await using pooled = CpuDevice.open({ threads: 4 });
    const expected = await cast(alone.tensor(values), "float64").data();
    for (let round = 0; round < 6; round++) {
      using x = pooled.tensor(values);
      using y = cast(x, "float64");
      expect(await y.data()).toEqual(expected);
      await setTimeout(30);
    }
  });

  it("does every job once, however often its threads are woken", { timeout: 60_000 }, async () => {
    const heap = new Heap();
    const pool = new ThreadPool(heap);
    // (module (import "env" "memory" (memory 0 65536 shared)) (func (export "run") (param i32 i32)))
    // biome-ignore format: bytes
    const module = new WebAssembly.Module(new Uint8Array([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 2, 127, 127, 0, 2, 18, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121,
      2, 3, 0, 128, 128, 4, 3, 2, 1, 0, 7, 7, 1, 3, 114, 117, 110, 0, 0, 10, 4, 1, 2, 0, 11,
    ]));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: heap.memory } });
    const functions = [exports.run as (begin: number, end: number) => number];
    const number = pool.register(module);
    const heckling = `
      const control = new Int32Array(require("node:worker_threads").workerData.buffer, 0, 16);
      for (;;) Atomics.notify(control, ${CONTROL.generation});
    `;
    const heckler = new Worker(heckling, { eval: true, workerData: heap.memory });
    try {
      for (let done = 0; done < 5000; ) {
        if (pool.run(3, number, 0, functions, [], 12, 1)) done++;
        else await setTimeout(1);
      }
      expect(Atomics.load(new Int32Array(heap.buffer, 0, 16), CONTROL.pending)).toBe(0);
    } finally {
      await heckler.terminate();
    }
  });

  it("runs in threads whose source text stands alone", () => {
    expect(String(threadMain)).not.toMatch(/CONTROL|COMMAND|import/);
    expect({ ...CONTROL, ...COMMAND }).toMatchObject({
      generation: 0,
      command: 1,
      pending: 2,
      nextChunk: 3,
      chunkSize: 4,
      count: 5,
      module: 6,
      function: 7,
      parameterCount: 8,
      threadLimit: 9,
      failed: 10,
      job: 0,
      receiveModules: 1,
    });
  });
});
