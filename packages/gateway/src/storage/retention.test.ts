import { describe, expect, it } from "vitest";
import { stderrLog } from "../log.ts";
import { contentOf, NEW_RUN, storeRun } from "../testing/stored-run.ts";
import { temporaryStorage } from "../testing/test-storage.ts";
import { type Database, openStorage } from "./database.ts";
import { deleteOldRuns, keepRunsFor } from "./retention.ts";
import { RunDoorbells } from "./run-doorbells.ts";
import { RunWriter } from "./run-writer.ts";

const DAY_MS = 24 * 60 * 60_000;

async function endedDaysAgo(database: Database, id: string, days: number): Promise<void> {
  const finishedAt = new Date(Date.now() - days * DAY_MS);
  await database.updateTable("runs").set({ finishedAt }).where("id", "=", id).execute();
}

describe("retention", () => {
  it("deletes runs by the time of their end, with their events and the artefacts nobody else needs", async () => {
    await using storage = await temporaryStorage();
    await using opened = await openStorage(storage.location, stderrLog);
    const { database } = opened;
    for (const picture of ["a", "shared"]) await endedDaysAgo(database, (await storeRun(database, picture)).id, 31);
    const kept = await storeRun(database, "shared");
    await endedDaysAgo(database, kept.id, 29);
    const { run: queued } = await new RunWriter(database, new RunDoorbells()).create(NEW_RUN);

    // Artefacts stored within the last hour are left alone: a run may be about to use them.
    expect(await deleteOldRuns(database, 30)).toBe(2);
    expect((await contentOf(database)).artefacts).toHaveLength(2);
    await database
      .updateTable("artefacts")
      .set({ createdAt: new Date(Date.now() - DAY_MS) })
      .execute();
    expect(await deleteOldRuns(database, 30)).toBe(0);

    const { runs, events, artefacts } = await contentOf(database);
    expect(runs.map(({ id }) => id)).toEqual([kept.id, queued.id]);
    expect(new Set(events.map(({ runId }) => runId))).toEqual(new Set([kept.id]));
    expect(artefacts.map(({ hash }) => hash)).toEqual(["shared".padStart(64, "0")]);
  });

  it("needs no second invitation, also for more runs than fit in one statement", async () => {
    await using storage = await temporaryStorage();
    await using opened = await openStorage(storage.location, stderrLog);
    const { database } = opened;
    const { number: _number, ...run } = await storeRun(database, "a");
    const finishedAt = new Date(Date.now() - 2 * DAY_MS);
    await database
      .insertInto("runs")
      .values(
        Array.from({ length: 205 }, () => ({
          ...run,
          id: crypto.randomUUID(),
          idempotencyKey: null,
          parameters: JSON.stringify(run.parameters) as never,
          finishedAt,
        })),
      )
      .execute();
    const logged: string[] = [];
    await using _sweeping = keepRunsFor(1, database, { info: (line) => logged.push(line), error: expect.unreachable });
    await expect.poll(() => logged).toEqual(["Deleted 205 runs that ended more than 1 days ago."]);
    expect((await contentOf(database)).runs).toHaveLength(1);
  });
});
