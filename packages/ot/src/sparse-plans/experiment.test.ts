import type { RunEvent } from "@ansatz/lab";
import { observeExperiment } from "@ansatz/lab/testing";
import { describe, expect, it } from "vitest";
import experiments from "../experiments.ts";
import { ROUTERS } from "./experiment/mixture.ts";
import plans from "./experiment.ts";
import router from "./router-experiment.ts";

const namesOf = (events: readonly RunEvent[], type: RunEvent["type"]) =>
  events.flatMap((event) => (event.type === type && "name" in event ? [event.name] : []));

describe("the experiments with sparse plans", () => {
  it("are listed", () => {
    expect(experiments).toContain(plans);
    expect(experiments).toContain(router);
  });

  it.each(["quadratic", "entropic"])("draw plans of several k, with expectations met (%s)", async (regularizer) => {
    const regularization = regularizer === "quadratic" ? 1 : 0.01;
    const { record, events } = await observeExperiment(plans, {
      points: 12,
      regularizer,
      regularization,
      subgradientIterations: 50,
    });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.expectations.length).toBeGreaterThanOrEqual(4);
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    const drawn = namesOf(events, "heatmap");
    for (const count of [1, 2, 4, 8, 12]) expect(drawn).toContain(`plan, k = ${count}`);
    expect(namesOf(events, "table")).toEqual(["by k"]);
  });

  it("train mixtures of experts with every router, and balance those of sparse transport", {
    timeout: 240_000,
  }, async () => {
    const { record, events } = await observeExperiment(router, {
      trainingImages: 500,
      epochs: 1,
      batch: 100,
      experts: 4,
      width: 8,
    });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.expectations.map(({ met }) => met)).toEqual([true, true]);
    expect(record.metrics.accuracy).toBeGreaterThan(0.3);
    expect(record.metrics.coverage).toBeGreaterThan(record.metrics.expertChoiceCoverage!);
    expect(namesOf(events, "heatmap")).toEqual(ROUTERS.map((name) => `experts and digits, ${name}`));
    expect(namesOf(events, "table")).toEqual(["routers"]);
  });

  it("stop when a run is cancelled", async () => {
    const controller = new AbortController();
    controller.abort();
    for (const experiment of [plans, router])
      expect((await observeExperiment(experiment, {}, controller.signal)).record.status).toBe("CANCELLED");
  });
});
