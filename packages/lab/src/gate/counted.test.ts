import { listDevices } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GitRepository } from "../fixtures/git-repository.ts";
import type { GateResult, MeasuredWorkload } from "./gate-result.ts";
import { runGate } from "./run-gate.ts";

/** What each workload costs beside time, as a commit has it. */
interface Costs {
  readonly numbersAllocated: number;
  readonly iterations: number;
  readonly error: number;
  readonly sums: number;
}

const BEFORE: Costs = { numbersAllocated: 0, iterations: 10, error: 1e-7, sums: 1 };

/** A package with one workload for each thing that is counted. */
function files(costs: Costs): Record<string, string | object> {
  return {
    "package.json": {
      name: "toy",
      type: "module",
      exports: { "./benchmarks": "./benchmarks.js" },
    },
    "benchmarks.js": `
import { add } from "@ansatz/tensor";

const costs = ${JSON.stringify(costs)};
const plain = { async validate() {}, cost: { flops: 0, bytes: 0 }, dispose() {} };
let kept;

const workloads = {
  steady: () => ({ ...plain, run() {} }),
  allocating: () => ({ ...plain, run() { kept = costs.numbersAllocated > 0 ? new Float64Array(costs.numbersAllocated) : undefined; } }),
  solving: () => ({ ...plain, run() {}, counts: () => ({ iterations: costs.iterations }) }),
  inexact: () => ({ ...plain, run() {}, maximalError: () => costs.error }),
  adding: (device) => {
    const x = device.tensor(new Float32Array(4096).fill(1));
    return { ...plain, dispose: () => x.dispose(), run() {
      for (let sum = 0; sum < costs.sums; sum++) add(x, x).dispose();
    } };
  },
};

const benchmark = (id, devices, names) => ({
  id, title: id, summary: id, isolates: id, devices, peers: [],
  cases: names.map((name) => ({ name })),
  setup: async ({ case: { name }, device }) => workloads[name](device),
});

export default [
  benchmark("toy/counted", ["cpu"], Object.keys(workloads)),
  benchmark("toy/gpu", ["webgpu"], ["adding"]),
];
`,
  };
}

let repository: GitRepository;
beforeAll(async () => {
  repository = await GitRepository.create(files(BEFORE));
  await repository.workspace.link("@ansatz/tensor");
});
afterAll(() => repository[Symbol.asyncDispose]());

/** Two processes: what is counted needs no more. */
async function gate(costs: Partial<Costs>, device: "cpu" | "webgpu", pattern: string): Promise<GateResult> {
  const head = `branch-${Object.keys(costs).join("-")}-${device}`;
  await repository.git("checkout", "--quiet", "-b", head, "main");
  await repository.commit(files({ ...BEFORE, ...costs }));
  await repository.git("checkout", "--quiet", "main");
  return runGate({
    base: "main",
    head,
    pattern,
    devices: [device],
    directory: repository.directory,
    folder: `${repository.directory}/.ansatz`,
    processes: 2,
    maxProcesses: 2,
    milliseconds: 40,
    commands: { install: `ln -s ${repository.directory}/node_modules node_modules` },
    allow: ["bundle"],
  });
}

const hasGpu = (await listDevices()).some(({ kind, available }) => kind === "webgpu" && available);

describe("what the gate counts", () => {
  it("names the workload that allocates more, takes more iterations, is less exact or runs more kernels, and only that", async () => {
    const { verdict, reasons, workloads } = await gate(
      { numbersAllocated: 500, iterations: 11, error: 1e-5, sums: 3 },
      "cpu",
      "toy/counted",
    );
    expect(verdict, reasons.join("\n")).toBe("regression");
    expect(reasons).toEqual([
      expect.stringMatching(/^toy\/counted allocating: allocation went from \d+ to \d{4}$/),
      "toy/counted solving: iterations went from 10 to 11",
      "toy/counted inexact: accuracy went from 1e-7 to 0.00001",
      "toy/counted adding: kernels went from 1 to 3",
      // Tensors are objects.
      expect.stringMatching(/^toy\/counted adding: allocation/),
    ]);
    const by = new Map((workloads as MeasuredWorkload[]).map(({ name, channels }) => [name, channels]));
    const names = by.get("toy/counted steady")?.map(({ channel }) => channel);
    expect(names).toEqual(["dispatches", "kernels", "uploaded bytes", "allocation"]);
    expect(by.get("toy/counted steady")).toContainEqual({ channel: "kernels", base: 0, head: 0, state: "same" });
  });

  it.skipIf(!hasGpu)("counts dispatches on a GPU, and times it by its own clock beside the wall's", async () => {
    const { verdict, reasons, workloads } = await gate({ sums: 3 }, "webgpu", "toy/gpu");
    expect(verdict, reasons.join("\n")).toBe("regression");
    expect(reasons).toContain("toy/gpu adding on webgpu: dispatches went from 1 to 3");
    const [wall, gpu] = workloads as MeasuredWorkload[];
    expect(wall).toMatchObject({ name: "toy/gpu adding on webgpu", ratios: [{}, {}] });
    expect(gpu).toMatchObject({ name: "toy/gpu adding on webgpu, GPU time", channels: [], ratios: [{}, {}] });
    // Three times the work; a dispatch among others costs less than one alone.
    expect(gpu.decision.estimate).toBeGreaterThan(0.5);
    for (const [index, { headSeconds }] of gpu.ratios.entries())
      expect(headSeconds).toBeLessThan(wall.ratios[index].headSeconds);
  });
});
