import { observeExperiment } from "@ansatz/lab/testing";
import { describe, expect, it } from "vitest";
import experiment from "./experiment.ts";

const run = (parameters: object) => observeExperiment(experiment, parameters);

describe("the experiment linalg/determinantal-sampling", () => {
  it("draws errors against the number of points for all strategies, and meets the table", {
    timeout: 60_000,
  }, async () => {
    const { record, events } = await run({ repetitions: 100, largestMultiple: 3 });
    expect(record.failure).toBeUndefined();
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    const series = new Set(events.flatMap((event) => (event.type === "point" ? [event.series] : [])));
    for (const strategy of ["independent", "volume", "repeated"]) expect(series).toContain(`median error, ${strategy}`);
    expect(series).toContain("density of the points, 400 samples");
    expect(events.some((event) => event.type === "table" && event.name === "errors without conditioning")).toBe(true);
  });

  it("shows points in the plane that repel each other", { timeout: 60_000 }, async () => {
    const { record, events } = await run({
      dimension: 2,
      degree: 4,
      target: "exponential",
      repetitions: 30,
      largestMultiple: 2,
    });
    expect(record.failure).toBeUndefined();
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    expect(events.filter(({ type }) => type === "image")).toHaveLength(2);
    expect(record.metrics.functions).toBe(15);
  });
});
