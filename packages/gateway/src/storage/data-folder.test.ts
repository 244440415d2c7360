import { mkdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { stderrLog } from "../log.ts";
import { temporaryFolder } from "../testing/test-storage.ts";
import { openStorage } from "./database.ts";

describe("a data folder", () => {
  it("opens again with what was stored, also when an earlier process died while creating it", async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "database", "data", "base"), { recursive: true });
    {
      await using opened = await openStorage({ dataFolder: folder.path }, stderrLog);
      await sql`create table kept as select 'NaN'::float8 as number`.execute(opened.database);
    }
    await using again = await openStorage({ dataFolder: folder.path }, stderrLog);
    const { rows } = await sql`select number from kept`.execute(again.database);
    expect(rows).toEqual([{ number: Number.NaN }]);
  });

  it("that is damaged is refused plainly, and its lock is given back", async () => {
    await using folder = await temporaryFolder();
    await (await openStorage({ dataFolder: folder.path }, stderrLog))[Symbol.asyncDispose]();
    await truncate(join(folder.path, "database", "data", "global", "pg_control"), 100);
    for (const _attempt of [1, 2])
      await expect(openStorage({ dataFolder: folder.path }, stderrLog)).rejects.toMatchObject({
        code: "FOLDER_UNUSABLE",
        message: expect.stringMatching(/cannot be opened .* move the folder away/),
      });
  });
});
