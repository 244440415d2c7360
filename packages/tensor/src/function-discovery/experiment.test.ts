import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunEvent } from "@ansatz/lab";
import { observeExperiment } from "@ansatz/lab/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import experiment from "./experiment.ts";

const run = (parameters: object) => observeExperiment(experiment, { threads: 1, verifySamples: 500, ...parameters });

const namesOf = (events: readonly RunEvent[], type: RunEvent["type"]) =>
  new Set(events.flatMap((event) => (event.type === type && "name" in event ? [event.name] : [])));

describe("the experiment tensor/function-discovery", () => {
  let folder: string;
  const before = process.env.ANSATZ_DATA;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "function-discovery-"));
    process.env.ANSATZ_DATA = folder;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.ANSATZ_DATA;
    else process.env.ANSATZ_DATA = before;
    await rm(folder, { recursive: true });
  });

  it("draws a front beside textbook programs, and verifies it", async () => {
    const { record, events } = await run({ generations: 12, parents: 30, maximumOperations: 6 });
    expect(record.status).toBe("SUCCEEDED");
    expect(namesOf(events, "table")).toEqual(new Set(["front", "sources"]));
    expect(namesOf(events, "heatmap")).toEqual(new Set(["errors"]));
    const series = new Set(events.flatMap((event) => (event.type === "point" ? [event.series] : [])));
    for (const name of ["smallest error", "evolved, error over operations", "Taylor, error over operations"])
      expect(series).toContain(name);
    expect(record.metrics.frontSize).toBeGreaterThan(1);
    expect(record.metrics.verifiedDeviation).toBeLessThan(0.02);
    expect(record.metrics.candidates).toBe(12 * 60);
    expect(record.metrics.candidatesPerSecond).toBeGreaterThan(0);
  });

  it("keeps a search, and goes on from it", async () => {
    const given = { generations: 2, parents: 5, keep: true, maximumOperations: 4 };
    await run(given);
    expect((await readdir(join(folder, "function-discovery"))).length).toBe(1);
    const { record, events } = await run({ ...given, generations: 5 });
    expect(record.metrics.candidates).toBe(3 * 10);
    expect(events.some((event) => event.type === "note" && event.message.includes("goes on"))).toBe(true);
  });

  it("times float32 programs below one unit in the last place", async () => {
    const { record } = await run({ format: "float32", generations: 1, parents: 1 });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.metrics.nanosecondsPerElement).toBeGreaterThan(0);
    expect(record.metrics.relativeTime).toBeGreaterThan(0);
    expect(record.metrics.worstUlp).toBeNull();
  });

  it("takes functions that have a zero", async () => {
    const { record } = await run({ target: "log2", operations: "rational", generations: 2, parents: 5 });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.metrics.ratioToHorner).toBeNull();
  });
});
