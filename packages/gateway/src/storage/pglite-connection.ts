import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { GatewayError } from "../errors.ts";
import { startSiblingThread } from "../sibling-module.ts";

export interface PGliteWorkerData {
  /** Folder of the database, created where it does not exist. */
  readonly folder: string;
  /** File of an empty database, kept to create others quickly. */
  readonly archive: string;
}

export type PGliteRequest =
  | { readonly type: "query"; readonly id: number; readonly sql: string; readonly parameters: readonly unknown[] }
  | { readonly type: "close"; readonly id: number };

export type PGliteResponse =
  | { readonly type: "ready" }
  | {
      readonly type: "result";
      readonly id: number;
      readonly rows: unknown[];
      readonly affectedRows: number | undefined;
    }
  | { readonly type: "closed"; readonly id: number }
  | { readonly type: "error"; readonly id: number; readonly message: string };

export interface QueryAnswer {
  readonly rows: unknown[];
  readonly affectedRows: number | undefined;
}

/** A PGlite database in a thread of its own, so that neither its creation nor a long query stops the event loop. */
export class PGliteConnection {
  readonly #worker: Worker;
  readonly #pending = new Map<number, PromiseWithResolvers<QueryAnswer>>();
  #lastId = 0;
  #failure: Error | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (response: PGliteResponse) => this.#settle(response));
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", () => this.#fail(new Error("the thread of the database has ended")));
  }

  /**
   * Opens the database in `folder`. The caller holds the folder's lock.
   * @throws GatewayError `FOLDER_UNUSABLE` when the database cannot be opened.
   */
  static async open(folder: string): Promise<PGliteConnection> {
    const workerData: PGliteWorkerData = { folder, archive: emptyDatabaseArchive() };
    const worker = startSiblingThread("pglite-worker", import.meta.url, { workerData });
    try {
      await new Promise<void>((resolve, reject) => {
        worker.once("message", () => resolve());
        worker.once("error", reject);
        worker.once("exit", () => reject(new Error("its thread ended")));
      });
    } catch (error) {
      throw new GatewayError(
        "FOLDER_UNUSABLE",
        `The database in ${folder} cannot be opened (${(error as Error).message}). Restore it, or move the folder away to begin with an empty one.`,
        { cause: error },
      );
    }
    return new PGliteConnection(worker);
  }

  /** Runs one statement. Rejects with what PostgreSQL objected to. */
  query(sql: string, parameters: readonly unknown[]): Promise<QueryAnswer> {
    return this.#request((id) => ({ type: "query", id, sql, parameters }));
  }

  async close(): Promise<void> {
    if (this.#failure) return;
    await this.#request((id) => ({ type: "close", id }));
    this.#failure = new Error("the database is closed");
    await this.#worker.terminate();
  }

  #request(message: (id: number) => PGliteRequest): Promise<QueryAnswer> {
    if (this.#failure) return Promise.reject(this.#failure);
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<QueryAnswer>();
    this.#pending.set(id, answer);
    this.#worker.postMessage(message(id));
    return answer.promise;
  }

  #settle(response: PGliteResponse): void {
    if (response.type === "ready") return;
    const answer = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if (response.type === "error") answer?.reject(new Error(response.message));
    else if (response.type === "result") answer?.resolve(response);
    else answer?.resolve({ rows: [], affectedRows: undefined });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const answer of this.#pending.values()) answer.reject(this.#failure);
    this.#pending.clear();
  }
}

/** One archive per PGlite version and user, in the user's cache. */
function emptyDatabaseArchive(): string {
  const manifest = new URL("../package.json", import.meta.resolve("@electric-sql/pglite"));
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(cache, "ansatz", `pglite-${version}.tar.gz`);
}
