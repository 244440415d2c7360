import { mkdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../testing/test-gateway.ts";
import { openDataFolder } from "./database.ts";

describe("a data folder", () => {
  it("opens again with what was stored, also when an earlier process died while creating it", async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "database", "data", "base"), { recursive: true });
    {
      await using opened = await openDataFolder(folder.path);
      await sql`create table kept as select 'NaN'::float8 as number`.execute(opened.database);
    }
    await using again = await openDataFolder(folder.path);
    const { rows } = await sql`select number from kept`.execute(again.database);
    expect(rows).toEqual([{ number: Number.NaN }]);
  });

  it("that is damaged is refused plainly, and its lock is given back", async () => {
    await using folder = await temporaryFolder();
    await (await openDataFolder(folder.path))[Symbol.asyncDispose]();
    await truncate(join(folder.path, "database", "data", "global", "pg_control"), 100);
    for (const _attempt of [1, 2])
      await expect(openDataFolder(folder.path)).rejects.toMatchObject({
        code: "FOLDER_UNUSABLE",
        message: expect.stringMatching(/cannot be opened .* move the folder away/),
      });
  });

  it("does not let a statement of one query into the transaction of another", async () => {
    await using folder = await temporaryFolder();
    await using opened = await openDataFolder(folder.path);
    await sql`create table numbers (number int)`.execute(opened.database);
    const rolledBack = opened.database.transaction().execute(async (transaction) => {
      await sql`insert into numbers values (1)`.execute(transaction);
      throw new Error("no");
    });
    const beside = sql`insert into numbers values (2)`.execute(opened.database);
    await expect(rolledBack).rejects.toThrow("no");
    await beside;
    const { rows } = await sql`select number from numbers`.execute(opened.database);
    expect(rows).toEqual([{ number: 2 }]);
  });
});
