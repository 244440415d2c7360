import { observeExperiment } from "@ansatz/lab/testing";
import { describe, expect, it } from "vitest";
import experiments from "../experiments.ts";
import experiment from "./experiment.ts";

describe("the experiment ot/barycenter", () => {
  it("is listed, averages digits with pictures, and meets its expectations", async () => {
    expect(experiments).toContain(experiment);
    const { record, events } = await observeExperiment(experiment, {
      pixels: 10,
      specimens: 3,
      inverseRegularization: 200,
      frames: 3,
    });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.expectations.every(({ met }) => met)).toBe(true);
    // Ten times what the tolerance of the iteration could make of it.
    expect(record.metrics.advantage).toBeGreaterThan(1e-4);
    const images = events.flatMap((event) => (event.type === "image" ? [event.name] : []));
    expect(images).toEqual(["specimens", "barycentre, pixelwise mean", "from one specimen to another"]);
  });
});
