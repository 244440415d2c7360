import { type ChildProcess, spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { listDevices, openDevice } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fingerprint } from "../environment.ts";
import { fixtureProject } from "../fixtures/project.ts";
import type { Workspace } from "../fixtures/workspace.ts";
import { runProgram } from "./program.ts";
import type { Terminal } from "./terminal.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

/** A kind of device that this machine does not have; most lack one. */
const absent = (await listDevices()).find(({ available }) => !available);

let project: Workspace;
beforeAll(async () => {
  project = await fixtureProject();
});
afterAll(() => project[Symbol.asyncDispose]());

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in this process, which is faster, in the fixture project. */
async function ansatz(line: string): Promise<Ended> {
  const before = process.cwd();
  process.chdir(project.directory);
  let out = "";
  let err = "";
  try {
    const terminal: Terminal = {
      out: { write: (text) => (out += text) },
      err: { write: (text) => (err += text) },
    };
    return { code: await runProgram(line.split(" "), terminal), out, err };
  } finally {
    process.chdir(before);
  }
}

/** Runs the command as a process of its own; `whileRunning` sees it and what it has written to stderr. */
function spawnAnsatz(line: string, whileRunning?: (child: ChildProcess, err: string) => void): Promise<Ended> {
  const child = spawn(process.execPath, ["--conditions=ansatz-source", MAIN, ...line.split(" ")], {
    cwd: project.directory,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    err += text;
    whileRunning?.(child, err);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

describe("ansatz list", () => {
  it("shows what is installed, and what does not load", async () => {
    const { code, out } = await ansatz("list");
    expect(code).toBe(0);
    expect(out).toMatch(/@fixture\/methods 1\.2\.3/);
    expect(out).toMatch(/run +fixture\/decay +Exponential decay/);
    expect(out).toMatch(/bench +fixture\/sum/);
    expect(out).toMatch(/rotten to the core/);
  });

  it("gives plain data as JSON", async () => {
    const { out } = await ansatz("list --json");
    const packages = JSON.parse(out);
    expect(packages[0].experiments[0]).toMatchObject({
      id: "fixture/decay",
      parameters: [{ name: "steps", kind: "integer", minimum: 1, maximum: 10000, default: 100 }, {}, {}, {}],
    });
    expect(packages[0].benchmarks[0]).toMatchObject({ cases: ["small", "large"], peers: ["twice", "missing"] });
    expect(packages[1]).toMatchObject({ name: "@fixture/rotten", problems: ["./experiments: rotten to the core"] });
  });
});

describe("ansatz run", () => {
  it("prints the numbers and what was expected, and exits 0", async () => {
    const { code, out, err } = await spawnAnsatz("run fixture/decay");
    expect(code).toBe(0);
    expect(out).toMatch(/^fixture\/decay: Exponential decay\nsucceeded after .* on cpu/);
    expect(out).toMatch(/final error +0\.001847/);
    expect(out).toMatch(/steps +100 +steps/);
    expect(out).toMatch(/✓ final error +0\.001847 +≤ 0\.01 +paper, table 1/);
    expect(err).toMatch(/fixture\/decay cpu +\d+ % stepping/);
  });

  it("exits 1 when an expectation is not met, and prints only JSON on stdout", async () => {
    const { code, out, err } = await spawnAnsatz("run --steps 5 fixture/decay --json --seed 3 --quiet");
    expect(code).toBe(1);
    expect(err).toBe("");
    expect(JSON.parse(out)).toMatchObject([
      {
        experiment: "fixture/decay",
        status: "SUCCEEDED",
        seed: 3,
        parameters: { steps: 5, decayRate: 1, quadratic: false, scheme: "euler" },
        versions: { "@fixture/methods": "1.2.3" },
        expectations: [{ met: false }],
      },
    ]);
  });

  it("exits 1 when the run fails, with the place it was thrown", async () => {
    const { code, out } = await ansatz("run fixture/broken");
    expect(code).toBe(1);
    expect(out).toMatch(/failed/);
    expect(out).toMatch(/UNEXPECTED: TypeError: it broke\n +at .*experiments\.js/);
  });

  it("explains an experiment's parameters", async () => {
    const { code, out } = await ansatz("run fixture/decay --help");
    expect(code).toBe(0);
    expect(out).toMatch(/--steps <integer> +Euler steps \(an integer from 1 to 10000; default 100\)/);
    expect(out).toMatch(/--decay-rate <number> +per second \(a number > 0; default 1\)/);
    expect(out).toMatch(/--\[no-\]quadratic +decay with the square \(default false\)/);
    expect(out).toMatch(/--scheme euler\|midpoint/);
    expect(out).toMatch(/"On decay", table 1, https:\/\/example\.org\/decay/);
  });

  it("exits 2 with every wrong parameter named", async () => {
    const { code, out, err } = await spawnAnsatz("run fixture/decay --steps 0 --decay-rate fast --scheme heun");
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err.trim().split("\n")).toEqual([
      "fixture/decay: steps: expected an integer from 1 to 10000, got 0",
      'fixture/decay: decayRate: expected a number > 0, got "fast"',
      'fixture/decay: scheme: expected one of "euler", "midpoint", got "heun"',
    ]);
  });

  it.each([
    ["run fixture/deacy", /unknown experiment "fixture\/deacy"; did you mean fixture\/decay\?/],
    ["run fixture/decay --setps 3", /unknown flag --setps; did you mean --steps\?/],
    ["run fixture/decay --seed -1", /--seed: expected an integer in \[0, 2\^53\)/],
    ["run fixture/decay --device abacus", /unknown device "abacus"; there are cpu, webgpu, tensorflow/],
    ["run fixture/decay fixture/slow", /unexpected argument "fixture\/slow"/],
    ["run", /which experiment\?/],
    ["rnu fixture/decay", /unknown command "rnu"; did you mean run\?/],
    ["list everything", /unexpected argument "everything"/],
  ])("refuses `ansatz %s` with exit code 2", async (line, message) => {
    const { code, out, err } = await ansatz(line);
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  it.skipIf(!absent)("exits 2 for a device that is not there, and still gives the results of the others", async () => {
    const { code, out, err } = await ansatz(`run fixture/decay --device cpu --device ${absent?.kind} --json -q`);
    expect(code).toBe(2);
    expect(err).toContain(`device "${absent?.kind}" is not available`);
    expect(JSON.parse(out)).toMatchObject([{ device: { kind: "cpu" } }]);
  });

  it("writes a run into a folder, all at once, and refuses one that exists", async () => {
    const { code } = await ansatz("run fixture/decay --out results/first -q");
    expect(code).toBe(0);
    const folder = `${project.directory}/results/first`;
    expect((await readdir(folder)).sort()).toEqual(["heatmaps", "record.json", "series"]);
    expect(JSON.parse(await readFile(`${folder}/record.json`, "utf8"))).toMatchObject({ status: "SUCCEEDED" });
    expect((await readFile(`${folder}/series/x.csv`, "utf8")).split("\r\n")).toHaveLength(102);
    const again = await ansatz("run fixture/decay --out results/first -q");
    expect(again).toMatchObject({ code: 2, err: expect.stringMatching(/results\/first exists already/) });
  });

  it("stops on Ctrl-C with exit code 130 and the partial record", async () => {
    let interrupted = false;
    const { code, out } = await spawnAnsatz("run fixture/slow --json", (child, err) => {
      if (!interrupted && err.includes("waiting")) interrupted = child.kill("SIGINT");
    });
    expect(code).toBe(130);
    expect(JSON.parse(out)).toMatchObject([{ status: "CANCELLED", metrics: { waited: 1 } }]);
  });
});

describe("ansatz bench", () => {
  const quick = "--milliseconds 20 -q";
  const known = { copyGigabytesPerSecond: 10, matmulGigaflopsPerSecond: { float32: 50 }, measuredAt: "2026-01-01" };

  beforeAll(async () => {
    await using device = await openDevice("cpu");
    const identity = `${fingerprint(device.description).id} ${device.description.name}`;
    await project.write(".ansatz/ceilings.json", { [identity]: known });
  });

  it("times the matching cases beside their peers", async () => {
    const { code, out } = await spawnAnsatz(`bench sum ${quick} --json`);
    expect(code).toBe(0);
    const [{ benchmark, ceilings, cases }] = JSON.parse(out);
    expect(benchmark).toBe("fixture/sum");
    expect(ceilings).toEqual(known);
    expect(cases).toMatchObject([{ name: "small" }, { name: "large" }]);
    for (const { status, timing, throughput, peers } of cases) {
      expect(status).toBe("measured");
      expect(timing.minimumSeconds).toBeLessThanOrEqual(timing.medianSeconds);
      expect(throughput.shareOfBandwidth).toBeCloseTo(throughput.gigabytesPerSecond / 10, 9);
      expect(peers).toMatchObject([
        { name: "missing", status: "unavailable", reason: expect.stringMatching(/no-such-package/) },
        { name: "twice", status: "measured", version: "1.0.0" },
      ]);
    }
  });

  it("exits 1 when a workload computes the wrong thing", async () => {
    const { code, out } = await ansatz(`bench fixture/wrong ${quick}`);
    expect(code).toBe(1);
    expect(out).toMatch(/failed: wrong sum 0/);
  });

  it.each([
    ["bench nothing-like-it", /no benchmark matches "nothing-like-it"; there are fixture\/sum, fixture\/wrong/],
    ["bench sum --milliseconds 0", /--milliseconds: expected a number > 0/],
    ["bench sum --device webgpu", /fixture\/sum has no implementation for webgpu/],
  ])("refuses `ansatz %s` with exit code 2", async (line, message) => {
    const { code, err } = await ansatz(line);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

describe("ansatz gate and ansatz aa", () => {
  it.each([
    ["gate", /--base: which commit/],
    ["gate --base main --margin 7", /margin: .*below the resolution \(0\.05\), got 0\.07/],
    ["gate --base main --processes 1.5", /processes: expected an integer/],
    ["gate --base main --processes 40 --max-processes 30", /maxProcesses: expected an integer from 40/],
    ["gate --base main --timeout soon", /--timeout: expected a number > 0/],
    ["gate --base main", /inside a git repository/],
    ["gate --base main --device abacus", /unknown device "abacus"/],
    ["aa --comparisons 0", /--comparisons: expected a number > 0/],
  ])("refuses `ansatz %s` with exit code 2", async (line, message) => {
    const { code, out, err } = await ansatz(line);
    expect(err).toMatch(message);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });

  it("explain their flags", async () => {
    const { code, out } = await ansatz("gate --help");
    expect(code).toBe(0);
    expect(out).toMatch(/--max-processes <number> +most processes of a suspicious workload \(default 30\)/);
    expect((await ansatz("aa --help")).out).toMatch(/--comparisons <number>/);
  });
});

describe("ansatz devices", () => {
  it("tells what is there, and why something is not and what would help", async () => {
    const { code, out } = await ansatz("devices --json");
    expect(code).toBe(0);
    const [cpu, ...others] = JSON.parse(out);
    expect(cpu).toMatchObject({ kind: "cpu", available: true, description: { details: { simd: expect.any(String) } } });
    for (const { available, reason, remedy } of others)
      if (!available) expect(Boolean(reason) && Boolean(remedy)).toBe(true);
  });

  it("prints a table", async () => {
    const { out } = await ansatz("devices");
    expect(out).toMatch(/cpu +✓ +cpu: \d+ threads?/);
  });
});

describe("ansatz", () => {
  it("explains itself", async () => {
    const bare = await ansatz("help");
    const help = await ansatz("--help");
    const verb = await ansatz("help bench");
    const version = await ansatz("--version");
    expect(bare.out).toMatch(/ansatz run <experiment> \[flags\]/);
    expect(help).toEqual(bare);
    expect(verb.out).toMatch(/Usage: ansatz bench \[pattern\] \[flags\]/);
    expect(version).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});
