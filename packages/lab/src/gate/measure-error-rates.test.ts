import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { toyPackage } from "../fixtures/git-repository.ts";
import { Workspace } from "../fixtures/workspace.ts";
import { BuildCopy } from "./build-copy.ts";
import { proportion } from "./clopper-pearson.ts";
import { brokenPromise, type HostErrorRates, readErrorRates, storeErrorRates } from "./error-rates.ts";
import { alarmRates, measureErrorRates, type Observation, type Series } from "./measure-error-rates.ts";

const SECONDS = 1e-3;

/** What a quiet process says of a slow-down, and tests on whose samples find it or not. */
function observation(slowdown: number, p = 0.5): Observation {
  const headMedian = SECONDS * (1 + slowdown);
  return { logRatio: Math.log1p(slowdown), baseMedian: SECONDS, headMedian, welch: p, mannWhitney: p };
}

function series(slowdown: number, workload: string, observations: readonly Observation[]): Series {
  return { slowdown, workload, observations: [...observations] };
}

const repeat = (count: number, make: (index: number) => Observation) =>
  Array.from({ length: count }, (_, index) => make(index));

describe("alarmRates", () => {
  it("counts comparisons in groups that share no process", () => {
    const rates = alarmRates(
      [
        series(
          0,
          "a",
          repeat(43, () => observation(0)),
        ),
        series(
          0,
          "b",
          repeat(43, () => observation(0)),
        ),
      ],
      0.02,
      0.05,
    );
    // Two workloads in ⌊43 / 8⌋ = 5 groups of 8, and in ⌊43 / 20⌋ = 2 of 20.
    expect(rates).toMatchObject([
      { rule: "gate", processes: 8, slowdown: 0, count: 0, total: 10 },
      { rule: "stored baseline", processes: 2, count: 0, total: 10 },
      { rule: "Welch's t", processes: 1, count: 0, total: 10 },
      { rule: "Mann–Whitney", processes: 1, count: 0, total: 10 },
      { rule: "gate", processes: 20, count: 0, total: 4 },
    ]);
    expect(rates[0].upper).toBeCloseTo(1 - 0.05 ** (1 / 10), 12);
  });

  it("decides as the gate does, with Holm's hardest step for a slow-down among other workloads", () => {
    const slowed = (workloads: number) =>
      Array.from({ length: workloads }, (_, index) =>
        series(
          0.1,
          `${index}`,
          repeat(8, () => observation(0.1)),
        ),
      );
    const found = (workloads: number) => alarmRates(slowed(workloads), 0.02, 0.05)[0].count;
    // 2⁻⁸ · 12 ≤ 0.05 < 2⁻⁸ · 13: eight processes can say it among twelve workloads.
    expect(found(12)).toBe(12);
    expect(found(13)).toBe(0);
  });

  it("decides by the rivals' rules from what they look at", () => {
    // A machine that got 7 % slower between the first process and the last, and samples that look significant by chance.
    const drifting = repeat(8, (index) => ({
      ...observation(0, index === 0 ? 0.01 : 0.5),
      headMedian: SECONDS * (1 + index / 100),
    }));
    const [gate, baseline, welch, mannWhitney] = alarmRates([series(0, "a", drifting)], 0.02, 0.05);
    expect([gate.count, baseline.count, welch.count, mannWhitney.count]).toEqual([0, 1, 1, 1]);
  });
});

describe("error rates of a host", () => {
  const hardware = { id: "abc", cpu: "x", cores: 2, memoryBytes: 1, platform: "linux-x64" };
  const rates = (count: number, total: number): HostErrorRates => ({
    hardware,
    versions: {},
    measuredAt: "2026-01-01T00:00:00.000Z",
    workloads: [],
    settings: { margin: 0.02, level: 0.05, milliseconds: 400, processes: 200 },
    rates: [{ rule: "gate", processes: 8, slowdown: 0, ...proportion(count, total) }],
    logRatios: [],
  });

  it("are kept by hardware", async () => {
    await using workspace = await Workspace.create({});
    expect(await readErrorRates(workspace.directory, hardware)).toBeNull();
    await storeErrorRates(workspace.directory, rates(0, 200));
    expect(await readErrorRates(workspace.directory, hardware)).toEqual(rates(0, 200));
    expect(await readErrorRates(workspace.directory, { ...hardware, id: "other" })).toBeNull();
  });

  it("break the promise when the bound, not the count, is above the level", () => {
    expect(brokenPromise(rates(0, 200), 0.05)).toBeUndefined();
    expect(brokenPromise(rates(0, 59), 0.05)).toBeUndefined();
    expect(brokenPromise(rates(0, 58), 0.05)).toMatch(/0 false alarms in 58 .* up to 5\.0 %/);
    expect(brokenPromise(rates(8, 200), 0.05)).toMatch(/8 false alarms/);
    expect(brokenPromise({ ...rates(0, 200), rates: [] }, 0.05)).toMatch(/0 comparisons/);
  });
});

describe("measureErrorRates", () => {
  it("loads two copies of what is built, measures all slow-downs and keeps the result", async () => {
    await using workspace = await Workspace.create(toyPackage());
    const folder = join(workspace.directory, "data");
    const messages: string[] = [];
    const measured = await measureErrorRates({
      directory: workspace.directory,
      folder,
      pattern: "victim",
      comparisons: 1,
      milliseconds: 10,
      onProgress: ({ message }) => messages.push(message),
    });
    expect(measured.workloads).toEqual(["toy/loops victim"]);
    expect(measured.logRatios.map(({ slowdown, values }) => [slowdown, values.length])).toEqual([
      [0, 8],
      [0.02, 2],
      [0.05, 2],
      [0.1, 2],
      [0.2, 2],
    ]);
    expect(measured.rates[0]).toMatchObject({ rule: "gate", slowdown: 0, processes: 8, total: 1 });
    expect(messages.at(-1)).toMatch(/^process 8 of 8: toy\/loops victim/);
    expect(readdirSync(join(folder, "error-rates"))).toEqual([`${measured.hardware.id}.json`]);
  });

  it("refuses a pattern that nothing matches", async () => {
    await using workspace = await Workspace.create(toyPackage());
    const options = { directory: workspace.directory, folder: workspace.directory, pattern: "no-such" };
    await expect(measureErrorRates(options)).rejects.toThrow(/pattern.*toy\/loops steady/);
  });
});

describe("a copy of a build", () => {
  it("has what runs, links what comes from registries, and goes away", async () => {
    await using workspace = await Workspace.create({
      "package.json": { name: "root", type: "module", dependencies: { local: "*" } },
      "packages/local/package.json": {
        name: "local",
        files: ["dist"],
        exports: { "./benchmarks": "./dist/benchmarks.js" },
        dependencies: { foreign: "*" },
      },
      "packages/local/dist/benchmarks.js": "export default [];",
      "packages/local/src/benchmarks.ts": "",
      "node_modules/foreign/package.json": { name: "foreign" },
    });
    const { symlink } = await import("node:fs/promises");
    await symlink("../packages/local", join(workspace.directory, "node_modules/local"));
    let directory: string;
    {
      await using copy = await BuildCopy.create(workspace.directory);
      ({ directory } = copy);
      const local = join(directory, "node_modules/local");
      expect(readdirSync(local).sort()).toEqual(["dist", "node_modules", "package.json"]);
      expect(existsSync(join(local, "node_modules/foreign/package.json"))).toBe(true);
    }
    expect(existsSync(directory)).toBe(false);
  });
});
