import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GitRepository, toyPackage, work } from "../fixtures/git-repository.ts";
import type { GateResult, MeasuredWorkload } from "./gate-result.ts";
import { type GateOptions, runGate } from "./run-gate.ts";

let repository: GitRepository;
beforeAll(async () => {
  repository = await GitRepository.create(toyPackage());
});
afterAll(() => repository[Symbol.asyncDispose]());

/** Few processes and little time: the machine is anybody's while tests run, and what is planted is large. */
function gate(options: Partial<GateOptions> & Pick<GateOptions, "base">): Promise<GateResult> {
  return runGate({
    directory: repository.directory,
    folder: `${repository.directory}/.ansatz`,
    processes: 6,
    maxProcesses: 6,
    milliseconds: 60,
    timeoutSeconds: 30,
    ...options,
  });
}

/** A branch with one commit on top of main. */
async function branch(name: string, files: Record<string, string | object>): Promise<string> {
  await repository.git("checkout", "--quiet", "-b", name, "main");
  await repository.commit(files);
  await repository.git("checkout", "--quiet", "main");
  return name;
}

async function checkoutsLeft(): Promise<string[]> {
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith("ansatz-gate-"));
  return [...folders, ...(await repository.git("worktree", "list")).split("\n").slice(1)];
}

describe("runGate", () => {
  it("finds the workload that got slower, and only that", async () => {
    const before = await checkoutsLeft();
    const head = await branch("slower", { "work.js": work(40) });
    const result = await gate({ base: "main", head });
    expect(result.reasons).toEqual([expect.stringMatching(/^toy\/loops victim is \d+\.\d % slower$/)]);
    expect(result).toMatchObject({ verdict: "regression", base: { ref: "main" }, head: { ref: "slower" } });
    const [steady, victim] = result.workloads as MeasuredWorkload[];
    expect(steady.decision.state).not.toBe("regression");
    expect(victim.decision.estimate).toBeGreaterThan(0.2);
    expect(victim.ratios).toHaveLength(6);
    expect(victim.ratios.map(({ headFirst }) => headFirst)).toEqual([false, true, false, true, false, true]);
    expect(result.packages).toMatchObject([{ name: "toy", identical: false }]);
    expect(JSON.parse(JSON.stringify(result))).toMatchObject({ verdict: "regression" });
    expect(await checkoutsLeft()).toEqual(before);
  });

  it("measures identical programs as A/A and gates none of them", async () => {
    const result = await gate({
      base: "main",
      head: await branch("same", { "README.md": "words" }),
      processes: 2,
      maxProcesses: 2,
    });
    expect(result.packages).toMatchObject([{ identical: true }]);
    expect(result.workloads).toMatchObject([{ identical: true }, { identical: true }]);
    expect(result.verdict).toBe("pass");
  });

  it("says of a build that fails which and why", async () => {
    const build = 'node -e "console.error(42, 1 / 0); process.exit(3)"';
    await expect(gate({ base: "main", commands: { build } })).rejects.toThrow(/^main: .*ended with 3:\n42 Infinity/s);
    const rotten = await branch("rotten", { "benchmarks.js": 'throw new Error("rotten to the core");' });
    expect(await gate({ base: "main", head: rotten })).toMatchObject({
      verdict: "broken",
      reasons: expect.arrayContaining([expect.stringMatching(/^rotten: toy .*rotten to the core/)]),
      removed: ["toy/loops steady", "toy/loops victim"],
    });
  });

  it("refuses what it cannot compare before any work", async () => {
    await expect(gate({ base: "nowhere" })).rejects.toThrow(/a commit, branch or tag/);
    await expect(gate({ base: "main", pattern: "no-such" })).rejects.toThrow(/"?no-such"?/);
    await expect(gate({ base: "main", processes: 0 })).rejects.toThrow(/processes/);
    await expect(gate({ base: "main", directory: tmpdir() })).rejects.toThrow(/inside a git repository/);
  });

  it("tells a crash, a hanging and a wrong workload with the cause, and measures the others", async () => {
    const [before, after] = toyPackage()["benchmarks.js"].toString().split("export default [");
    const entry = (name: string, body: string) =>
      `{ id: "toy/${name}", title: "${name}", cases: [{ name: "only" }], devices: ["cpu"], peers: [], setup: async () => ({ ...loop(1), ${body} }) },`;
    const broken = [
      entry("crash", "run() { process.stderr.write('about to fall'); process.kill(process.pid, 'SIGKILL'); }"),
      entry("hang", "run() { for (;;); }"),
      entry("wrong", "async validate() { throw new Error('off by one'); }"),
    ].join("");
    await repository.git("checkout", "--quiet", "-b", "old-and-broken", "main");
    await repository.commit({ "benchmarks.js": `${before}export default [${broken}${after}` });
    await repository.commit({ "work.js": work(11) });
    await repository.git("checkout", "--quiet", "main");
    const result = await gate({
      base: "old-and-broken~1",
      head: "old-and-broken",
      timeoutSeconds: 4,
      processes: 2,
      maxProcesses: 2,
    });
    expect(result.verdict).toBe("broken");
    const by = new Map(result.workloads.map((each) => [each.name, each]));
    expect(by.get("toy/crash only")).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/ended by SIGKILL.*about to fall/s),
    });
    expect(by.get("toy/hang only")).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/timed out after 4 s/),
    });
    expect(by.get("toy/wrong only")).toMatchObject({ status: "failed", side: "base", reason: "off by one" });
    expect(by.get("toy/loops victim")).toMatchObject({ status: "measured", ratios: [{}, {}] });
  });

  it("measures changes that are not committed only when told to", async () => {
    await repository.workspace.write("work.js", work(40));
    try {
      await expect(gate({ base: "main" })).rejects.toThrow(/--uncommitted.*work\.js/);
      const index = await repository.git("status", "--porcelain");
      const few = { processes: 2, maxProcesses: 2 };
      const result = await gate({ base: "main", uncommitted: true, pattern: "victim", ...few });
      expect(result).toMatchObject({ head: { ref: "working tree" }, workloads: [{ status: "measured" }] });
      expect((result.workloads[0] as MeasuredWorkload).decision.estimate).toBeGreaterThan(0.2);
      expect(await repository.git("status", "--porcelain")).toBe(index);
    } finally {
      await repository.git("checkout", "--quiet", "work.js");
    }
  });

  it("names what is new, removed and renamed, and measures the renamed", async () => {
    const text = toyPackage()["benchmarks.js"].toString();
    const cases = (list: string) => text.replace('[{ name: "steady" }, { name: "victim" }]', list);
    await repository.git("checkout", "--quiet", "-b", "renaming", "main");
    await repository.commit({ "benchmarks.js": cases('[{ name: "steady", size: 1 }, { name: "gone" }]') });
    await repository.commit({ "benchmarks.js": cases('[{ name: "stable", size: 1 }, { name: "fresh" }]') });
    await repository.git("checkout", "--quiet", "main");
    const result = await gate({ base: "renaming~1", head: "renaming", processes: 2, maxProcesses: 2 });
    expect(result).toMatchObject({
      added: ["toy/loops fresh"],
      removed: ["toy/loops gone"],
      workloads: [{ name: "toy/loops stable", formerName: "toy/loops steady", status: "measured", identical: false }],
    });
  });

  it("stops when told to, and leaves nothing behind", async () => {
    const before = await checkoutsLeft();
    const controller = new AbortController();
    const onProgress = ({ message }: { message: string }) => message.startsWith("process") && controller.abort();
    const running = gate({ base: "main", signal: controller.signal, onProgress });
    await expect(running).rejects.toThrow(/abort/i);
    expect(await checkoutsLeft()).toEqual(before);
  });
});
