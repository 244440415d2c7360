import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, globSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";

/** PostgreSQL refuses to run as root; this user, who owns nothing, is on every Linux. */
const NOBODY = 65_534;
const START_TIMEOUT_MS = 20_000;

/** Folder of the newest server that is installed. */
const BINARIES = [
  ...globSync("/usr/lib/postgresql/*/bin").sort(),
  ...(process.env.PATH ?? "").split(delimiter),
].findLast((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));

/** Whether tests on a real server can run; where they must (`ANSATZ_REQUIRE_POSTGRES=1`) a missing one is an error. */
export function postgresIsThere(): boolean {
  if (BINARIES) return true;
  const message = "Tests on PostgreSQL need its programs initdb and postgres (Debian: postgresql).";
  if (process.env.ANSATZ_REQUIRE_POSTGRES === "1") throw new Error(message);
  console.warn(`Skipped: ${message}`);
  return false;
}

/** A PostgreSQL server of a test, in a temporary folder, reachable through a socket in it. */
export class PostgresServer implements AsyncDisposable {
  readonly #folder: string;
  #process!: ChildProcess;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), "ansatz-postgres-"));
    if (isRoot()) await chown(folder, NOBODY, NOBODY);
    await promisify(execFile)(
      join(BINARIES!, "initdb"),
      ["--pgdata", join(folder, "data"), "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"],
      unprivileged(folder),
    );
    const server = new PostgresServer(folder);
    await server.#launch();
    return server;
  }

  /** Address of an empty database, made for the caller. */
  async createDatabase(): Promise<string> {
    const name = `test_${randomUUID().replaceAll("-", "")}`;
    await this.#query(`create database ${name}`);
    return this.#url(name);
  }

  /** Breaks all connections at once, as a crash does, and comes back. */
  async crashAndRestart(): Promise<void> {
    await this.#end("SIGQUIT");
    await this.#launch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end("SIGQUIT");
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill(signal);
    await ended;
  }

  async #launch(): Promise<void> {
    const settings = { listen_addresses: "", unix_socket_directories: this.#folder, fsync: "off", max_connections: 60 };
    this.#process = spawn(
      join(BINARIES!, "postgres"),
      [
        "-D",
        join(this.#folder, "data"),
        ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      ],
      { ...unprivileged(this.#folder), stdio: "ignore" },
    );
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (true)
      try {
        return await this.#query("select 1");
      } catch (error) {
        if (Date.now() > deadline || this.#process.exitCode !== null) throw error;
        await sleep(50);
      }
  }

  async #query(sql: string): Promise<void> {
    const client = new pg.Client(this.#url("postgres"));
    // A server that is starting drops the connection a second time after the refusal.
    client.on("error", () => {});
    try {
      await client.connect();
      await client.query(sql);
    } finally {
      await client.end();
    }
  }

  #url(database: string): string {
    return `postgres://postgres@localhost/${database}?host=${encodeURIComponent(this.#folder)}`;
  }
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** The working directory of the tests may be closed to the other user. */
function unprivileged(folder: string): { cwd: string; uid?: number; gid?: number } {
  return isRoot() ? { cwd: folder, uid: NOBODY, gid: NOBODY } : { cwd: folder };
}
