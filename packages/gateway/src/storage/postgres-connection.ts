import pg from "pg";
import { GatewayError } from "../errors.ts";
import type { Log } from "../log.ts";

const CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
/** PostgreSQL 15. */
const OLDEST_SERVER = 150_000;
const INT8_OID = 20;

/** How every connection of a gateway is made. */
export function postgresConfiguration(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: "ansatz-gateway",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: {
      // The tables hold no integer that a double does not hold exactly, and PGlite answers numbers, too.
      getTypeParser: ((oid: number, format?: "text") =>
        oid === INT8_OID ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  };
}

/**
 * Connections to a PostgreSQL server, made when they are needed.
 * @throws GatewayError `DATABASE_UNREACHABLE`, or `DATABASE_UNUSABLE` when the server is too old.
 */
export async function openPostgresPool(url: string, log: Log): Promise<pg.Pool> {
  let pool: pg.Pool;
  try {
    pool = new pg.Pool({ ...postgresConfiguration(url), max: CONNECTIONS });
  } catch (error) {
    throw unreachable(url, error);
  }
  // An idle connection breaks when the server restarts; the next query makes another one.
  pool.on("error", (error) => log.error("A connection to the database broke.", error));
  try {
    const { rows } = await pool.query("show server_version_num");
    const version = Number(rows[0].server_version_num);
    if (version >= OLDEST_SERVER) return pool;
    const found = Math.floor(version / 10_000);
    throw new GatewayError(
      "DATABASE_UNUSABLE",
      `${withoutPassword(url)} is PostgreSQL ${found}; 15 or newer is needed.`,
    );
  } catch (error) {
    await pool.end();
    throw error instanceof GatewayError ? error : unreachable(url, error);
  }
}

/** An address as it may be shown. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return "DATABASE_URL";
  const address = new URL(url);
  address.password = "";
  address.search = "";
  return address.href;
}

function unreachable(url: string, error: unknown): GatewayError {
  const reason = describe(error as Error & { code?: string });
  const message = `The database ${withoutPassword(url)} cannot be reached (${reason}). Start it, or correct DATABASE_URL.`;
  return new GatewayError("DATABASE_UNREACHABLE", message, { cause: error });
}

/** Node puts several failed addresses of one host into an error without a message. */
function describe({ message, code }: Error & { code?: string }): string {
  return message || code || "no reason given";
}
