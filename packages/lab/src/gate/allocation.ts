import type { Workload } from "../benchmark.ts";
import { median } from "../benchmarking/timing.ts";

/** Chunks of calls that are looked at; garbage is collected during some, and their middle is not one of those. */
const CHUNKS = 9;
/** Growth of a chunk stays far below the young generation of V8 (16 MiB), so that few chunks see a collection. */
const CHUNK_BYTES = 1 << 20;
const MOST_CALLS = 1000;
const MOST_MILLISECONDS = 5;

/**
 * Bytes that one call leaves for the garbage collector: growth of the JavaScript heap and of array buffers, as the median over chunks of calls.
 * Memory inside a WebAssembly heap or on a GPU is not seen.
 */
export async function bytesPerIteration(workload: Workload): Promise<number> {
  const first = await growth(workload, 1);
  let calls = Math.min(MOST_CALLS, Math.max(1, Math.floor(CHUNK_BYTES / Math.max(1, first.bytes))));
  calls = Math.max(1, Math.min(calls, Math.floor(MOST_MILLISECONDS / Math.max(1e-3, first.milliseconds))));
  const idle: number[] = [];
  const busy: number[] = [];
  for (let chunk = 0; chunk < CHUNKS; chunk++) {
    idle.push((await growth(workload, 0)).bytes);
    busy.push((await growth(workload, calls)).bytes);
  }
  // Looking at the heap takes memory too, the same with calls and without.
  return Math.max(0, Math.round((median(busy) - median(idle)) / calls));
}

async function growth(workload: Workload, calls: number): Promise<{ bytes: number; milliseconds: number }> {
  const start = performance.now();
  const before = process.memoryUsage();
  for (let call = 0; call < calls; call++) {
    const pending = workload.run();
    if (pending) await pending;
  }
  const after = process.memoryUsage();
  const bytes = after.heapUsed + after.external - before.heapUsed - before.external;
  return { bytes, milliseconds: performance.now() - start };
}
