import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Command } from "../testing/command.ts";
import { finish, RUN_LIST, startRun, startTestGateway } from "../testing/test-gateway.ts";
import { temporaryFolder, temporaryStorage } from "../testing/test-storage.ts";

describe("ansatz-gateway export and import", () => {
  it("carry the runs of one gateway to another", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "backup.gz");
    await using source = await temporaryStorage();
    let before: unknown;
    {
      await using started = await startTestGateway(source.location);
      const { run } = await startRun(started.client, "steps");
      await finish(started.client, run.id);
      before = await started.client.request(RUN_LIST);
    }
    await using exporting = new Command(["export", file], source.environment);
    expect([await exporting.exitCode(), exporting.errors]).toEqual([0, ""]);
    expect(exporting.output).toMatch(/^Exported 1 runs from \S+ to \S+backup\.gz\.\n$/);

    await using target = await temporaryStorage();
    await using importing = new Command(["import", file], target.environment);
    expect([await importing.exitCode(), importing.errors]).toEqual([0, ""]);
    await using again = await startTestGateway(target.location);
    expect(await again.client.request(RUN_LIST)).toEqual(before);
  });

  it("refuse what is not there with one sentence and exit code 2, and create nothing", async () => {
    await using folder = await temporaryFolder();
    const missing = join(folder.path, "missing");
    await using exporting = new Command(["export", join(folder.path, "backup.gz")], { ANSATZ_DATA: missing });
    expect(await exporting.exitCode()).toBe(2);
    expect(exporting.errors).toBe(`There is no data folder ${missing}.\n`);
    expect(existsSync(missing)).toBe(false);

    await using importing = new Command(["import", missing], { ANSATZ_DATA: join(folder.path, "new") });
    expect(await importing.exitCode()).toBe(2);
    expect(importing.errors).toMatch(/^\S+missing cannot be read \(ENOENT.*\)\.\n$/);
  });
});
