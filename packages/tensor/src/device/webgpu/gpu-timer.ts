import { MAP_READ, USAGE } from "./buffers.ts";

/** Compute passes of one batch that can be timed. */
const PASSES = 256;
const BYTES_PER_TIMESTAMP = 8;

/** Steps in which browsers count GPU time to hamper attacks, in nanoseconds: Chromium's (2^16) and the specification's (100 µs). */
const QUANTA = [65536n, 100000n] as const;

/** GPU time of some work. */
export interface GpuTime {
  /** Seconds the GPU spent, from the start of the first dispatch of each submission to the end of its last. */
  readonly seconds: number;
  /** Whether the clock counts in coarse steps (65.5 or 100 µs): then repeat the work until a step is noise. */
  readonly quantized: boolean;
}

/** Timestamps around the compute passes of some batches. */
export class GpuTimer {
  readonly #device: GPUDevice;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  /** Timestamps of submitted batches, two a pass. */
  readonly #batches: GPUBuffer[] = [];
  #passes = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
    this.#queries = device.createQuerySet({ type: "timestamp", count: 2 * PASSES });
    const size = 2 * PASSES * BYTES_PER_TIMESTAMP;
    this.#resolved = device.createBuffer({ size, usage: USAGE.queryResolve | USAGE.copySource });
  }

  /** Whether the batch has no room for another pass. */
  get full(): boolean {
    return this.#passes === PASSES;
  }

  timePass(): GPUComputePassTimestampWrites {
    const beginningOfPassWriteIndex = 2 * this.#passes++;
    return {
      querySet: this.#queries,
      beginningOfPassWriteIndex,
      endOfPassWriteIndex: beginningOfPassWriteIndex + 1,
    };
  }

  /** Ends a batch: records the copy of its timestamps. */
  endBatch(encoder: GPUCommandEncoder): void {
    if (this.#passes === 0) return;
    const size = 2 * this.#passes * BYTES_PER_TIMESTAMP;
    const batch = this.#device.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyDestination });
    encoder.resolveQuerySet(this.#queries, 0, 2 * this.#passes, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, batch, 0, size);
    this.#batches.push(batch);
    this.#passes = 0;
  }

  /** Waits for the batches and adds up their times. */
  async read(): Promise<GpuTime> {
    try {
      await Promise.all(this.#batches.map((batch) => batch.mapAsync(MAP_READ)));
      const batches = this.#batches.map((batch) => new BigUint64Array(batch.getMappedRange().slice(0)));
      const nanoseconds = batches.reduce((sum, times) => sum + Number(times.at(-1)! - times[0]), 0);
      const times = batches.flatMap((batch) => Array.from(batch));
      const quantized = times.length > 0 && QUANTA.some((quantum) => times.every((time) => time % quantum === 0n));
      return { seconds: nanoseconds * 1e-9, quantized };
    } finally {
      this.destroy();
    }
  }

  destroy(): void {
    this.#queries.destroy();
    this.#resolved.destroy();
    for (const batch of this.#batches) batch.destroy();
  }
}
