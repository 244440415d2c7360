import { join } from "node:path";
import { CamelCasePlugin, type Dialect, Kysely, PostgresDialect } from "kysely";
import type { Log } from "../log.ts";
import { DatabaseLease } from "./database-lease.ts";
import { FolderLock } from "./folder-lock.ts";
import { migrate } from "./migrations.ts";
import { PGliteConnection } from "./pglite-connection.ts";
import { pgliteDialect } from "./pglite-dialect.ts";
import { openPostgresPool } from "./postgres-connection.ts";
import type { Tables } from "./tables.ts";

export type Database = Kysely<Tables>;

/** Where a gateway keeps what it knows. */
export type StorageLocation =
  /** Folder of an embedded database, created where it does not exist. */
  | { readonly dataFolder: string }
  /** Address of a database on a PostgreSQL server, 15 or newer: `"postgres://user:password@host:5432/name"`. */
  | { readonly databaseUrl: string };

/** An open database. Disposing it closes the database and gives it free. */
export interface Storage extends AsyncDisposable {
  readonly database: Database;
}

/**
 * Opens a database for this gateway alone and brings its tables up to date.
 * @throws GatewayError `FOLDER_IN_USE`, `FOLDER_UNUSABLE`, `DATABASE_IN_USE`, `DATABASE_UNREACHABLE` or `DATABASE_UNUSABLE`.
 */
export async function openStorage(location: StorageLocation, log: Log): Promise<Storage> {
  await using resources = new AsyncDisposableStack();
  const { database } = resources.use(await openDatabase(location, log, { alone: true }));
  await migrate(database);
  const opened = resources.move();
  return { database, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/**
 * Opens a database as it is. With `alone: false`, a gateway may be at work in it when it is on a server; a folder has one process anyway.
 * @throws GatewayError `FOLDER_IN_USE`, `FOLDER_UNUSABLE`, `DATABASE_IN_USE`, `DATABASE_UNREACHABLE` or `DATABASE_UNUSABLE`.
 */
export async function openDatabase(
  location: StorageLocation,
  log: Log,
  { alone }: { readonly alone: boolean },
): Promise<Storage> {
  await using resources = new AsyncDisposableStack();
  let dialect: Dialect;
  // Closed here as well: Kysely closes only what it has used.
  if ("databaseUrl" in location) {
    const pool = await openPostgresPool(location.databaseUrl, log);
    resources.defer(async () => void (pool.ending || (await pool.end())));
    dialect = new PostgresDialect({ pool });
    if (alone) resources.use(await DatabaseLease.acquire(location.databaseUrl, log));
  } else {
    resources.use(await FolderLock.acquire(location.dataFolder));
    const connection = await PGliteConnection.open(join(location.dataFolder, "database"));
    resources.defer(() => connection.close());
    dialect = pgliteDialect(connection);
  }
  const database: Database = new Kysely({
    dialect,
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  resources.defer(() => database.destroy());
  const opened = resources.move();
  return { database, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
