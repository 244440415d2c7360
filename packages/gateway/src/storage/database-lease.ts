import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { GatewayError } from "../errors.ts";
import type { Log } from "../log.ts";
import { postgresConfiguration, withoutPassword } from "./postgres-connection.ts";

/** Any number that nothing else in the database locks: the letters "ansatz". */
const LOCK = 0x61_6e_73_61_74_7a;
const RETRY_MS = 1000;
/** The server needs a moment to see that a gateway which was killed is gone. */
const PATIENCE_MS = 3000;
const PATIENCE_POLL_MS = 100;
/** Lets the server miss a machine that was switched off within half a minute instead of two hours. */
const KEEPALIVES = "set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3";

/**
 * Exclusive use of a PostgreSQL database by one gateway: two would each take the other's runs in progress for interrupted ones.
 * The server gives it free when the connection ends, however the process does.
 */
export class DatabaseLease implements AsyncDisposable {
  readonly #url: string;
  readonly #log: Log;
  readonly #closing = new AbortController();
  #client: pg.Client | undefined;

  private constructor(url: string, log: Log) {
    this.#url = url;
    this.#log = log;
  }

  /** @throws GatewayError `DATABASE_IN_USE` when another gateway has it. */
  static async acquire(url: string, log: Log): Promise<DatabaseLease> {
    const lease = new DatabaseLease(url, log);
    const deadline = Date.now() + PATIENCE_MS;
    do {
      if (await lease.#connect()) return lease;
      await sleep(PATIENCE_POLL_MS);
    } while (Date.now() < deadline);
    const message = `The database ${withoutPassword(url)} is in use by another gateway. Stop it, or choose another database with DATABASE_URL.`;
    throw new GatewayError("DATABASE_IN_USE", message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#client?.end();
  }

  /** Whether a connection that has the lock could be made. */
  async #connect(): Promise<boolean> {
    const client = new pg.Client(postgresConfiguration(this.#url));
    client.on("error", () => {});
    await client.connect();
    await client.query(KEEPALIVES);
    const { rows } = await client.query("select pg_try_advisory_lock($1::bigint) as locked", [LOCK]);
    if (!rows[0].locked || this.#closing.signal.aborted) {
      await client.end();
      return false;
    }
    this.#client = client;
    client.once("end", () => void this.#recover());
    return true;
  }

  /** Takes the lock again after the server has dropped the connection. */
  async #recover(): Promise<void> {
    this.#client = undefined;
    const { signal } = this.#closing;
    let warned = false;
    while (!signal.aborted) {
      if (await this.#connect().catch(() => false)) return;
      if (!warned) this.#log.error("The connection that keeps other gateways off the database is lost; trying again.");
      warned = true;
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }
}
