import { readdir, readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { Workspace } from "./fixtures/workspace.ts";
import { recordingReport } from "./recording-report.ts";
import type { Report, RunEvent } from "./report.ts";
import { writeRunFiles } from "./run-files.ts";
import type { RunRecord } from "./run-record.ts";

const RECORD = { experiment: "fixture/experiment", status: "SUCCEEDED", metrics: { error: 1 } } as unknown as RunRecord;

async function written(observe: (report: Report) => void) {
  const events: RunEvent[] = [];
  observe(recordingReport((event) => events.push(event)));
  const workspace = await Workspace.create({});
  await writeRunFiles(workspace.directory, RECORD, events);
  return {
    files: (await readdir(workspace.directory, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath.slice(workspace.directory.length + 1)}/${entry.name}`.replace(/^\//, ""))
      .sort(),
    read: (path: string) => readFile(`${workspace.directory}/${path}`, "utf8"),
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

describe("writeRunFiles", () => {
  it("writes the record, and a file for everything observed", async () => {
    await using run = await written((report) => {
      report.point("marginal error", 1, 0.5);
      report.point("marginal error", 2, Number.NaN);
      report.table("sizes", [{ name: "name" }, { name: "time", unit: "s" }], [['say "a, b"', null]]);
      report.image("digit", { width: 1, height: 1, channels: 1, pixels: Uint8Array.of(7) });
      report.heatmap("Transport plan", { rows: 1, columns: 1, values: Float32Array.of(1) });
      report.note("done");
    });
    expect(run.files).toEqual([
      "heatmaps/transport-plan.png",
      "images/digit.png",
      "notes.txt",
      "record.json",
      "series/marginal-error.csv",
      "tables/sizes.csv",
    ]);
    expect(JSON.parse(await run.read("record.json"))).toEqual(RECORD);
    expect(await run.read("series/marginal-error.csv")).toBe("step,value\r\n1,0.5\r\n2,NaN\r\n");
    expect(await run.read("tables/sizes.csv")).toBe('name,time (s)\r\n"say ""a, b""",\r\n');
    expect(await run.read("notes.txt")).toBe("done\n");
  });

  it("gives names that look alike files of their own, and one name one file", async () => {
    await using run = await written((report) => {
      for (const name of ["cost", "Cost", "cost", "η", "../../etc"]) report.table(name, [{ name: "x" }], [[1]]);
    });
    expect(run.files).toEqual([
      "record.json",
      "tables/cost-2.csv",
      "tables/cost.csv",
      "tables/etc.csv",
      "tables/η.csv",
    ]);
  });
});
