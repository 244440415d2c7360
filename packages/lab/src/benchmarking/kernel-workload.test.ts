import { type KernelBenchmark, type KernelPeer, openDevice } from "@ansatz/tensor";
import { afterAll, describe, expect, it } from "vitest";
import { scaleKernel } from "../fixtures/kernel.ts";
import type { CaseResult } from "./benchmark-result.ts";
import { kernelBenchmark } from "./kernel-workload.ts";
import { runBenchmark } from "./run-benchmark.ts";

type Options = { factor: number };

const device = await openDevice("cpu", { threads: 1 });
afterAll(() => device.dispose());

const right = scaleKernel((x, factor) => factor * x);

function declared(changes: Partial<KernelBenchmark<Options>> = {}): KernelBenchmark<Options> {
  const inputs = [{ shape: [50, 20], dtype: "float32" }] as const;
  return { kernel: right, cases: [{ name: "1000 float32", inputs, options: { factor: 3 } }], peers: [], ...changes };
}

async function measured(changes: Partial<KernelBenchmark<Options>> = {}): Promise<CaseResult> {
  const benchmark = kernelBenchmark(declared(changes), "@fixture/methods");
  const result = await runBenchmark(benchmark, { device, ceilings: null, milliseconds: 5 });
  return result.cases[0];
}

function peer(scale: (x: number) => number, changes: Partial<KernelPeer<Options>> = {}): KernelPeer<Options> {
  return {
    name: "loop",
    version: async () => "1.0.0",
    async setup(_, [{ data }]) {
      let result = new Float64Array();
      return {
        run() {
          result = Float64Array.from(data, scale);
        },
        outputs: async () => [result],
        dispose() {},
      };
    },
    ...changes,
  };
}

describe("kernelBenchmark", () => {
  it("is named after package and kernel and runs where there is an implementation", () => {
    expect(kernelBenchmark(declared(), "@fixture/methods")).toMatchObject({
      id: "methods/scale",
      summary: "Multiplies by a number.",
      devices: ["cpu"],
      cases: [{ name: "1000 float32" }],
    });
  });

  it("takes the cost from the kernel and leaves nothing on the device", async () => {
    expect(await measured()).toMatchObject({ status: "measured", cost: { flops: 1000, bytes: 8000 } });
    expect(device.memory().tensors).toBe(0);
  });

  it("fails when one element differs from the reference by more than the tolerance", async () => {
    let calls = 0;
    const spoiled = scaleKernel((x, factor) => factor * x * (calls++ % 1000 === 700 ? 1 + 1e-6 : 1));
    expect(await measured({ kernel: spoiled })).toMatchObject({
      status: "failed",
      reason: /^wrong result: output 0\[700\]/,
    });
  });

  it("accepts NaN only where it is expected", async () => {
    const spoiled = scaleKernel(() => Number.NaN);
    expect(await measured({ kernel: spoiled })).toMatchObject({ status: "failed" });
    const cases = [{ ...declared().cases[0], options: { factor: Number.NaN } }];
    expect(await measured({ cases })).toMatchObject({ status: "measured" });
  });

  it("checks only the given elements, of the timed result, where some are given", async () => {
    const spoiled = scaleKernel((x, factor) => factor * x + 1);
    const kernel = {
      ...spoiled,
      reference: () => {
        throw new Error("too slow to be called");
      },
    };
    const elements =
      (offset: number): KernelBenchmark<Options>["expected"] =>
      ({ options }, [{ data }]) => [{ index: 17, value: options.factor * data[17] + offset }];
    expect(await measured({ kernel, expected: elements(1)! })).toMatchObject({ status: "measured" });
    expect(await measured({ kernel, expected: elements(0)! })).toMatchObject({ reason: /output 0\[17\]/ });
  });

  it("holds peers to the same reference, within their own tolerance", async () => {
    const result = await measured({
      peers: [
        peer((x) => 3 * x),
        peer((x) => 3.001 * x, { name: "inexact" }),
        peer((x) => 3.001 * x, { name: "inexact by its own account", tolerance: { relative: 1e-2, absolute: 0 } }),
      ],
    });
    if (result.status !== "measured") throw new Error(result.reason);
    expect(result.peers.map(({ name, status }) => [name, status])).toEqual([
      ["inexact", "failed"],
      ["loop", "measured"],
      ["inexact by its own account", "measured"],
    ]);
  });

  it("reports a dtype the device does not hold as unsupported", async () => {
    const cases = [{ name: "half", inputs: [{ shape: [2], dtype: "float16" as never }], options: { factor: 1 } }];
    expect(await measured({ cases })).toMatchObject({ status: "failed" });
  });
});
