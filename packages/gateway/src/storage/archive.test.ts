import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Caller } from "../access/access.ts";
import { AuditLog } from "../access/audit-log.ts";
import { Tokens } from "../access/tokens.ts";
import { stderrLog } from "../log.ts";
import { contentOf, storeRun } from "../testing/stored-run.ts";
import { temporaryFolder, temporaryFolderStorage, temporaryStorage } from "../testing/test-storage.ts";
import { exportDatabase, importDatabase } from "./archive.ts";
import { openDatabase, openStorage, type StorageLocation } from "./database.ts";
import { migrate } from "./migrations.ts";

const open = (location: StorageLocation) => openDatabase(location, stderrLog, { alone: true });

const CALLER: Caller = { kind: "anonymous", tokenId: null, tokenName: null, scopes: [], address: "127.0.0.1" };

/** An archive of two runs, and what it must hold. */
async function archiveOfTwoRuns(location: StorageLocation, file: string) {
  await using opened = await openStorage(location, stderrLog);
  await storeRun(opened.database, "a");
  await storeRun(opened.database, "b");
  await new Tokens(opened.database).create({ name: "nightly", scopes: ["read", "run"], expiresAt: null });
  await new AuditLog(opened.database).record(CALLER, "startRun", { input: { seed: 1 } }, "RunStarted");
  expect(await exportDatabase(opened.database, file)).toBe(2);
  return await contentOf(opened.database);
}

describe("an archive", () => {
  it("brings back everything, number for number, into a database of either engine, where counting goes on", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "archive.gz");
    await using source = await temporaryStorage();
    const content = await archiveOfTwoRuns(source.location, file);
    expect(await readdir(folder.path)).toEqual(["archive.gz"]);
    for (const createTarget of [temporaryStorage, temporaryFolderStorage]) {
      await using target = await createTarget();
      await using opened = await open(target.location);
      expect(await importDatabase(opened.database, file)).toBe(2);
      expect(await contentOf(opened.database)).toEqual(content);
      expect(await storeRun(opened.database, "c")).toMatchObject({ number: content.runs[1].number + 1 });
      await new AuditLog(opened.database).record(CALLER, "cancelRun", {}, "UnknownRun");
      expect((await contentOf(opened.database)).audit.map(({ id }) => id)).toEqual([1, 2]);
    }
  });

  it("of an earlier migration is brought up to date", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "archive.gz");
    await using source = await temporaryStorage();
    {
      await using old = await open(source.location);
      await migrate(old.database, "0001-runs");
      await exportDatabase(old.database, file);
    }
    await using target = await temporaryStorage();
    await using opened = await open(target.location);
    expect(await importDatabase(opened.database, file)).toBe(0);
    expect(await storeRun(opened.database, "first")).toMatchObject({ number: 1 });
  });

  it("is refused by a database that has runs, which stay as they are", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "archive.gz");
    await using source = await temporaryStorage();
    const content = await archiveOfTwoRuns(source.location, file);
    await using opened = await open(source.location);
    await expect(importDatabase(opened.database, file)).rejects.toMatchObject({ code: "DATABASE_UNUSABLE" });
    expect(await contentOf(opened.database)).toEqual(content);
  });

  it("that is damaged leaves no run behind, and the database takes the whole one afterwards", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "archive.gz");
    await using source = await temporaryStorage();
    const content = await archiveOfTwoRuns(source.location, file);
    const whole = await readFile(file);
    const text = gunzipSync(whole).toString();
    await using target = await temporaryStorage();
    await using opened = await open(target.location);
    const damaged = {
      "cut off": whole.subarray(0, whole.length - 20),
      "cut off before it was packed": gzipSync(text.slice(0, -20)),
      "not packed": Buffer.from(text),
      "something else": gzipSync("hello"),
      "another document": gzipSync('{"format":"other"}\n'),
      "from the future": gzipSync(text.replace(/"migration":"[^"]*"/, '"migration":"9999-future"')),
      "with an unknown table": gzipSync(`${text}{"table":"secrets","row":{}}\n`),
    };
    for (const [what, bytes] of Object.entries(damaged)) {
      const path = join(folder.path, what);
      await writeFile(path, bytes);
      await expect(importDatabase(opened.database, path), what).rejects.toMatchObject({ code: "ARCHIVE_UNUSABLE" });
    }
    const nowhere = join(folder.path, "nowhere");
    await expect(importDatabase(opened.database, nowhere)).rejects.toMatchObject({ code: "ARCHIVE_UNUSABLE" });
    expect(await importDatabase(opened.database, file)).toBe(2);
    expect(await contentOf(opened.database)).toEqual(content);
  });

  it("is not made of an empty database", async () => {
    await using folder = await temporaryFolder();
    await using storage = await temporaryStorage();
    await using opened = await open(storage.location);
    const exported = exportDatabase(opened.database, join(folder.path, "archive.gz"));
    await expect(exported).rejects.toMatchObject({ code: "DATABASE_UNUSABLE" });
    expect(await readdir(folder.path)).toEqual([]);
  });
});
