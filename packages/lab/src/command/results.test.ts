import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { openDevice } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeEnvironment } from "../environment.ts";
import { eventfulGate } from "../fixtures/gate-result.ts";
import { GitRepository, toyPackage } from "../fixtures/git-repository.ts";
import { proportion } from "../gate/clopper-pearson.ts";
import { PROMISED_PROCESSES, storeErrorRates } from "../gate/error-rates.ts";
import { runProgram } from "./program.ts";

const FIXTURES = fileURLToPath(new URL("../results/fixtures/", import.meta.url));

let repository: GitRepository;
beforeAll(async () => {
  repository = await GitRepository.create(toyPackage());
  await mkdir(`${repository.directory}/.ansatz`);
  await cp(`${FIXTURES}hyperfine.json`, `${repository.directory}/.ansatz/hyperfine.json`);
  await writeFile(`${repository.directory}/.ansatz/gate.json`, JSON.stringify(eventfulGate()));
});
afterAll(() => repository[Symbol.asyncDispose]());

async function ansatz(line: string) {
  const before = process.cwd();
  process.chdir(repository.directory);
  let out = "";
  let err = "";
  const terminal = { out: { write: (text: string) => (out += text) }, err: { write: (text: string) => (err += text) } };
  try {
    return { code: await runProgram(line.split(" "), terminal), out, err };
  } finally {
    process.chdir(before);
  }
}

function written(name: string): Promise<string> {
  return readFile(`${repository.directory}/.ansatz/${name}`, "utf8");
}

describe("ansatz report", () => {
  it("shows results of another tool", async () => {
    const { code, out } = await ansatz("report .ansatz/hyperfine.json");
    expect(code).toBe(0);
    expect(out).toMatch(/^workload +metric +value\nnamed +time +11\.8 ms\ntrue +time +44\.6 µs\n$/);
  });

  it("shows a gate as the gate did, and writes it in every other form", async () => {
    const shown = await ansatz("report .ansatz/gate.json");
    expect(shown.out).toMatch(/toy\/loops victim .* REGRESSION/);
    const files = "--html .ansatz/g.html --markdown .ansatz/g.md --junit .ansatz/g.xml --bencher .ansatz/b.json";
    const { code, out } = await ansatz(`report .ansatz/gate.json ${files} --github-action-benchmark .ansatz/a.json`);
    expect([code, out]).toEqual([0, ""]);
    expect(await written("g.html")).toContain("toy/loops victim");
    expect(await written("g.md")).toContain("### Not everything could be measured.");
    expect(await written("g.xml")).toContain("<testsuite ");
    const bencher = JSON.parse(await written("b.json"));
    expect(bencher["toy/loops victim"]).toMatchObject({ latency: { value: expect.closeTo(11210, -2) } });
    expect(bencher.toy).toEqual({ bundle: { value: 1200 } });
    expect(JSON.parse(await written("a.json"))).toContainEqual({ name: "toy: bundle", unit: "bytes", value: 1200 });
  });

  it("refuses a file that is not there or is none, and a verdict on results that have none", async () => {
    expect(await ansatz("report")).toMatchObject({ code: 2, err: expect.stringMatching(/which file/) });
    expect(await ansatz("report no.json")).toMatchObject({ code: 2, err: expect.stringMatching(/no\.json.*ENOENT/) });
    expect(await ansatz("report work.js")).toMatchObject({ code: 2, err: expect.stringMatching(/hyperfine or asv/) });
    const verdict = await ansatz("report .ansatz/hyperfine.json --markdown .ansatz/x.md");
    expect(verdict).toMatchObject({ code: 2, err: expect.stringMatching(/--markdown: .*hyperfine has no verdict/) });
  });
});

describe("ansatz history", () => {
  it("keeps what is added, in a folder or on a branch, and shows it", async () => {
    expect((await ansatz("history")).out).toMatch(/no such history/);
    for (const where of ["", " --history-branch benchmarks"]) {
      const { code, out, err } = await ansatz(`history --add .ansatz/hyperfine.json --hardware here${where}`);
      expect([code, err]).toEqual([0, expect.stringMatching(/2 measurements of [0-9a-f]{10} by hyperfine/)]);
      expect(out).toMatch(/named +time +here +1 +11\.8 ms/);
      const [series] = JSON.parse((await ansatz(`history nam --json${where}`)).out);
      expect(series).toMatchObject({ workload: "named", points: [{ commit: expect.any(String) }], changes: [] });
    }
    expect(await repository.git("branch", "--list", "benchmarks")).toContain("benchmarks");
  });

  it("refuses results of a commit that the repository does not have", async () => {
    const { code, err } = await ansatz("history --add .ansatz/hyperfine.json --commit nowhere");
    expect([code, err]).toEqual([2, expect.stringMatching(/commit: .*nowhere/)]);
  });
});

describe("ansatz bisect", () => {
  it("asks for what it needs, and exits 2 for ends in the wrong order", async () => {
    expect(await ansatz("bisect")).toMatchObject({ code: 2, err: expect.stringMatching(/which workload/) });
    expect(await ansatz("bisect x")).toMatchObject({ code: 2, err: expect.stringMatching(/--good/) });
    expect(await ansatz("bisect x --good main")).toMatchObject({ code: 2, err: expect.stringMatching(/ancestor/) });
  });
});

describe("ansatz gate", () => {
  it("exits 3 on a host whose measured false alarms break the promise, before any work", async () => {
    await using device = await openDevice("cpu");
    const { hardware, versions } = await describeEnvironment(device.description);
    const alarms = { rule: "gate", processes: PROMISED_PROCESSES, slowdown: 0, ...proportion(20, 200) } as const;
    const settings = { margin: 0.02, level: 0.05, milliseconds: 400, processes: 200 };
    const measured = { hardware, versions, settings, measuredAt: "2026-01-02", workloads: ["toy/loops steady"] };
    await storeErrorRates(`${repository.directory}/.ansatz`, { ...measured, rates: [alarms], logRatios: [] });
    const { code, out } = await ansatz("gate --base main --build false");
    expect(code).toBe(3);
    expect(out).toMatch(/too noisy to say\.\nthis host raised 20 false alarms in 200 comparisons of identical code/);
  });
});
