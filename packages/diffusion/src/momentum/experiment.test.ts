import { runExperiment } from "@ansatz/lab";
import { describe, expect, it } from "vitest";
import experiment from "./experiment.ts";

describe("diffusion/momentum", () => {
  it("meets what it expects, with stability maps, densities and digits", { timeout: 60_000 }, async () => {
    const events: string[] = [];
    const record = await runExperiment(experiment, {
      parameters: { resolution: 48, guidedSamples: 200, samples: 4 },
      device: "cpu",
      onEvent: ({ type }) => void events.push(type),
    });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    expect(new Set(events)).toEqual(new Set(["point", "heatmap", "table", "progress", "image"]));
  });
});
