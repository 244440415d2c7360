import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Heap } from "./heap.ts";

describe("Heap", () => {
  it("hands out blocks at multiples of 64 that never overlap, whatever the order of frees", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 5000 })), { maxLength: 200 }), (steps) => {
        const heap = new Heap();
        const live: { start: number; end: number }[] = [];
        for (const [frees, value] of steps) {
          if (frees && live.length > 0) heap.free(live.splice(value % live.length, 1)[0].start);
          else {
            const start = heap.allocate(value);
            const block = { start, end: start + Math.max(1, value) };
            expect(start % 64).toBe(0);
            expect(live.every((other) => block.end <= other.start || other.end <= block.start)).toBe(true);
            live.push(block);
          }
        }
        for (const { start } of live) heap.free(start);
        expect(heap.usedBytes).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it("merges freed neighbours, so that repeated use does not grow the memory", () => {
    const heap = new Heap();
    const big = 30_000_000;
    heap.free(heap.allocate(big));
    const size = heap.buffer.byteLength;
    for (let round = 0; round < 20; round++) {
      const parts = Array.from({ length: 10 }, () => heap.allocate(big / 10 - 64));
      for (const index of [3, 1, 4, 0, 5, 9, 2, 6, 8, 7]) heap.free(parts[index]);
      heap.free(heap.allocate(big));
    }
    expect(heap.buffer.byteLength).toBe(size);
  });

  it("refuses to free what it did not hand out", () => {
    const heap = new Heap();
    const start = heap.allocate(64);
    heap.free(start);
    expect(() => heap.free(start)).toThrow("not an allocated block");
  });

  it("reports how much was asked for when the address space is used up, and keeps working", () => {
    const heap = new Heap();
    expect(() => heap.allocate(2 ** 32)).toThrow("no room for 4294967296 bytes");
    expect(heap.allocate(64)).toBeGreaterThan(0);
  });
});
