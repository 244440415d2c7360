import { setImmediate } from "node:timers/promises";
import { Bench, type FnReturnedObject } from "tinybench";
import type { Workload } from "../benchmark.ts";
import type { Timing } from "./benchmark-result.ts";
import { type GpuContender, gpuSecondsPerCall } from "./gpu-timing.ts";

/** A workload about to be timed. */
export interface Contender {
  readonly workload: Workload;
  /** Waits for queued device work at the end of each batch. */
  settle(): Promise<void>;
}

export interface TimingOptions {
  /** Time for each contender, over all rounds. */
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  /** Called after each round. */
  onRound?(done: number, total: number): void;
}

export interface TimedContender {
  readonly timing: Timing;
  /** Median of each round, seconds. */
  readonly rounds: readonly number[];
}

/** How long a contender stays at it before the next one has its turn: short beside the drift of a machine's speed. */
const TURN_MS = 50;

/** A small budget is divided into this many turns. */
const TURNS_OF_SMALL_BUDGET = 10;

/** With calls so slow that a turn is a single call, fewer have to do. */
const FEWEST_ROUNDS = 3;

/** An interruption makes one batch long; only work makes so many of them long. */
const CONFIRMATIONS = 2;

/** A batch takes at least this long, so that reading the clock and resuming after it are below 0.1 %. */
const SHORTEST_BATCH_MS = 1;

/**
 * Times contenders in one process in interleaved rounds, A B, B A, A B, …, so that what the machine does meanwhile hits all alike.
 * @throws the signal's reason when it fires, or what a workload throws.
 */
export async function timeContenders(
  contenders: readonly Contender[],
  options: TimingOptions,
): Promise<TimedContender[]> {
  const { milliseconds, signal, onRound } = options;
  const batches: Batch[] = [];
  for (const contender of contenders) batches.push(await calibrate(contender, milliseconds, signal));
  const slowest = Math.max(...batches.map(({ milliseconds }) => milliseconds));
  const rounds = Math.max(FEWEST_ROUNDS, Math.floor(milliseconds / Math.max(slowest, turnOf(milliseconds))));
  const turns = batches.map((batch) => ({ batch, samples: [] as number[], medians: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) {
      const samples = await timeBatches(turn.batch, milliseconds / rounds, signal);
      turn.samples.push(...samples);
      turn.medians.push(median(samples));
    }
    onRound?.(round + 1, rounds);
  }
  return turns.map(({ batch, samples, medians }) => ({ timing: summarize(batch, samples), rounds: medians }));
}

function turnOf(budget: number): number {
  return Math.min(TURN_MS, budget / TURNS_OF_SMALL_BUDGET);
}

/** Calls that make one sample. */
export interface Batch {
  readonly contender: Contender;
  readonly calls: number;
  /** What a batch took when it was calibrated. */
  readonly milliseconds: number;
}

/** Warms up and finds how many calls make a batch long enough to time, a batch being no small part of `budget` milliseconds. */
export async function calibrate(contender: Contender, budget: number, signal: AbortSignal): Promise<Batch> {
  const waiting = await settlingTime(contender);
  // Waiting for a GPU costs tens of microseconds; a batch is long enough to make that one per cent, if the budget has room for some batches.
  const longEnough = Math.max(SHORTEST_BATCH_MS, Math.min(100 * waiting, turnOf(budget)));
  const warmUntil = performance.now() + budget / TURNS_OF_SMALL_BUDGET;
  let calls = 1;
  for (;;) {
    await breathe(signal);
    let milliseconds = await timeBatch(contender, calls);
    for (let again = 0; again < CONFIRMATIONS && milliseconds > longEnough / 1.1; again++)
      milliseconds = Math.min(milliseconds, await timeBatch(contender, calls));
    const growth = longEnough / Math.max(milliseconds, 1e-3);
    if (growth > 1.1) calls = Math.ceil(calls * Math.min(growth, 10));
    else if (performance.now() >= warmUntil) return { contender, calls, milliseconds };
  }
}

async function settlingTime(contender: Contender): Promise<number> {
  await contender.workload.run();
  await contender.settle();
  const start = performance.now();
  await contender.settle();
  return performance.now() - start;
}

/** Lets timers and signals have their chance, which a workload that never waits would not give them. */
export async function breathe(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}

/** Milliseconds of `calls` calls and of waiting for the work they queued. */
export async function timeBatch({ workload, settle }: Contender, calls: number): Promise<number> {
  const start = performance.now();
  for (let call = 0; call < calls; call++) {
    // A synchronous workload must not pay for a turn of the microtask queue.
    const pending = workload.run();
    if (pending) await pending;
  }
  await settle();
  return performance.now() - start;
}

/** One turn of a contender: samples in seconds per call. */
async function timeBatches(batch: Batch, milliseconds: number, signal: AbortSignal): Promise<readonly number[]> {
  await breathe(signal);
  return collectSamples(milliseconds, async () => {
    const elapsed = await timeBatch(batch.contender, batch.calls);
    return { overriddenDuration: elapsed / batch.calls, overriddenIterationCost: elapsed };
  });
}

/** Has tinybench collect samples that it does not time itself; seconds. */
async function collectSamples(
  milliseconds: number,
  sample: () => Promise<FnReturnedObject>,
): Promise<readonly number[]> {
  const bench = new Bench({ time: milliseconds, iterations: 1, warmup: false, retainSamples: true, throws: true });
  bench.add("batch", sample, { async: true });
  const [task] = await bench.run();
  if (task.result.state !== "completed") throw new Error(`tinybench ended as "${task.result.state}"`);
  return (task.result.latency.samples ?? []).map((duration) => duration / 1000);
}

/**
 * GPU time of a call, by the GPU's own clock, in batches of so many calls. A GPU with other things to do is slower, but waiting for it is not part of this time.
 * @throws what the workload throws.
 */
export async function timeOnGpu(contender: GpuContender, calls: number, milliseconds: number): Promise<Timing> {
  const samples = await collectSamples(milliseconds, async () => {
    const start = performance.now();
    const seconds = await gpuSecondsPerCall(contender, calls);
    return { overriddenDuration: 1000 * seconds, overriddenIterationCost: performance.now() - start };
  });
  return summarize({ calls }, samples);
}

function summarize({ calls }: Pick<Batch, "calls">, samples: readonly number[]): Timing {
  const middle = median(samples);
  return {
    callsPerSample: calls,
    samples: samples.length,
    iterations: calls * samples.length,
    medianSeconds: middle,
    minimumSeconds: Math.min(...samples),
    deviationSeconds: median(samples.map((sample) => Math.abs(sample - middle))),
  };
}

/** Middle of the sorted values, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
