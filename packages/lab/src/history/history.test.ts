import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GitRepository } from "../fixtures/git-repository.ts";
import type { Results } from "../results/measurement.ts";
import { analyseHistory } from "./history.ts";
import type { HistoryEntry, HistoryStore } from "./history-entry.ts";
import { BranchHistory, FolderHistory } from "./history-store.ts";
import { recordResults } from "./record-results.ts";

let repository: GitRepository;
beforeAll(async () => {
  repository = await GitRepository.create({ "package.json": { name: "toy" } });
});
afterAll(() => repository[Symbol.asyncDispose]());

function results(value: number, more: Partial<Results> = {}): Results {
  return { source: "tool", measurements: [{ workload: "sum", metric: "time", unit: "s", value }], ...more };
}

/** The day of January 2026 that a value was committed on; its commit is made up. */
function entry(day: number, value: number): HistoryEntry {
  const committedAt = new Date(Date.UTC(2026, 0, day)).toISOString();
  const { source, measurements } = results(value);
  return { commit: `c${day}`, committedAt, measuredAt: committedAt, hardware: "here", source, measurements };
}

const stores: [string, () => HistoryStore][] = [
  ["in a folder", () => new FolderHistory(`${repository.directory}/.ansatz/history`)],
  ["on a git branch", () => new BranchHistory(repository.directory, "ansatz-history")],
];

describe.each(stores)("a history %s", (_, open) => {
  it("is empty at first, and keeps what is added, by machine", async () => {
    const store = open();
    expect(await store.machines()).toEqual([]);
    expect(await store.read("here")).toEqual([]);
    const head = await repository.git("rev-parse", "HEAD");
    const options = { directory: repository.directory, hardware: "here" };
    const first = await recordResults(store, results(1), options);
    await recordResults(store, results(2, { hardware: "elsewhere" }), options);
    const third = await recordResults(store, results(3, { measuredAt: "2026-01-02T03:04:05.000Z" }), options);
    expect(first.commit).toBe(head);
    expect(await store.read("here")).toEqual([first, third]);
    expect((await store.machines()).sort()).toEqual(["elsewhere", "here"]);
  });

  it("refuses a commit that is none, results of nothing, and a machine that is a path", async () => {
    const options = { directory: repository.directory, hardware: "../here" };
    await expect(recordResults(open(), results(1), options)).rejects.toThrow(/hardware/);
    await expect(recordResults(open(), results(1), { ...options, commit: "nowhere" })).rejects.toThrow(/commit/);
    await expect(recordResults(open(), results(1, { measurements: [] }), options)).rejects.toThrow(/at least one/);
  });

  it("leaves index and working tree alone", async () => {
    expect(await repository.git("status", "--porcelain")).toBe("");
    expect(await repository.git("branch", "--show-current")).toBe("main");
  });
});

describe("BranchHistory", () => {
  it("loses no entry of two that are added at the same time", async () => {
    const store = new BranchHistory(repository.directory, "busy");
    await Promise.all([1, 2, 3].map((day) => store.append(entry(day, day))));
    const kept = (await store.read("here")).map(({ commit }) => commit);
    expect(kept.sort()).toEqual(["c1", "c2", "c3"]);
  });
});

describe("analyseHistory", () => {
  it("orders by commit, whenever it was measured, and names the commit that changed a workload", async () => {
    const store = new FolderHistory(`${repository.directory}/.ansatz/changing`);
    const days = Array.from({ length: 20 }, (_, index) => index + 1);
    for (const day of days.toReversed()) await store.append(entry(day, (day < 12 ? 1 : 1.3) + 0.001 * (day % 3)));
    const [series, ...others] = await analyseHistory(store);
    expect(others).toEqual([]);
    expect(series).toMatchObject({ hardware: "here", workload: "sum", metric: "time", unit: "s" });
    expect(series.points.map(({ commit }) => commit)).toEqual(days.map((day) => `c${day}`));
    expect(series.changes).toMatchObject([{ kind: "step", index: 11 }]);
    expect(series.points[series.changes[0].index].commit).toBe("c12");
    expect(await analyseHistory(store, { pattern: "SU", metric: "time" })).toHaveLength(1);
    expect(await analyseHistory(store, { pattern: "product" })).toEqual([]);
    expect(await analyseHistory(store, { hardware: "elsewhere" })).toEqual([]);
  });

  it("says which line of a history is no JSON", async () => {
    await repository.workspace.write(".ansatz/torn/here.jsonl", '{"commit": 1}\n{"com');
    const store = new FolderHistory(`${repository.directory}/.ansatz/torn`);
    await expect(store.read("here")).rejects.toThrow(/line 2 of .*here\.jsonl/);
  });
});
