import { type GpuClock, gpuSecondsPerCall } from "../benchmarking/gpu-timing.ts";
import { breathe, type Contender, calibrate, median, timeBatch } from "../benchmarking/timing.ts";
import { messageOf } from "../error-message.ts";

export type SideName = "base" | "head";

/** One of two builds of a workload. */
export interface Side extends Contender {
  readonly name: SideName;
  /** Of the GPU that its workload queues its work on, where there is one. */
  readonly clock?: GpuClock;
}

/** What went wrong on one side; `cause` is what was thrown. */
export class SideError extends Error {
  override readonly name = "SideError";
  readonly side: SideName;

  constructor(side: SideName, cause: unknown) {
    super(messageOf(cause), { cause });
    this.side = side;
  }
}

/** Does something for one side. @throws SideError in place of what it throws. */
export async function onSide<Result>(side: SideName, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw new SideError(side, error);
  }
}

export interface PairOptions {
  /** Time for the batches of both sides together; up to three times as much where their fastest have not settled by then. */
  readonly milliseconds: number;
  /** Which side has the first batch. */
  readonly headFirst: boolean;
  /** The head does one more call after each so many: a slow-down of exactly 1/`extraEvery`, by real work. Default 0: none. */
  readonly extraEvery?: number;
  readonly signal: AbortSignal;
  onRound?(fraction: number): void;
}

/** Mean times of a call within each batch, seconds. */
export interface PairTiming {
  readonly base: readonly number[];
  readonly head: readonly number[];
  readonly callsPerBatch: number;
}

/** A side whose every batch was interrupted has no minimum worth the name. */
const FEWEST_ROUNDS = 10;

/** On a busy machine, a pair gets up to so many times its time. */
const LONGEST = 3;

/** The fastest batches of every second round and of the others, which should be the same, may differ by this share. */
const SETTLED = 0.01;

/** Whether both sides have seen enough quiet moments that half of their batches would have told the same. Blind to which side is which, so that it favours neither. */
function hasSettled(samples: Readonly<Record<SideName, readonly number[]>>): boolean {
  return [samples.base, samples.head].every((values) => {
    const [even, odd] = [0, 1].map((parity) => Math.min(...values.filter((_, round) => round % 2 === parity)));
    return Math.abs(Math.log(even / odd)) <= SETTLED;
  });
}

/**
 * Times two builds of one workload against each other in one process: batches of equally many calls, base head, head base, base head, …, so that what the machine
 * does meanwhile hits both, until the fastest batches of each have settled.
 *
 * @throws the signal's reason when it fires, or SideError when a workload throws.
 */
export async function timePair(base: Side, head: Side, options: PairOptions): Promise<PairTiming> {
  const { milliseconds, headFirst, extraEvery = 0, signal, onRound } = options;
  const order = headFirst ? [head, base] : [base, head];
  let calls = 1;
  for (const side of order) {
    const batch = await onSide(side.name, () => calibrate(side, milliseconds, signal));
    calls = Math.max(calls, batch.calls);
  }
  if (extraEvery > 0) calls = Math.ceil(calls / extraEvery) * extraEvery;
  const work = { base: calls, head: extraEvery > 0 ? calls + calls / extraEvery : calls };

  const samples = { base: [] as number[], head: [] as number[] };
  const start = performance.now();
  for (let round = 0; ; round++) {
    const spent = (performance.now() - start) / milliseconds;
    const isEnough = spent >= LONGEST || (spent >= 1 && hasSettled(samples));
    if (round >= FEWEST_ROUNDS && round % 2 === 0 && isEnough) break;
    onRound?.(Math.min(1, spent));
    for (const side of round % 2 === 0 ? order : order.toReversed()) {
      await breathe(signal);
      const elapsed = await onSide(side.name, () => timeBatch(side, work[side.name]));
      samples[side.name].push(elapsed / 1000 / calls);
    }
  }
  return { ...samples, callsPerBatch: calls };
}

/** Batches of each side whose GPU time is taken. */
const GPU_ROUNDS = 10;

/**
 * GPU seconds of a call of two builds of one workload, from their fastest batches; null when a side does no work on a GPU with timestamps.
 *
 * @throws SideError when a workload throws.
 */
export async function timePairOnGpu(
  base: Side,
  head: Side,
  { callsPerBatch, headFirst }: { readonly callsPerBatch: number; readonly headFirst: boolean },
): Promise<{ readonly base: number; readonly head: number } | null> {
  if (!base.clock || !head.clock) return null;
  const order = headFirst ? [head, base] : [base, head];
  const fastest = { base: Number.POSITIVE_INFINITY, head: Number.POSITIVE_INFINITY };
  for (let round = 0; round < GPU_ROUNDS; round++)
    for (const side of round % 2 === 0 ? order : order.toReversed()) {
      const { workload, clock } = side;
      const seconds = await onSide(side.name, () =>
        gpuSecondsPerCall({ workload, clock: clock as GpuClock }, callsPerBatch),
      );
      fastest[side.name] = Math.min(fastest[side.name], seconds);
    }
  return fastest.base > 0 && fastest.head > 0 ? fastest : null;
}

/** One process's word on a pair. */
export interface PairRatio {
  readonly statistic: "minimum" | "median";
  /** Times of a call by that statistic. */
  readonly baseSeconds: number;
  readonly headSeconds: number;
  /** ln(head / base). */
  readonly logRatio: number;
}

/** The ratio of the fastest batches, which nothing disturbed; of the middle ones where the work is `allocating`: the fastest are those without collecting garbage. */
export function ratioOf({ base, head }: PairTiming, allocating: boolean): PairRatio {
  const statistic = allocating ? median : (values: readonly number[]) => Math.min(...values);
  const [baseSeconds, headSeconds] = [statistic(base), statistic(head)];
  return {
    statistic: allocating ? "median" : "minimum",
    baseSeconds,
    headSeconds,
    logRatio: Math.log(headSeconds / baseSeconds),
  };
}
