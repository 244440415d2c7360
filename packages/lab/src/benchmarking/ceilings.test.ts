import { readFile } from "node:fs/promises";
import { openDevice } from "@ansatz/tensor";
import { afterAll, describe, expect, it } from "vitest";
import { fingerprint } from "../environment.ts";
import { Workspace } from "../fixtures/workspace.ts";
import { measureCeilings } from "./ceilings.ts";

const device = await openDevice("cpu", { threads: 1 });
afterAll(() => device.dispose());

describe("measureCeilings", () => {
  it("measures what a device does, leaves nothing on it, and remembers in process and file", async () => {
    await using workspace = await Workspace.create({ "ceilings.json": "{ damaged" });
    const ceilings = await measureCeilings(device, { folder: workspace.directory });
    // Between a slow virtual machine and the fastest of cores.
    expect(ceilings.copyGigabytesPerSecond).toBeGreaterThan(0.1);
    expect(ceilings.copyGigabytesPerSecond).toBeLessThan(2000);
    const { float32, float64 } = ceilings.matmulGigaflopsPerSecond;
    expect(float32).toBeGreaterThan(float64!);
    expect(float64).toBeGreaterThan(0.1);
    expect(device.memory().tensors).toBe(0);

    expect(await measureCeilings(device, { folder: workspace.directory })).toBe(ceilings);
    const stored = JSON.parse(await readFile(`${workspace.directory}/ceilings.json`, "utf8"));
    const identity = `${fingerprint(device.description).id} ${device.description.name}`;
    expect(stored).toEqual({ [identity]: ceilings });
  });

  it("takes what was measured by another process and keeps other machines' numbers", async () => {
    await using other = await openDevice("cpu", { threads: 2 });
    const identity = `${fingerprint(other.description).id} ${other.description.name}`;
    const known = { copyGigabytesPerSecond: 7, matmulGigaflopsPerSecond: { float32: 1 }, measuredAt: "2026-01-01" };
    await using workspace = await Workspace.create({ "ceilings.json": { [identity]: known, elsewhere: known } });
    expect(await measureCeilings(other, { folder: workspace.directory })).toEqual(known);
  });
});
