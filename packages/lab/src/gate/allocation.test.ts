import { describe, expect, it } from "vitest";
import type { Workload } from "../benchmark.ts";
import { bytesPerIteration } from "./allocation.ts";

const kept: { value: unknown } = { value: undefined };

function running(run: Workload["run"]): Workload {
  return { run, validate: async () => {}, cost: { flops: 0, bytes: 0 }, dispose() {} };
}

// Some words go to the engine's own notes while it compiles what is measured.
const ENGINE_BYTES = 64;

describe("bytesPerIteration", () => {
  it("is zero for work that allocates nothing", async () => {
    // Integers: before a loop is compiled, each of its floats is an object.
    const data = new Int32Array(1000).fill(1);
    let total = 0;
    const sum = () => {
      total = 0;
      for (let index = 0; index < data.length; index++) total += data[index];
    };
    const bytes = await bytesPerIteration(running(sum));
    expect(total).toBe(1000);
    expect(bytes).toBeLessThan(ENGINE_BYTES);
  });

  it("counts objects and the memory of typed arrays, collections in between or not", async () => {
    for (const length of [1000, 2 ** 18]) {
      const bytes = await bytesPerIteration(running(() => void (kept.value = new Float64Array(length))));
      expect(bytes).toBeGreaterThanOrEqual(8 * length);
      expect(bytes).toBeLessThan(8 * length + 4 * ENGINE_BYTES);
    }
    const numbers = await bytesPerIteration(
      running(() => void (kept.value = Array.from({ length: 1000 }, (_, index) => index + 0.5))),
    );
    expect(numbers).toBeGreaterThan(8000);
  });

  it("awaits work that waits", async () => {
    const bytes = await bytesPerIteration(
      running(async () => {
        kept.value = new Float64Array(4096);
      }),
    );
    expect(bytes).toBeGreaterThanOrEqual(8 * 4096);
  });
});
