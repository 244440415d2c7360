import { type RunEvent, runExperiment } from "@ansatz/lab";
import { expect, it } from "vitest";
import experiment from "./experiment.ts";

async function run(parameters: object, signal?: AbortSignal) {
  const events: RunEvent[] = [];
  const record = await runExperiment(experiment, {
    parameters,
    device: "cpu",
    deviceOptions: { threads: 1 },
    seed: 1,
    onEvent: (event) => events.push(event),
    ...(signal && { signal }),
  });
  return { record, events };
}

it("finds where recovery begins, how noise enters, and sharpens blurred digits, with pictures", async () => {
  const { record, events } = await run({ sensors: 16, mostMeasurements: 4, trials: 3, images: 2 });
  expect(record.failure).toBeUndefined();
  expect(record.status).toBe("SUCCEEDED");
  expect(record.expectations.filter(({ met }) => !met)).toEqual([]);
  expect(record.metrics.filterError).toBeLessThan(1e-8);
  const names = events.flatMap((event) => ("name" in event ? [event.name] : "series" in event ? [event.series] : []));
  for (const name of ["share recovered", "errors and noise", "error, spectral", "digit 1", "digit 2"])
    expect(names).toContain(name);
});

it("stops when it is told to", async () => {
  const { record } = await run({ trials: 1 }, AbortSignal.abort());
  expect(record.status).toBe("CANCELLED");
});
