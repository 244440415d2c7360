import { describeParameters, type RunEvent } from "@ansatz/lab";
import { observeExperiment } from "@ansatz/lab/testing";
import { describe, expect, it } from "vitest";
import experiments from "../experiments.ts";
import experiment from "./experiment.ts";

const run = (parameters: object, signal?: AbortSignal) => observeExperiment(experiment, parameters, signal);

const namesOf = (events: readonly RunEvent[], type: RunEvent["type"]) =>
  new Set(events.flatMap((event) => (event.type === type && "name" in event ? [event.name] : [])));
const seriesOf = (events: readonly RunEvent[]) =>
  new Set(events.flatMap((event) => (event.type === "point" ? [event.series] : [])));

describe("the experiment ot/sinkhorn-newton", () => {
  it("is listed, with a flag of its own kind for every parameter", () => {
    expect(experiments).toContain(experiment);
    const kinds = Object.fromEntries(describeParameters(experiment).map(({ name, kind }) => [name, kind]));
    expect(kinds).toMatchObject({
      problem: "choice",
      points: "integer",
      inverseRegularization: "number",
      compareWithSinkhorn: "boolean",
    });
  });

  it("moves one digit to another, with pictures, curves and expectations met", async () => {
    const { record, events } = await run({ pixels: 14, comparisonSweeps: 100 });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.expectations.filter(({ metric }) => metric !== "speedupOverSinkhorn").every(({ met }) => met)).toBe(
      true,
    );
    expect(record.metrics.marginalError).toBeLessThanOrEqual(1e-12);
    expect(record.metrics.seconds).toBeGreaterThan(0);
    expect(namesOf(events, "image")).toEqual(new Set(["source", "target", "mass on its way"]));
    expect(namesOf(events, "heatmap")).toEqual(new Set(["transport plan"]));
    expect(namesOf(events, "table")).toEqual(new Set(["iterations"]));
    expect(seriesOf(events)).toEqual(
      new Set([
        "marginal error",
        "entries kept per row",
        "conjugate gradient iterations",
        "marginal error, plain Sinkhorn",
      ]),
    );
  });

  it("draws the random problem from the run's seed, the same in both dtypes", async () => {
    const parameters = { problem: "random", points: 60, inverseRegularization: 300, compareWithSinkhorn: false };
    const [first, again, rough] = await Promise.all([
      run(parameters),
      run(parameters),
      run({ ...parameters, dtype: "float32" }),
    ]);
    expect(first.record.metrics.transportCost).toBe(again.record.metrics.transportCost);
    expect(rough.record.metrics.transportCost).toBeCloseTo(first.record.metrics.transportCost!, 6);
    expect(first.record.metrics.sinkhornSeconds).toBeNull();
    for (const { record } of [first, rough]) expect(record.expectations.every(({ met }) => met)).toBe(true);
  });

  it("knows the distance between two densities", async () => {
    for (const cost of ["squared-euclidean", "l1"]) {
      const parameters = { problem: "densities", points: 128, cost, comparisonSweeps: 20 };
      const { record, events } = await run(parameters);
      expect(record.status).toBe("SUCCEEDED");
      const distance = record.expectations.find(({ metric }) => metric === "distance");
      expect(distance?.met).toBe(true);
      expect(seriesOf(events)).toContain("source density");
    }
  });

  it("keeps a fixed number of entries per row when told to", async () => {
    const { record } = await run({
      problem: "random",
      points: 50,
      inverseRegularization: 100,
      keptPerRow: 20,
      compareWithSinkhorn: false,
    });
    expect(record.metrics.keptEntriesPerRow).toBe(20);
  });

  it("stops when the run is cancelled", async () => {
    const controller = new AbortController();
    controller.abort();
    const { record } = await run({ problem: "random", points: 50 }, controller.signal);
    expect(record.status).toBe("CANCELLED");
  });
});
