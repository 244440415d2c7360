import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import type { Database } from "./database.ts";

/** Every change to the tables, in order. One that has been released is never edited. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-runs": { up: createRuns },
};

/** Brings the tables to their newest form. */
export async function migrate(database: Database): Promise<void> {
  const migrator = new Migrator({ db: database, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

async function createRuns(database: Kysely<never>): Promise<void> {
  await database.schema
    .createTable("runs")
    .addColumn("id", "uuid", (column) => column.primaryKey())
    .addColumn("number", "integer", (column) => column.generatedAlwaysAsIdentity().notNull().unique())
    .addColumn("experiment", "text", (column) => column.notNull())
    .addColumn("package", "text", (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("parameters", "jsonb", (column) => column.notNull())
    .addColumn("seed", "bigint", (column) => column.notNull())
    .addColumn("device", "text", (column) => column.notNull())
    .addColumn("device_name", "text")
    .addColumn("idempotency_key", "text", (column) => column.unique())
    .addColumn("versions", "jsonb")
    .addColumn("git_commit", "text")
    .addColumn("hardware", "jsonb")
    .addColumn("failure_code", "text")
    .addColumn("failure_message", "text")
    .addColumn("metrics", "jsonb")
    .addColumn("expectations", "jsonb")
    .addColumn("progress_done", "double precision")
    .addColumn("progress_total", "double precision")
    .addColumn("progress_message", "text")
    .addColumn("last_sequence", "integer", (column) => column.notNull().defaultTo(0))
    .addColumn("created_at", "timestamptz", (column) => column.notNull())
    .addColumn("cancel_requested_at", "timestamptz")
    .addColumn("started_at", "timestamptz")
    .addColumn("finished_at", "timestamptz")
    .addColumn("seconds", "double precision")
    .execute();
  await database.schema.createIndex("runs_by_experiment").on("runs").columns(["experiment", "number"]).execute();
  await database.schema
    .createIndex("unfinished_runs")
    .on("runs")
    .columns(["device", "number"])
    .where(sql.ref("status"), "in", ["QUEUED", "RUNNING"])
    .execute();

  await database.schema
    .createTable("run_events")
    .addColumn("run_id", "uuid", (column) => column.notNull().references("runs.id").onDelete("cascade"))
    .addColumn("sequence", "integer", (column) => column.notNull())
    .addColumn("type", "text", (column) => column.notNull())
    .addColumn("name", "text")
    .addColumn("step", "double precision")
    .addColumn("value", "double precision")
    .addColumn("payload", "jsonb")
    .addPrimaryKeyConstraint("run_events_key", ["run_id", "sequence"])
    .execute();

  await database.schema
    .createTable("artefacts")
    .addColumn("hash", "text", (column) => column.primaryKey())
    .addColumn("media_type", "text", (column) => column.notNull())
    .addColumn("bytes", "bytea", (column) => column.notNull())
    .addColumn("created_at", "timestamptz", (column) => column.notNull())
    .execute();
}
