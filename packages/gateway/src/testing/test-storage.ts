import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { StorageLocation } from "../storage/database.ts";
import type { PostgresServer } from "./postgres-server.ts";

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "ansatz-gateway-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** An empty storage that is gone after the test. */
export interface TestStorage extends AsyncDisposable {
  readonly location: StorageLocation;
  /** Tells the command where it is. */
  readonly environment: Readonly<Record<string, string>>;
}

let server: PostgresServer | undefined;

/** Lets the following tests of this file use databases of a server instead of embedded ones. */
export function testOn(postgres: PostgresServer): void {
  server = postgres;
}

/** A folder for an embedded database, or a database of the server that `testOn` has named. */
export async function temporaryStorage(): Promise<TestStorage> {
  if (server) {
    const databaseUrl = await server.createDatabase();
    return {
      location: { databaseUrl },
      environment: { DATABASE_URL: databaseUrl },
      // Goes with the server.
      async [Symbol.asyncDispose]() {},
    };
  }
  return await temporaryFolderStorage();
}

/** A folder for an embedded database, whatever `testOn` has named. */
export async function temporaryFolderStorage(): Promise<TestStorage> {
  const folder = await temporaryFolder();
  return {
    location: { dataFolder: folder.path },
    environment: { ANSATZ_DATA: folder.path },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
