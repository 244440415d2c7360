import { describe, expect, it } from "vitest";
import { Catalogue } from "../catalogue/catalogue.ts";
import { FIXTURE } from "../testing/test-gateway.ts";
import { startRun } from "./start-run.ts";

describe("startRun", () => {
  it("refuses a device that is not there before anything is queued, and says what would help", async () => {
    const untouchable = new Proxy({}, { get: () => async () => undefined }) as never;
    const outcome = await startRun(
      { experiment: "fixture/steps", device: "webgpu", parameters: {}, seed: 0, idempotencyKey: null },
      {
        catalogue: await Catalogue.load(FIXTURE),
        devices: {
          list: async () => [{ kind: "webgpu", available: false, reason: "no adapter", remedy: "Install a driver." }],
        },
        runs: untouchable,
        unfinishedRunLimit: 1,
        queue: new Proxy({}, { get: () => () => expect.unreachable("nothing may be queued") }) as never,
      },
    );
    expect(outcome).toEqual({
      type: "DeviceUnavailable",
      device: "webgpu",
      reason: "no adapter",
      remedy: "Install a driver.",
      message: 'Device "webgpu" is not available: no adapter. Install a driver.',
      path: ["device"],
    });
  });
});
