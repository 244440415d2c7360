import { describe, expect, it } from "vitest";
import { TaskPool } from "./index.ts";
import { squares } from "./testing/squares.ts";

const worker = new URL("./testing/serve-squares.ts", import.meta.url);
const tasks = Array.from({ length: 23 }, (_, index) => index);

function pool(threads: number) {
  return new TaskPool({ worker, runner: squares, settings: { add: 1 }, threads, chunk: 4 });
}

describe("TaskPool", () => {
  for (const threads of [1, 2])
    describe(`${threads} threads`, () => {
      it("answers in the order of the tasks, batch after batch", async () => {
        using own = pool(threads);
        expect(await own.run(tasks)).toEqual(tasks.map((each) => each * each + 1));
        expect(await own.run([3])).toEqual([10]);
        expect(await own.run([])).toEqual([]);
      });

      it("rejects with what a task throws, and goes on with others", async () => {
        using own = pool(threads);
        await expect(own.run([1, -1])).rejects.toThrow("no root of -1");
        expect(await own.run([2])).toEqual([5]);
      });

      it("gives null when the signal has fired", async () => {
        using own = pool(threads);
        expect(await own.run(tasks, AbortSignal.abort())).toBeNull();
      });
    });

  it("rejects when settings are refused", async () => {
    for (const threads of [1, 2]) {
      using own = new TaskPool({ worker, runner: squares, settings: { add: Number.NaN }, threads, chunk: 4 });
      await expect(own.run(tasks)).rejects.toThrow("add is no number");
    }
  });
});
