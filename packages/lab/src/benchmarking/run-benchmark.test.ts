import { openDevice, UnsupportedError } from "@ansatz/tensor";
import { afterAll, describe, expect, it, vi } from "vitest";
import { type Benchmark, defineBenchmark, type Workload } from "../benchmark.ts";
import type { BenchmarkResult, CaseResult, MeasuredCase } from "./benchmark-result.ts";
import { type BenchmarkProgress, runBenchmark } from "./run-benchmark.ts";

const device = await openDevice("cpu", { threads: 1 });
afterAll(() => device.dispose());

const CEILINGS = { copyGigabytesPerSecond: 10, matmulGigaflopsPerSecond: { float32: 50 }, measuredAt: "2026-01-01" };

function workload(changes: Partial<Workload> = {}): Workload {
  return { run() {}, validate: async () => {}, cost: { flops: 2e3, bytes: 8e3 }, dispose() {}, ...changes };
}

function benchmark(changes: Partial<Benchmark> = {}): Benchmark {
  return defineBenchmark({
    id: "fixture/loop",
    title: "Loop",
    summary: "A loop.",
    isolates: "the loop",
    cases: [{ name: "small" }, { name: "large" }],
    devices: ["cpu"],
    setup: async () => workload(),
    ...changes,
  });
}

function measure(changes: Partial<Benchmark>, options: object = {}): Promise<BenchmarkResult> {
  return runBenchmark(benchmark(changes), {
    device,
    ceilings: CEILINGS,
    milliseconds: 5,
    cases: ["small"],
    ...options,
  });
}

async function onlyCase(changes: Partial<Benchmark>): Promise<CaseResult> {
  const { cases } = await measure(changes);
  expect(cases).toHaveLength(1);
  return cases[0];
}

describe("runBenchmark", () => {
  it("derives throughput and shares from the cost and the median time", async () => {
    const { timing, throughput } = (await onlyCase({})) as MeasuredCase;
    const gigabytes = 8e3 / timing.medianSeconds / 1e9;
    const gigaflops = 2e3 / timing.medianSeconds / 1e9;
    expect(throughput.gigabytesPerSecond).toBeCloseTo(gigabytes, 6);
    expect(throughput.shareOfBandwidth).toBeCloseTo(gigabytes / 10, 6);
    expect(throughput.gigaflopsPerSecond).toBeCloseTo(gigaflops, 6);
    expect(throughput.shareOfPeak).toBeCloseTo(gigaflops / 50, 6);
  });

  it("leaves out shares of ceilings that are not known", async () => {
    const setup = async () => workload({ dtype: "float64", cost: { flops: 1, bytes: 0 } });
    const { throughput } = (await onlyCase({ setup })) as MeasuredCase;
    expect(throughput).toMatchObject({ shareOfBandwidth: null, shareOfPeak: null });
  });

  it("says where it ran, and runs all cases unless told which", async () => {
    const result = await measure({}, { cases: undefined });
    expect(result).toMatchObject({
      benchmark: "fixture/loop",
      status: "COMPLETE",
      device: { kind: "cpu" },
      versions: { node: process.versions.node },
      ceilings: CEILINGS,
      cases: [{ name: "small" }, { name: "large" }],
    });
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });

  it("validates before and after timing, and disposes", async () => {
    const log: string[] = [];
    const setup = async () =>
      workload({
        run: () => void (log.at(-1) !== "run" && log.push("run")),
        validate: async () => void log.push("validate"),
        dispose: () => void log.push("dispose"),
      });
    await measure({ setup });
    expect(log).toEqual(["run", "validate", "run", "validate", "dispose"]);
  });

  it("reports a wrong result as failed, before or after timing, and disposes all the same", async () => {
    for (const good of [0, 1]) {
      let validations = 0;
      const dispose = vi.fn();
      const validate = async () => {
        if (validations++ >= good) throw new Error("off by one");
      };
      expect(await onlyCase({ setup: async () => workload({ validate, dispose }) })).toEqual({
        name: "small",
        status: "failed",
        reason: "off by one",
      });
      expect(dispose).toHaveBeenCalledOnce();
    }
  });

  it("tells an unsupported case from a failed one", async () => {
    const setup = async () => {
      throw new UnsupportedError("cpu", "float16", "no such dtype");
    };
    expect(await onlyCase({ setup })).toMatchObject({ status: "unsupported", reason: /float16/ });
  });

  it("fails a workload that leaves tensors behind", async () => {
    const setup = async () => {
      const left = device.zeros([2], "float32");
      setTimeout(() => left.dispose(), 1000);
      return workload();
    };
    expect(await onlyCase({ setup })).toMatchObject({ status: "failed", reason: "its dispose() left 1 tensors alive" });
  });

  it("compares with peers by the ratio of medians in interleaved rounds", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const taking = (milliseconds: number) => workload({ run: () => void vi.advanceTimersByTime(milliseconds) });
    const result = (await onlyCase({
      setup: async () => taking(1),
      peers: [{ name: "slower", version: async () => "2.0.0", setup: async () => taking(3) }],
    }).finally(() => vi.useRealTimers())) as MeasuredCase;
    const [peer] = result.peers;
    if (peer.status !== "measured") throw new Error(peer.reason);
    expect(peer).toMatchObject({ name: "slower", version: "2.0.0" });
    expect(peer.ratio).toBeCloseTo(3, 6);
    expect(peer.ratioRange[0]).toBeCloseTo(3, 6);
    expect(peer.throughput.gigaflopsPerSecond).toBeCloseTo(2e3 / 3e-3 / 1e9, 9);
  });

  it("says of an absent peer why, and measures the others", async () => {
    const wrong = workload({
      validate: async () => {
        throw new Error("wrong");
      },
    });
    const version = async () => "1.0.0";
    const missing = async () => {
      throw new Error("Cannot find package");
    };
    const result = (await onlyCase({
      peers: [
        { name: "missing", version, setup: missing },
        { name: "wrong", version, setup: async () => wrong },
        { name: "elsewhere", devices: ["webgpu"], version, setup: missing },
        { name: "fine", version, setup: async () => workload() },
      ],
    })) as MeasuredCase;
    expect(result.peers).toMatchObject([
      { name: "missing", status: "unavailable", reason: "Cannot find package" },
      { name: "wrong", status: "failed", reason: "wrong" },
      { name: "fine", status: "measured" },
    ]);
  });

  it("is cancelled by the signal with the cases it has finished", async () => {
    const controller = new AbortController();
    const onProgress = ({ done }: BenchmarkProgress) => done === 1 && controller.abort();
    const result = await measure({}, { cases: undefined, signal: controller.signal, onProgress });
    expect(result).toMatchObject({ status: "CANCELLED", cases: [{ name: "small" }] });
    expect(result.cases).toHaveLength(1);
  });

  it("counts its progress in cases", async () => {
    const told: BenchmarkProgress[] = [];
    await measure({}, { cases: undefined, onProgress: (progress: BenchmarkProgress) => told.push(progress) });
    expect(told[0]).toEqual({ done: 0, total: 2, message: "fixture/loop small" });
    expect(told.at(-1)).toEqual({ done: 2, total: 2, message: "fixture/loop large" });
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).toSorted((a, b) => a - b));
  });
});
