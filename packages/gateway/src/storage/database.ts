import { join } from "node:path";
import { CamelCasePlugin, Kysely } from "kysely";
import { FolderLock } from "./folder-lock.ts";
import { migrate } from "./migrations.ts";
import { PGliteConnection } from "./pglite-connection.ts";
import { pgliteDialect } from "./pglite-dialect.ts";
import type { Tables } from "./tables.ts";

export type Database = Kysely<Tables>;

/** An open data folder. Disposing it closes the database and gives the folder free. */
export interface DataFolder extends AsyncDisposable {
  readonly database: Database;
}

/**
 * Opens the embedded database of a data folder for this process alone and brings its tables up to date.
 * @throws GatewayError `FOLDER_IN_USE` or `FOLDER_UNUSABLE`.
 */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  await using resources = new AsyncDisposableStack();
  resources.use(await FolderLock.acquire(folder));
  const connection = await PGliteConnection.open(join(folder, "database"));
  const database: Database = new Kysely({
    dialect: pgliteDialect(connection),
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
  resources.defer(() => database.destroy());
  await migrate(database);
  const opened = resources.move();
  return { database, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
