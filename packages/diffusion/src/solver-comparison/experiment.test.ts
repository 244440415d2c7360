import { runExperiment } from "@ansatz/lab";
import { describe, expect, it } from "vitest";
import experiment from "./experiment.ts";

describe("diffusion/solver-comparison", () => {
  it("compares all solvers on both models, in curves, tables and pictures", { timeout: 120_000 }, async () => {
    const seen = new Map<string, Set<string>>();
    const tables = new Map<string, readonly (readonly unknown[])[]>();
    const record = await runExperiment(experiment, {
      parameters: { samples: 4, statisticsDraws: 8, statisticsIntervals: 40, trainingSteps: 30, learnedSamples: 4 },
      device: "cpu",
      onEvent: (event) => {
        const name = "name" in event ? event.name : "series" in event ? event.series : "";
        seen.set(event.type, (seen.get(event.type) ?? new Set()).add(name));
        if (event.type === "table") tables.set(event.name, event.rows);
      },
    });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    expect(seen.get("image")).toEqual(
      new Set(
        ["exact", "learned"].flatMap((kind) => [5, 10, 20].map((count) => `${kind} digits, ${count} evaluations`)),
      ),
    );
    const exact = tables.get("error on exact digits (root mean square)")!;
    expect(exact.length).toBe(15);
    // It costs nine evaluations more than steps.
    expect(exact.find(([name]) => name === "F-PNDM")!.slice(1, 5)).toEqual(["–", "–", "–", "–"]);
    const ddim = exact.find(([name]) => name === "DDIM")!.slice(1) as number[];
    expect(ddim[4]).toBeLessThan(ddim[0]);
    expect(tables.get("error on learned digits (root mean square)")!.length).toBe(13);
  });
});
