import { Bench } from "tinybench";
import { describe, expect, it } from "vitest";
import { discoverPackages } from "../discovery/discover-packages.ts";
import { offering, Workspace } from "../fixtures/workspace.ts";
import { BENCHMARK_OF_SUITE, paired } from "./paired.ts";
import { runBenchmark } from "./run-benchmark.ts";

function benchmarkOf(bench: Bench) {
  return (bench as unknown as { [BENCHMARK_OF_SUITE]: () => ReturnType<typeof Object> })[BENCHMARK_OF_SUITE]();
}

describe("paired", () => {
  it("leaves the suite working as it did", async () => {
    let calls = 0;
    const bench = paired(new Bench({ time: 1, iterations: 3, warmup: false }), { id: "toy/suite" });
    expect(bench.add("one", () => void calls++)).toBe(bench);
    const [task] = await bench.run();
    expect(task.result.state).toBe("completed");
    expect(calls).toBeGreaterThanOrEqual(3);
  });

  it("makes a benchmark of it: a case per task, with hooks, and the results validated", async () => {
    const log: string[] = [];
    const note = (what: string) => () => void (log.at(-1) !== what && log.push(what));
    const validate = (task: string, result: unknown) => void log.push(`${task} ${result}`);
    const bench = paired(new Bench(), { id: "toy/suite", validate });
    bench
      .add("plain", () => 42, { beforeAll: note("beforeAll"), afterAll: note("afterAll") })
      .add("slow", async () => 43, { beforeEach: note("before"), afterEach: note("after") });
    const result = await runBenchmark(benchmarkOf(bench), { device: "cpu", milliseconds: 5, ceilings: null });
    expect(result.cases).toMatchObject([
      { name: "plain", status: "measured" },
      { name: "slow", status: "measured" },
    ]);
    expect(log.slice(0, 6)).toEqual(["beforeAll", "plain 42", "plain 42", "afterAll", "before", "after"]);
    expect(log.slice(6)).toContain("slow 43");
  });

  it("is found in a package by discovery", async () => {
    await using workspace = await Workspace.create({
      "package.json": offering("suite", "benchmarks"),
      "benchmarks.js": `
        import { paired } from "@ansatz/lab";
        const bench = { tasks: [], add(name) { this.tasks.push({ name }); return this; } };
        paired(bench, { id: "toy/suite", title: "Toy" }).add("one", () => 1);
        export default [bench];`,
    });
    await workspace.link("@ansatz/lab");
    const [found] = await discoverPackages({ from: workspace.directory });
    expect(found.problems).toEqual([]);
    expect(found.benchmarks).toMatchObject([{ id: "toy/suite", title: "Toy", cases: [{ name: "one" }] }]);
  });

  it("refuses a suite whose tasks it cannot see", () => {
    const bench = new Bench().add("one", () => 1);
    expect(() => paired(bench, { id: "toy/suite" })).toThrow(/before `add`/);
  });
});
