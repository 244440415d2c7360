import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { GatewayError } from "../errors.ts";
import type { Database } from "./database.ts";

/** Every change to the tables, in order. One that has been released is never edited. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-runs": { up: createRuns },
  "0002-artefact-uses": { up: createArtefactUses },
  "0003-access": { up: createAccess },
};

/**
 * Brings the tables to their newest form, or to that of the migration `upTo`.
 * @throws GatewayError `DATABASE_UNUSABLE` when a newer gateway has been at work in the database.
 */
export async function migrate(database: Database, upTo?: string): Promise<void> {
  const migrator = createMigrator(database);
  const unknown = await unknownMigrations(database);
  if (unknown.length > 0)
    throw new GatewayError(
      "DATABASE_UNUSABLE",
      `The database has been written by a newer version of @ansatz/gateway (it has the migration ${unknown[0]}). Update this one.`,
    );
  const { error } = upTo === undefined ? await migrator.migrateToLatest() : await migrator.migrateTo(upTo);
  if (error) throw error;
}

/** The newest migration the database has; undefined when it is empty. */
export async function newestMigration(database: Database): Promise<string | undefined> {
  const migrations = await createMigrator(database).getMigrations();
  return migrations.findLast(({ executedAt }) => executedAt !== undefined)?.name;
}

export function isKnownMigration(name: string): boolean {
  return Object.hasOwn(MIGRATIONS, name);
}

function createMigrator(database: Database): Migrator {
  return new Migrator({ db: database, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
}

async function unknownMigrations(database: Database): Promise<string[]> {
  const { rows } = await sql<{ exists: boolean }>`select to_regclass('kysely_migration') is not null as exists`.execute(
    database,
  );
  if (!rows[0].exists) return [];
  const executed = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(database);
  return executed.rows.map(({ name }) => name).filter((name) => !isKnownMigration(name));
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

/** Which run needs which artefact, so that retention finds those nobody needs any more; and the order in which runs grow old. */
async function createArtefactUses(database: Kysely<never>): Promise<void> {
  await database.schema
    .createTable("artefact_uses")
    .addColumn("run_id", "uuid", (column) => column.notNull().references("runs.id").onDelete("cascade"))
    .addColumn("hash", "text", (column) => column.notNull().references("artefacts.hash"))
    .addPrimaryKeyConstraint("artefact_uses_key", ["hash", "run_id"])
    .execute();
  await database.schema.createIndex("artefact_uses_by_run").on("artefact_uses").column("run_id").execute();
  await sql`
    insert into artefact_uses (run_id, hash)
    select distinct run_id, hash
    from run_events, lateral (values (payload ->> 'hash'), (payload ->> 'valuesHash')) as used (hash)
    where type in ('image', 'heatmap') and hash in (select hash from artefacts)
  `.execute(database);
  await database.schema.createIndex("runs_by_end").on("runs").column("finished_at").execute();
}

/** API tokens, of which only the hash is kept, and who has used them for what. */
async function createAccess(database: Kysely<never>): Promise<void> {
  await database.schema
    .createTable("api_tokens")
    .addColumn("id", "uuid", (column) => column.primaryKey())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull().unique())
    .addColumn("scopes", "jsonb", (column) => column.notNull())
    .addColumn("created_at", "timestamptz", (column) => column.notNull())
    .addColumn("expires_at", "timestamptz")
    .addColumn("last_used_at", "timestamptz")
    .addColumn("revoked_at", "timestamptz")
    .execute();
  await sql`create unique index api_tokens_by_name on api_tokens (name) where revoked_at is null`.execute(database);
  await database.schema
    .createTable("audit_log")
    .addColumn("id", "bigint", (column) => column.primaryKey().generatedAlwaysAsIdentity())
    .addColumn("at", "timestamptz", (column) => column.notNull())
    .addColumn("token_id", "uuid")
    .addColumn("token_name", "text")
    .addColumn("address", "text")
    .addColumn("action", "text", (column) => column.notNull())
    .addColumn("parameters", "jsonb", (column) => column.notNull())
    .addColumn("outcome", "text", (column) => column.notNull())
    .execute();
  await database.schema.createIndex("audit_log_by_time").on("audit_log").column("at").execute();
}
