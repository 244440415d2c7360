import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Log } from "../log.ts";
import type { Database } from "./database.ts";

const DAY_MS = 24 * 60 * 60_000;
const SWEEP_INTERVAL_MS = 60 * 60_000;
/** Runs deleted in one statement, so that none holds up other queries for long. */
const BATCH = 100;
/** An artefact is stored in the transaction that uses it; a younger one is left alone for the clocks of two machines to differ. */
const ARTEFACT_GRACE_MS = 60 * 60_000;

/**
 * Deletes runs that ended more than `days` before `now`, with all they reported, artefacts that no run needs any more, and entries of the audit log as old.
 * @returns how many runs.
 */
export async function deleteOldRuns(
  database: Database,
  days: number,
  now: Date = new Date(),
  signal?: AbortSignal,
): Promise<number> {
  let deleted = 0;
  for (let batch = BATCH; batch === BATCH && !signal?.aborted; deleted += batch)
    batch = await deleteBatch(database, new Date(now.getTime() - days * DAY_MS));
  await database
    .deleteFrom("auditLog")
    .where("at", "<", new Date(now.getTime() - days * DAY_MS))
    .execute();
  await database
    .deleteFrom("artefacts")
    .where("createdAt", "<", new Date(now.getTime() - ARTEFACT_GRACE_MS))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("artefactUses").select(sql.lit(1).as("used")).whereRef("artefactUses.hash", "=", "artefacts.hash"),
        ),
      ),
    )
    .execute();
  return deleted;
}

async function deleteBatch(database: Database, endedBefore: Date): Promise<number> {
  const { numDeletedRows } = await database
    .deleteFrom("runs")
    .where("id", "in", (runs) =>
      runs.selectFrom("runs").select("id").where("finishedAt", "<", endedBefore).orderBy("finishedAt").limit(BATCH),
    )
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Deletes old runs now and every hour, until it is disposed. */
export function keepRunsFor(days: number, database: Database, log: Log): AsyncDisposable {
  const closing = new AbortController();
  const working = sweepRepeatedly(days, database, log, closing.signal);
  return {
    async [Symbol.asyncDispose]() {
      closing.abort();
      await working;
    },
  };
}

async function sweepRepeatedly(days: number, database: Database, log: Log, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const deleted = await deleteOldRuns(database, days, new Date(), signal);
      if (deleted > 0) log.info(`Deleted ${deleted} runs that ended more than ${days} days ago.`);
    } catch (error) {
      log.error("Old runs could not be deleted; trying again in an hour.", error);
    }
    await sleep(SWEEP_INTERVAL_MS, undefined, { signal, ref: false }).catch(() => {});
  }
}
