import { type RunEvent, runExperiment } from "@ansatz/lab";
import { describe, expect, it } from "vitest";
import experiments from "../experiments.ts";
import experiment from "./experiment.ts";

describe("the experiment ot/barycenter", () => {
  it("is listed, averages digits with pictures, and meets its expectations", async () => {
    expect(experiments).toContain(experiment);
    const events: RunEvent[] = [];
    const record = await runExperiment(experiment, {
      parameters: { pixels: 10, specimens: 3, inverseRegularization: 200, frames: 3 },
      device: "cpu",
      deviceOptions: { threads: 1 },
      seed: 1,
      onEvent: (event) => events.push(event),
    });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.expectations.every(({ met }) => met)).toBe(true);
    // Ten times what the tolerance of the iteration could make of it.
    expect(record.metrics.advantage).toBeGreaterThan(1e-4);
    const images = events.flatMap((event) => (event.type === "image" ? [event.name] : []));
    expect(images).toEqual(["specimens", "barycentre, pixelwise mean", "from one specimen to another"]);
  });
});
