import { observeExperiment } from "@ansatz/lab/testing";
import { describe, expect, it } from "vitest";
import experiment from "./experiment.ts";

const SMALL = {
  edge: "7",
  width: 16,
  epochs: 4,
  trainingImages: 1000,
  images: 2,
  samples: 100,
  largestWidth: 16,
  domainLimit: 40,
};

const run = (parameters: object, signal?: AbortSignal) =>
  observeExperiment(experiment, { ...SMALL, ...parameters }, signal);

describe("the experiment tensor/lipschitz-bounds", () => {
  it("certifies constants of a network trained on digits, with pictures, and meets its expectations", async () => {
    const { record, names } = await run({});
    expect(record.failure).toBeUndefined();
    expect(record.status).toBe("SUCCEEDED");
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    expect(record.metrics.accuracy).toBeGreaterThan(0.3);
    expect(record.metrics.tightness).toBeGreaterThanOrEqual(1);
    for (const name of [
      "digits",
      "monotonicity",
      "derivatives from above",
      "constants",
      "tightness against width",
      "branch and bound",
      "reference networks",
      "constant, linear",
      "over sampled, recurjac",
    ])
      expect(names).toContain(name);
  });

  it.each(["convolutional", "residual"])("does so for a %s network", async (architecture) => {
    const { record } = await run({ architecture, epochs: 8, images: 1, largestWidth: 8, domainLimit: 10 });
    expect(record.failure).toBeUndefined();
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    expect(record.metrics.accuracy).toBeGreaterThan(0.3);
  });

  it("does so for smooth activations, which are not split", async () => {
    const { record, names } = await run({ activation: "tanh", hiddenLayers: 1, largestWidth: 8 });
    expect(record.status).toBe("SUCCEEDED");
    expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
    expect(record.metrics.branchAndBoundGain).toBeNull();
    expect(names).not.toContain("branch and bound");
  });
});
