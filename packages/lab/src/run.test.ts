import { DeviceUnavailableError, DivergedError, InvalidInputError, listDevices, openDevice } from "@ansatz/tensor";
import { afterAll, describe, expect, it, vi } from "vitest";
import { atMost } from "./expectation.ts";
import { experimentThat } from "./fixtures/experiments.ts";
import { InvalidParametersError } from "./parameters.ts";
import type { RunEvent } from "./report.ts";
import { runExperiment } from "./run.ts";

const device = await openDevice("cpu", { threads: 1 });
afterAll(() => device.dispose());

/** A kind of device that this machine does not have; most lack one. */
const absent = (await listDevices()).find(({ available }) => !available);

const fine = { metrics: { error: 0.5 }, expectations: [] };

describe("runExperiment", () => {
  it("records what was run, where and what came out", async () => {
    const experiment = experimentThat(({ parameters, key }) => ({
      metrics: { error: parameters.points + key.seed[0] },
      expectations: [atMost("error", 10, "table 1"), atMost("error", 9, "table 2")],
    }));
    const record = await runExperiment(experiment, { parameters: { points: 3 }, device, seed: 7 });
    expect(record).toMatchObject({
      experiment: "fixture/experiment",
      status: "SUCCEEDED",
      parameters: { points: 3 },
      seed: 7,
      device: { kind: "cpu", name: device.description.name },
      versions: { node: process.versions.node, "@ansatz/lab": "0.0.0", "@ansatz/tensor": "0.0.0" },
      hardware: { id: expect.stringMatching(/^[0-9a-f]{12}$/), platform: `${process.platform}-${process.arch}` },
      metrics: { error: 10 },
      expectations: [
        { metric: "error", target: 10, actual: 10, met: true },
        { metric: "error", target: 9, actual: 10, met: false },
      ],
    });
    expect(record).not.toHaveProperty("failure");
    expect(Date.parse(record.finishedAt)).toBeGreaterThanOrEqual(Date.parse(record.startedAt));
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });

  it("refuses wrong parameters, seeds and devices before any work", async () => {
    const run = vi.fn(() => fine);
    const experiment = experimentThat(run);
    await expect(runExperiment(experiment, { parameters: { points: 1 }, device })).rejects.toThrow(
      InvalidParametersError,
    );
    await expect(runExperiment(experiment, { device, seed: -1 })).rejects.toThrow(InvalidInputError);
    await expect(runExperiment(experiment, { device: "abacus" as never })).rejects.toThrow(InvalidInputError);
    expect(run).not.toHaveBeenCalled();
  });

  it.skipIf(!absent)("throws when the device is not there", async () => {
    const running = runExperiment(
      experimentThat(() => fine),
      { device: absent!.kind },
    );
    await expect(running).rejects.toThrow(DeviceUnavailableError);
  });

  it("closes a device it opened and leaves a given one open", async () => {
    let opened: { closed: boolean } | undefined;
    const experiment = experimentThat((context) => {
      opened = context.device;
      return fine;
    });
    await runExperiment(experiment, { device: "cpu", deviceOptions: { threads: 1 } });
    expect(opened?.closed).toBe(true);
    await runExperiment(experiment, { device });
    expect(device.closed).toBe(false);
  });

  it("says so when tensors are left behind", async () => {
    const notes: RunEvent[] = [];
    const left = experimentThat((context) => {
      context.device.zeros([3], "float32");
      context.device.zeros([3], "float32");
      return fine;
    });
    await runExperiment(left, { device: "cpu", deviceOptions: { threads: 1 }, onEvent: (event) => notes.push(event) });
    expect(notes).toEqual([
      { type: "note", sequence: 1, message: "fixture/experiment left 2 tensors alive on the device" },
    ]);
  });

  it("keeps the code of a typed error, and the stack of any other", async () => {
    const diverged = experimentThat(() => {
      throw new DivergedError("newton", 3, "the step is NaN", null);
    });
    expect(await runExperiment(diverged, { device })).toMatchObject({
      status: "FAILED",
      metrics: {},
      failure: { code: "DIVERGED", message: "newton diverged at iteration 3: the step is NaN" },
    });
    const broken = experimentThat(() => (undefined as unknown as { metrics: never }).metrics);
    expect(await runExperiment(broken, { device })).toMatchObject({
      status: "FAILED",
      failure: {
        code: "UNEXPECTED",
        message: expect.stringMatching(/^TypeError/),
        stack: expect.stringMatching(/run\.test/),
      },
    });
  });

  it("fails a run whose metrics are not those declared, and keeps the others", async () => {
    const more = experimentThat(() => ({ metrics: { error: 1, speed: 2 }, expectations: [] }));
    expect(await runExperiment(more, { device })).toMatchObject({
      status: "FAILED",
      metrics: { error: 1 },
      failure: { code: "INVALID_RESULT", message: 'metric "speed" is not declared' },
    });
    const fewer = experimentThat(() => ({ metrics: {}, expectations: [] }));
    expect((await runExperiment(fewer, { device })).failure?.message).toMatch(/"error" is declared but missing/);
    const nothing = experimentThat(() => undefined as never);
    expect((await runExperiment(nothing, { device })).status).toBe("FAILED");
    const elsewhere = experimentThat(() => ({ ...fine, expectations: [atMost("speed", 1, "table 1")] }));
    expect((await runExperiment(elsewhere, { device })).failure?.message).toMatch(/"speed", which is no metric/);
  });

  it("accepts null as not measured, and turns NaN and infinities into it with a note", async () => {
    const events: RunEvent[] = [];
    const onEvent = (event: RunEvent) => events.push(event);
    for (const error of [null, Number.NaN, Number.POSITIVE_INFINITY]) {
      const experiment = experimentThat(() => ({
        metrics: { error },
        expectations: [atMost("error", 1, "table 1")],
      }));
      expect(await runExperiment(experiment, { device, onEvent })).toMatchObject({
        status: "SUCCEEDED",
        metrics: { error: null },
        expectations: [{ actual: null, met: false }],
      });
    }
    expect(events.map((event) => event.type === "note" && event.message)).toEqual([
      'metric "error" is NaN; it is recorded as not measured',
      'metric "error" is Infinity; it is recorded as not measured',
    ]);
  });

  it("is cancelled by the signal, whether the experiment throws or returns what it has", async () => {
    for (const heed of ["throws", "returns"]) {
      const controller = new AbortController();
      const experiment = experimentThat(({ signal }) => {
        controller.abort();
        if (heed === "throws") signal.throwIfAborted();
        return fine;
      });
      const record = await runExperiment(experiment, { device, signal: controller.signal });
      expect(record.status).toBe("CANCELLED");
      expect(record.metrics).toEqual(heed === "throws" ? {} : { error: 0.5 });
      expect(record).not.toHaveProperty("failure");
    }
  });

  it("does not start when the signal has fired before", async () => {
    const run = vi.fn(() => fine);
    const record = await runExperiment(experimentThat(run), { device, signal: AbortSignal.abort() });
    expect(record.status).toBe("CANCELLED");
    expect(run).not.toHaveBeenCalled();
  });

  it("repeats itself for the same seed", async () => {
    const experiment = experimentThat(({ key }) => ({ metrics: { error: key.seed[0] % 1000 }, expectations: [] }));
    const first = await runExperiment(experiment, { device, seed: 12345 });
    const second = await runExperiment(experiment, { device, seed: 12345 });
    expect(second.metrics).toEqual(first.metrics);
  });

  it("records version and commit of the package an experiment came from", async () => {
    const origin = { name: "@fixture/alpha", version: "1.2.3", directory: "/" };
    const record = await runExperiment({ ...experimentThat(() => fine), origin }, { device });
    expect(record.versions["@fixture/alpha"]).toBe("1.2.3");
    expect(record.gitCommit).toBeNull();
  });
});
