import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PGliteAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from "kysely";
import type { PGliteConnection } from "./pglite-connection.ts";

/** Kysely over a PGlite in another thread. Kysely itself hands out the one connection to one query or transaction at a time. */
export function pgliteDialect(connection: PGliteConnection): Dialect {
  return {
    createAdapter: () => new PGliteAdapter(),
    createDriver: () => new ThreadDriver(connection),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

class ThreadDriver implements Driver {
  readonly #pglite: PGliteConnection;
  readonly #connection: DatabaseConnection;

  constructor(pglite: PGliteConnection) {
    this.#pglite = pglite;
    this.#connection = {
      async executeQuery<Row>({ sql, parameters }: CompiledQuery) {
        const { rows, affectedRows } = await pglite.query(sql, parameters);
        return {
          rows: rows as Row[],
          ...(affectedRows !== undefined && { numAffectedRows: BigInt(affectedRows) }),
        };
      },
      // biome-ignore lint/correctness/useYield: a generator is what the interface asks for.
      async *streamQuery(): AsyncIterableIterator<never> {
        throw new Error("a database in another thread does not stream");
      },
    };
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin"));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("rollback"));
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    await this.#pglite.close();
  }
}
