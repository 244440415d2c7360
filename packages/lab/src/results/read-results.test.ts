import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventfulGate } from "../fixtures/gate-result.ts";
import { readGateResult, readResults } from "./read-results.ts";
import { bencherMetrics, customSmallerIsBetter } from "./tracker-formats.ts";

/** Written by the tools themselves, shortened; vitest-3.json by hand, after its version 3. What asv writes is not quite JSON. */
function fixture(name: string): string {
  const extension = name === "asv" ? "txt" : "json";
  return readFileSync(new URL(`./fixtures/${name}.${extension}`, import.meta.url), "utf8");
}

function times(name: string): [string, number][] {
  return readResults(fixture(name)).measurements.map(({ workload, value }) => [workload, Number(value.toPrecision(3))]);
}

describe("readResults", () => {
  it("reads the tasks of a tinybench suite, and leaves out one that failed", () => {
    const { source, measurements } = readResults(fixture("tinybench"));
    expect(source).toBe("tinybench");
    expect(measurements).toMatchObject([{ workload: "split", metric: "time", unit: "s" }]);
    const [{ value, lower = 0, upper = 0 }] = measurements;
    expect([lower, value, upper]).toEqual([lower, value, upper].toSorted((a, b) => a - b));
    expect(value).toBeGreaterThan(1e-8);
    expect(value).toBeLessThan(1e-6);
  });

  it("reads vitest's results, of version 5 and of those before", () => {
    expect(readResults(fixture("vitest-5")).measuredAt).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(times("vitest-5").map(([name]) => name)).toEqual(["sort > both > reverse", "sort > both > normal"]);
    expect(times("vitest-5").every(([, value]) => value > 1e-8 && value < 1e-5)).toBe(true);
    expect(times("vitest-3")).toEqual([["a.bench.ts > sort > normal", 4.8e-7]]);
  });

  it("reads mitata's results in their groups", () => {
    expect(times("mitata")).toEqual([
      ["sums > array 16", 6.72e-9],
      ["sums > array 64", 6e-8],
      ["now", 4.57e-8],
    ]);
  });

  it("reads hyperfine's results", () => {
    expect(times("hyperfine")).toEqual([
      ["named", 0.0118],
      ["true", 0.0000446],
    ]);
  });

  it("reads asv's results: times, memory and tracked numbers, per combination of parameters, with infinite bounds", () => {
    const { commit, measurements } = readResults(fixture("asv"));
    expect(commit).toHaveLength(40);
    expect(measurements.slice(0, 6)).toMatchObject([
      { workload: "b.Sums.peakmem_sum(10, 'a')", metric: "peak memory", unit: "B", value: 24621056 },
      { workload: "b.Sums.peakmem_sum(10, 'b')" },
      { workload: "b.Sums.peakmem_sum(100, 'a')" },
      { workload: "b.Sums.peakmem_sum(100, 'b')", value: 24608768 },
      { workload: "b.Sums.time_sum(10, 'a')", metric: "time", unit: "s", value: 2.3239990696310997e-6 },
      { workload: "b.Sums.time_sum(10, 'b')" },
    ]);
    expect(measurements.at(-1)).toEqual({ workload: "b.track_size", metric: "value", unit: "", value: 42 });
  });

  it("reads what `ansatz bench` prints: wall and GPU time of measured cases, and no commit that has changes", () => {
    const timing = { callsPerSample: 1, samples: 9, iterations: 9, deviationSeconds: 0.1 };
    const wall = { ...timing, medianSeconds: 2, minimumSeconds: 1 };
    const result = {
      benchmark: "toy/loop",
      gitCommit: `${"a".repeat(40)}+`,
      finishedAt: "2026-01-02T03:04:05.000Z",
      hardware: { id: "here" },
      device: { kind: "webgpu" },
      cases: [
        { name: "small", status: "measured", timing: wall, gpuTiming: { ...wall, medianSeconds: 1.5 } },
        { name: "large", status: "failed", reason: "too large" },
      ],
    };
    expect(readResults(JSON.stringify([result]))).toEqual({
      source: "ansatz bench",
      measuredAt: "2026-01-02T03:04:05.000Z",
      hardware: "here",
      measurements: [
        { workload: "toy/loop small on webgpu", metric: "time", unit: "s", value: 2, lower: 1, upper: 2.1 },
        { workload: "toy/loop small on webgpu, GPU time", metric: "time", unit: "s", value: 1.5, lower: 1, upper: 1.6 },
      ],
    });
    const clean = { ...result, gitCommit: "a".repeat(40) };
    expect(readResults(JSON.stringify([clean])).commit).toBe("a".repeat(40));
  });

  it("reads a gate's result: the head's times and counts, whose missing bounds are null in JSON", () => {
    const { commit, hardware, measurements } = readResults(JSON.stringify(eventfulGate()));
    expect([commit, hardware]).toEqual(["b".repeat(40), "0123456789ab"]);
    expect(measurements).toContainEqual({ workload: "toy", metric: "bundle", unit: "B", value: 1200 });
    const unbounded = { ...eventfulGate(), workloads: eventfulGate().workloads.slice(0, 1) };
    Object.assign(unbounded.workloads[0], { decision: { upper: null, minimumDetectable: null } });
    expect(readGateResult(JSON.stringify(unbounded))?.workloads[0]).toMatchObject({
      decision: { upper: Number.POSITIVE_INFINITY, minimumDetectable: Number.POSITIVE_INFINITY },
    });
  });

  it("refuses anything else", () => {
    for (const text of ["", "{", "{}", "[]", '[{"name": "x"}]', '{"results": 1}'])
      expect(() => readResults(text)).toThrow(/results: .*hyperfine or asv/);
  });
});

describe("what trackers take", () => {
  const measurements = [
    { workload: "a", metric: "time", unit: "s", value: 2e-6, lower: 1e-6, upper: 4e-6 },
    { workload: "a", metric: "peak memory", unit: "B", value: 100 },
  ] as const;

  it("is nanoseconds of latency for Bencher", () => {
    expect(bencherMetrics(measurements)).toEqual({
      a: { latency: { value: 2000, lower_value: 1000, upper_value: 4000 }, "peak-memory": { value: 100 } },
    });
  });

  it("is a list for github-action-benchmark", () => {
    expect(customSmallerIsBetter(measurements)).toEqual([
      { name: "a", unit: "ns/iter", value: 2000, range: "± 1500" },
      { name: "a: peak memory", unit: "bytes", value: 100 },
    ]);
  });
});
