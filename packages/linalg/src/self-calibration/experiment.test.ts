import { observeExperiment } from "@ansatz/lab/testing";
import { expect, it } from "vitest";
import experiment from "./experiment.ts";

const run = (parameters: object, signal?: AbortSignal) => observeExperiment(experiment, parameters, signal);

it("finds where recovery begins, how noise enters, and sharpens blurred digits, with pictures", async () => {
  const { record, names } = await run({ sensors: 16, mostMeasurements: 4, trials: 3, images: 2 });
  expect(record.failure).toBeUndefined();
  expect(record.status).toBe("SUCCEEDED");
  expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
  expect(record.metrics.filterError).toBeLessThan(1e-8);
  for (const name of ["share recovered", "errors and noise", "error, spectral", "digit 1", "digit 2"])
    expect(names).toContain(name);
});

it("stops when it is told to", async () => {
  const { record } = await run({ trials: 1 }, AbortSignal.abort());
  expect(record.status).toBe("CANCELLED");
});
