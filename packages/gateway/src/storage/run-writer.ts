import { randomUUID } from "node:crypto";
import type { RunFailure, RunRecord } from "@ansatz/lab";
import type { DeviceKind } from "@ansatz/tensor";
import { type RawBuilder, sql, type Transaction } from "kysely";
import type { Database } from "./database.ts";
import type { RunDoorbells } from "./run-doorbells.ts";
import { storableJson, storableText } from "./storable-text.ts";
import type { Artefact, StoredEvent, StoredRun, Tables } from "./tables.ts";

export interface NewRun {
  readonly experiment: string;
  readonly package: string;
  readonly device: DeviceKind;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly seed: number;
  readonly idempotencyKey: string | null;
}

export type NewEvent = Omit<StoredEvent, "runId">;
export type NewArtefact = Omit<Artefact, "createdAt">;

/** How a run ended: with its record, or without one because it never got that far. */
export type RunEnding = RunRecord | { readonly status: "FAILED" | "CANCELLED"; readonly failure?: RunFailure };

/** Rows of one insert; PostgreSQL takes 65 535 values in one statement. */
const INSERT_ROWS = 2000;

/** Every change to the runs. Each is one transaction, after which the run's doorbell rings. */
export class RunWriter {
  readonly #database: Database;
  readonly #doorbells: RunDoorbells;

  constructor(database: Database, doorbells: RunDoorbells) {
    this.#database = database;
    this.#doorbells = doorbells;
  }

  /** Adds a queued run, unless its idempotency key is taken: then the run that has it comes back. */
  async create(run: NewRun): Promise<{ readonly run: StoredRun; readonly created: boolean }> {
    const inserted = await this.#database
      .insertInto("runs")
      .values({ ...run, id: randomUUID(), status: "QUEUED", parameters: jsonb(run.parameters), createdAt: new Date() })
      .onConflict((conflict) => conflict.column("idempotencyKey").doNothing())
      .returningAll()
      .executeTakeFirst();
    if (inserted) return { run: inserted, created: true };
    const holder = await this.#database
      .selectFrom("runs")
      .selectAll()
      .where("idempotencyKey", "=", run.idempotencyKey)
      .executeTakeFirstOrThrow();
    return { run: holder, created: false };
  }

  /** Moves the oldest queued run of a device to RUNNING; undefined when none waits. */
  async begin(device: DeviceKind): Promise<StoredRun | undefined> {
    const run = await this.#database.transaction().execute(async (transaction) => {
      const begun = await transaction
        .updateTable("runs")
        .set({ status: "RUNNING", startedAt: new Date(), lastSequence: sql`last_sequence + 1` })
        .where("id", "=", (runs) =>
          runs
            .selectFrom("runs")
            .select("id")
            .where("status", "=", "QUEUED")
            .where("device", "=", device)
            .orderBy("number")
            .limit(1)
            .forUpdate()
            .skipLocked(),
        )
        .returningAll()
        .executeTakeFirst();
      if (begun) await insertEvent(transaction, begun, "began");
      return begun;
    });
    if (run) this.#doorbells.ring(run.id);
    return run;
  }

  /** Adds events, in order, and the artefacts they refer to. */
  async append(runId: string, events: readonly NewEvent[], artefacts: readonly NewArtefact[]): Promise<void> {
    if (events.length === 0) return;
    await this.#database.transaction().execute(async (transaction) => {
      // In one order everywhere, so that runs with equal pictures do not wait for each other in a circle.
      for (const artefact of artefacts.toSorted((a, b) => (a.hash < b.hash ? -1 : 1)))
        await transaction
          .insertInto("artefacts")
          .values({ ...artefact, createdAt: new Date() })
          // Touched, so that retention does not take it away before it is used here.
          .onConflict((conflict) => conflict.column("hash").doUpdateSet({ createdAt: new Date() }))
          .execute();
      if (artefacts.length > 0)
        await transaction
          .insertInto("artefactUses")
          .values(artefacts.map(({ hash }) => ({ runId, hash })))
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      for (let start = 0; start < events.length; start += INSERT_ROWS)
        await transaction
          .insertInto("runEvents")
          .values(
            events.slice(start, start + INSERT_ROWS).map((event) => ({
              ...event,
              runId,
              name: event.name && storableText(event.name),
              payload: event.payload && jsonb(event.payload),
            })),
          )
          .execute();
      const progress = events.findLast(({ type }) => type === "progress");
      await transaction
        .updateTable("runs")
        .set({
          lastSequence: events.at(-1)!.sequence,
          ...(progress && {
            progressDone: progress.step,
            progressTotal: progress.value,
            progressMessage: progress.name && storableText(progress.name),
          }),
        })
        .where("id", "=", runId)
        .execute();
    });
    this.#doorbells.ring(runId);
  }

  /** Notes the wish to cancel; a queued run ends here and now. Undefined when the run has ended already, or does not exist. */
  async requestCancel(runId: string): Promise<StoredRun | undefined> {
    const run = await this.#database.transaction().execute(async (transaction) => {
      const asked = await transaction
        .updateTable("runs")
        .set({ cancelRequestedAt: sql`coalesce(cancel_requested_at, ${new Date()})` })
        .where("id", "=", runId)
        .where("finishedAt", "is", null)
        .returningAll()
        .executeTakeFirst();
      return asked?.status === "QUEUED" ? await end(transaction, runId, { status: "CANCELLED" }) : asked;
    });
    if (run) this.#doorbells.ring(run.id);
    return run;
  }

  /** Ends a run. The first ending counts; a later one is ignored. */
  async finish(runId: string, ending: RunEnding): Promise<void> {
    await this.#database.transaction().execute((transaction) => end(transaction, runId, ending));
    this.#doorbells.ring(runId);
  }

  /** Ends the runs that a process which died has left as running. */
  async endInterrupted(): Promise<void> {
    const interrupted = await this.#database.selectFrom("runs").select("id").where("status", "=", "RUNNING").execute();
    for (const { id } of interrupted)
      await this.finish(id, {
        status: "FAILED",
        failure: { code: "INTERRUPTED", message: "The gateway died while this run was in progress. Start it again." },
      });
  }

  /** Devices that have runs waiting. */
  async devicesWithQueuedRuns(): Promise<DeviceKind[]> {
    const rows = await this.#database
      .selectFrom("runs")
      .select("device")
      .distinct()
      .where("status", "=", "QUEUED")
      .execute();
    return rows.map(({ device }) => device);
  }
}

async function end(transaction: Transaction<Tables>, runId: string, ending: RunEnding): Promise<StoredRun | undefined> {
  const ended = await transaction
    .updateTable("runs")
    .set({
      ...("metrics" in ending ? recordColumns(ending) : {}),
      status: ending.status,
      failureCode: ending.failure?.code ?? null,
      failureMessage: ending.failure ? storableText(ending.failure.message) : null,
      finishedAt: new Date(),
      lastSequence: sql`last_sequence + 1`,
    })
    .where("id", "=", runId)
    .where("finishedAt", "is", null)
    .returningAll()
    .executeTakeFirst();
  if (ended) await insertEvent(transaction, ended, "finished");
  return ended;
}

function recordColumns(record: RunRecord) {
  return {
    deviceName: record.device.name,
    versions: jsonb(record.versions),
    gitCommit: record.gitCommit,
    hardware: jsonb(record.hardware),
    metrics: jsonb(record.metrics),
    expectations: jsonb(record.expectations),
    seconds: record.seconds,
  };
}

async function insertEvent(
  transaction: Transaction<Tables>,
  run: StoredRun,
  type: "began" | "finished",
): Promise<void> {
  await transaction
    .insertInto("runEvents")
    .values({ runId: run.id, sequence: run.lastSequence, type, name: null, step: null, value: null, payload: null })
    .execute();
}

/** A value for a jsonb column; drivers disagree on what they make of arrays. */
function jsonb<Value>(value: Value): RawBuilder<Value> {
  return sql`${storableJson(value)}::jsonb`;
}
