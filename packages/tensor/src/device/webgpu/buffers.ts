import { OutOfMemoryError } from "../../errors.ts";
import type { Timeline } from "./timeline.ts";

/** `GPUBufferUsage` and `GPUMapMode`, which are globals in browsers only; the numbers are part of the WebGPU specification. */
export const USAGE = {
  mapRead: 0x0001,
  copySource: 0x0004,
  copyDestination: 0x0008,
  uniform: 0x0040,
  storage: 0x0080,
  queryResolve: 0x0200,
} as const;
export const MAP_READ = 0x0001;

/** Smallest buffer; also what stands behind tensors without elements. */
const SMALLEST = 256;

/** Buffers up to this size are created anew rather than interrupting a batch to reuse one. */
const CHEAP_BYTES = 1 << 20;

/** Free buffers kept beyond what was ever in use at once: this share of it, and this many bytes. */
const SPARE_SHARE = 0.5;
const SPARE_BYTES = 1 << 26;

/** A GPU buffer that goes from user to user. */
export interface PooledBuffer {
  readonly gpu: GPUBuffer;
  /** Names the buffer in bind group keys; never reused. */
  readonly id: number;
  readonly capacity: number;
  /** Bytes its present user asked for. */
  bytes: number;
  /** Last batch that refers to it. */
  lastBatch: number;
  /** Number of the last kernel that wrote it, as the timeline counts; 0 when the host did. */
  lastWrite: number;
  /** Set when the GPU had no room for it. */
  failure: Error | undefined;
}

export interface BufferPoolOptions {
  readonly usage: number;
  /** Larger buffers are not kept once free. */
  readonly largestKept: number;
}

/**
 * Free buffers by size. A freed buffer may be reused while recorded work still refers to it, because the GPU works in order; only the host's writes overtake
 * recorded work and need a buffer that no unsubmitted batch touches.
 */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #timeline: Timeline;
  readonly #options: BufferPoolOptions;
  /** Largest buffer there can be. */
  readonly #largest: number;
  readonly #free = new Map<number, PooledBuffer[]>();
  readonly #owners = new WeakMap<GPUBuffer, PooledBuffer>();
  #created = 0;
  #freeBytes = 0;
  #usedBytes = 0;
  #peakUsedBytes = 0;

  constructor(device: GPUDevice, timeline: Timeline, options: BufferPoolOptions) {
    this.#device = device;
    this.#timeline = timeline;
    this.#options = options;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    this.#largest = Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / SMALLEST) * SMALLEST;
  }

  /** A buffer for the GPU to write. @throws OutOfMemoryError when no buffer can be that large. */
  acquire(bytes: number): PooledBuffer {
    const capacity = this.#capacityFor(bytes);
    return this.#use(this.#take(capacity, -1) ?? this.#create(capacity), bytes);
  }

  /** A buffer for the host to write at once; `submit` sends recorded work off. @throws OutOfMemoryError when no buffer can be that large. */
  acquireForHost(bytes: number, submit: () => void): PooledBuffer {
    const capacity = this.#capacityFor(bytes);
    const free = this.#free.get(capacity) ?? [];
    let index = free.findIndex(({ lastBatch }) => lastBatch < this.#timeline.batch);
    if (index < 0 && free.length > 0 && capacity > CHEAP_BYTES) {
      submit();
      index = 0;
    }
    const buffer = (index < 0 ? undefined : this.#take(capacity, index)) ?? this.#create(capacity);
    buffer.lastWrite = 0;
    return this.#use(buffer, bytes);
  }

  release(buffer: PooledBuffer): void {
    this.#usedBytes -= buffer.capacity;
    if (buffer.failure || buffer.capacity > this.#options.largestKept) {
      buffer.gpu.destroy();
      return;
    }
    const free = this.#free.get(buffer.capacity);
    if (free) free.push(buffer);
    else this.#free.set(buffer.capacity, [buffer]);
    this.#freeBytes += buffer.capacity;
    this.#trim(this.#peakUsedBytes * (1 + SPARE_SHARE) + SPARE_BYTES);
  }

  /** The pool's record of a buffer it handed out. */
  ownerOf(buffer: GPUBuffer): PooledBuffer {
    const owner = this.#owners.get(buffer);
    if (!owner) throw new Error("a kernel used a buffer that is neither an array nor scratch of its call");
    return owner;
  }

  #use(buffer: PooledBuffer, bytes: number): PooledBuffer {
    buffer.bytes = bytes;
    this.#usedBytes += buffer.capacity;
    this.#peakUsedBytes = Math.max(this.#peakUsedBytes, this.#usedBytes);
    return buffer;
  }

  #take(capacity: number, index: number): PooledBuffer | undefined {
    const free = this.#free.get(capacity);
    if (!free?.length) return undefined;
    this.#freeBytes -= capacity;
    return free.splice(index, 1)[0];
  }

  /** Destroys free buffers until no more than `kept` bytes are left, except those that unsubmitted work refers to. */
  #trim(kept: number): void {
    for (const [capacity, free] of this.#free)
      while (this.#usedBytes + this.#freeBytes > kept && free[0]?.lastBatch < this.#timeline.batch)
        this.#take(capacity, 0)!.gpu.destroy();
  }

  #create(capacity: number): PooledBuffer {
    this.#device.pushErrorScope("out-of-memory");
    const gpu = this.#device.createBuffer({ size: capacity, usage: this.#options.usage });
    const scope = this.#device.popErrorScope();
    const id = ++this.#created;
    const buffer: PooledBuffer = { gpu, id, capacity, bytes: 0, lastBatch: 0, lastWrite: 0, failure: undefined };
    this.#owners.set(gpu, buffer);
    this.#timeline.watch(scope.then((error) => error && this.#refuse(buffer, error)));
    return buffer;
  }

  #refuse(buffer: PooledBuffer, error: GPUError): Error {
    buffer.failure = new OutOfMemoryError("webgpu", buffer.bytes, error.message);
    const free = this.#free.get(buffer.capacity);
    const index = free?.indexOf(buffer) ?? -1;
    if (index >= 0) this.#take(buffer.capacity, index);
    this.#trim(0);
    return buffer.failure;
  }

  /** Four sizes per power of two: at most a fifth of a buffer is unused. */
  #capacityFor(bytes: number): number {
    if (bytes > this.#largest)
      throw new OutOfMemoryError("webgpu", bytes, `one buffer holds at most ${this.#largest} bytes on this adapter`);
    const step = 2 ** Math.max(0, Math.floor(Math.log2(Math.max(bytes, SMALLEST))) - 2);
    return Math.min(this.#largest, Math.max(SMALLEST, Math.ceil(bytes / step) * step));
  }
}
