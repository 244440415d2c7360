import { OutOfMemoryError } from "../../errors.ts";

const PAGE_BYTES = 65536;
/** 4 GiB: the reach of 32-bit addresses. */
const MAXIMUM_PAGES = 65536;
/** Pages below are for the packages' static data (one each) and the thread pool's control block (page 0). */
const FIRST_HEAP_PAGE = 64;
/** Blocks up to this size are kept for the next allocation of the same size, this many of each; small networks ask for the same few sizes again and again. */
const LARGEST_KEPT = 1 << 22;
const KEPT_PER_SIZE = 32;
/** Cache line and the widest vector load: no array shares a line with another. */
const ALIGNMENT = 64;

interface Block {
  start: number;
  size: number;
}

/**
 * The linear memory that the kernels of all packages work on, and its allocator: free blocks in bins by size class, merged with their neighbours. A few of each
 * size are kept as they are, for a faster next time, until no other block is found.
 * Blocks are multiples of 64 bytes at multiples of 64. The 64 bytes after a block can be read, so that vector loads may run past the end of an array. Addresses are unsigned.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Whether threads can share it; false where the page is not cross-origin isolated. */
  readonly shared: boolean;
  readonly #bins: Map<number, Block>[] = Array.from({ length: 33 }, () => new Map());
  readonly #freeByEnd = new Map<number, Block>();
  readonly #freeByStart = new Map<number, Block>();
  readonly #used = new Map<number, number>();
  readonly #kept = new Map<number, number[]>();
  #bytes = new Uint8Array(0);
  #end = FIRST_HEAP_PAGE * PAGE_BYTES;

  constructor() {
    this.shared = typeof SharedArrayBuffer !== "undefined" && (globalThis.crossOriginIsolated ?? true);
    this.memory = new WebAssembly.Memory({ initial: FIRST_HEAP_PAGE, maximum: MAXIMUM_PAGES, shared: this.shared });
  }

  /** The current buffer; read it again after every allocation, since growing replaces it. */
  get buffer(): ArrayBufferLike {
    return this.memory.buffer;
  }

  /** All bytes as they are now, see `buffer`. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.memory.buffer) this.#bytes = new Uint8Array(this.memory.buffer);
    return this.#bytes;
  }

  /** Bytes in use, rounded up to blocks. */
  get usedBytes(): number {
    let bytes = 0;
    for (const size of this.#used.values()) bytes += size;
    return bytes;
  }

  /** Address of a new uninitialised block. @throws OutOfMemoryError */
  allocate(bytes: number): number {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const kept = this.#kept.get(size)?.pop();
    if (kept !== undefined) {
      this.#used.set(kept, size);
      return kept;
    }
    const block = this.#takeFree(size) ?? this.#takeMerged(size) ?? this.#extend(size, bytes);
    if (block.size > size) this.#addFree({ start: block.start + size, size: block.size - size });
    this.#used.set(block.start, size);
    return block.start;
  }

  /** Returns a block; its neighbours in the free list join it. */
  free(start: number): void {
    const size = this.#used.get(start);
    if (size === undefined) throw new Error(`heap: ${start} is not an allocated block`);
    this.#used.delete(start);
    if (size <= LARGEST_KEPT) {
      const kept = this.#kept.get(size) ?? [];
      if (kept.length === 0) this.#kept.set(size, kept);
      if (kept.length < KEPT_PER_SIZE) {
        kept.push(start);
        return;
      }
    }
    this.#merge(start, size);
  }

  /** A block among those that were kept, once they are merged with their neighbours. */
  #takeMerged(size: number): Block | undefined {
    for (const [kept, starts] of this.#kept) for (const start of starts) this.#merge(start, kept);
    this.#kept.clear();
    return this.#takeFree(size);
  }

  #merge(start: number, size: number): void {
    const block: Block = { start, size };
    const before = this.#freeByEnd.get(start);
    if (before) {
      this.#removeFree(before);
      block.start = before.start;
      block.size += before.size;
    }
    const after = this.#freeByStart.get(start + size);
    if (after) {
      this.#removeFree(after);
      block.size += after.size;
    }
    this.#addFree(block);
  }

  #takeFree(size: number): Block | undefined {
    // A bin holds sizes in [2^k, 2^(k+1)): only in the first can a block be too small, so only there each is looked at.
    const first = binOf(size);
    for (const block of this.#bins[first].values())
      if (block.size >= size) {
        this.#removeFree(block);
        return block;
      }
    for (let bin = first + 1; bin < this.#bins.length; bin++)
      for (const block of this.#bins[bin].values()) {
        this.#removeFree(block);
        return block;
      }
    return undefined;
  }

  #extend(size: number, requestedBytes: number): Block {
    const tail = this.#freeByEnd.get(this.#end);
    const start = tail ? tail.start : this.#end;
    const missing = start + size + ALIGNMENT - this.memory.buffer.byteLength;
    if (missing > 0) {
      try {
        this.memory.grow(Math.ceil(missing / PAGE_BYTES));
      } catch (cause) {
        throw new OutOfMemoryError("cpu", requestedBytes, `${this.usedBytes} bytes are in use (${String(cause)})`);
      }
    }
    if (tail) this.#removeFree(tail);
    this.#end = start + size;
    return { start, size };
  }

  #addFree(block: Block): void {
    this.#bins[binOf(block.size)].set(block.start, block);
    this.#freeByStart.set(block.start, block);
    this.#freeByEnd.set(block.start + block.size, block);
  }

  #removeFree(block: Block): void {
    this.#bins[binOf(block.size)].delete(block.start);
    this.#freeByStart.delete(block.start);
    this.#freeByEnd.delete(block.start + block.size);
  }
}

function binOf(size: number): number {
  return size >= 2 ** 32 ? 32 : 31 - Math.clz32(size);
}
