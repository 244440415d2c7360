import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { stderrLog } from "../log.ts";
import { temporaryStorage } from "../testing/test-storage.ts";
import { openStorage } from "./database.ts";

describe("a database", () => {
  it("does not let a statement of one query into the transaction of another", async () => {
    await using storage = await temporaryStorage();
    await using opened = await openStorage(storage.location, stderrLog);
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
