import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { cast } from "../../kernels/cast/index.ts";
import { CpuDevice } from "./device.ts";
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
