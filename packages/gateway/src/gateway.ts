import { fileURLToPath } from "node:url";
import { Access } from "./access/access.ts";
import { AuditLog } from "./access/audit-log.ts";
import type { Scope } from "./access/scopes.ts";
import { Tokens } from "./access/tokens.ts";
import { Catalogue } from "./catalogue/catalogue.ts";
import { GatewayError } from "./errors.ts";
import { DeviceProbe } from "./execution/device-probe.ts";
import { RunQueue } from "./execution/run-queue.ts";
import { routes } from "./http/routes.ts";
import { listen } from "./http/server.ts";
import { type Log, stderrLog } from "./log.ts";
import { buildSchema } from "./schema/index.ts";
import { openStorage, type StorageLocation } from "./storage/database.ts";
import { keepRunsFor } from "./storage/retention.ts";
import { RunDoorbells } from "./storage/run-doorbells.ts";
import { RunReader } from "./storage/run-reader.ts";
import { RunWriter } from "./storage/run-writer.ts";

/** Options of a gateway. One gateway at a time may have a data folder or database. */
export type GatewayOptions = StorageLocation & {
  /** Folder whose package, with its dependencies, offers the experiments. Default: the working directory. */
  readonly packagesFrom?: string;
  /** Default 127.0.0.1: this machine only. */
  readonly host?: string;
  /** Default 4000; 0 takes a free one. */
  readonly port?: number;
  /** Runs, with all they reported, are deleted so many days after their end. Default: never. */
  readonly retentionDays?: number | undefined;
  /** What is allowed without a token. Default: `["read"]`. */
  readonly anonymous?: readonly Scope[] | undefined;
  /** A secret that reads, runs and records as long as this gateway lives. Default: none. */
  readonly launchToken?: string | undefined;
  /** Names under which clients reach this gateway, without port; names of this machine are always among them. Default: on 127.0.0.1 no others, elsewhere any. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Whether clients may ask for the schema. Default: yes. */
  readonly introspection?: boolean | undefined;
  /** Requests to the API a minute from one token, or from one address without a token. Default: 6000. */
  readonly requestsPerMinute?: number | undefined;
  /** Runs that wait or are in progress. Default: 1000. */
  readonly unfinishedRunLimit?: number | undefined;
  /** Default: stderr. */
  readonly log?: Log;
};

/** A gateway that answers requests and executes runs until it is disposed. */
export interface Gateway extends AsyncDisposable {
  /** Where it is: `"http://127.0.0.1:4000"`. */
  readonly url: string;
  /** Stops: takes no more requests, ends runs in progress as interrupted, closes the database. Queued runs wait for the next start. */
  close(): Promise<void>;
}

/** Where the page is built to; the same from `src/` and from `dist/`. */
const DASHBOARD = fileURLToPath(new URL("../dist/dashboard", import.meta.url));

/**
 * Starts a gateway: HTTP server, database, execution of runs.
 * @throws GatewayError when the address, the folder or the database is in use or unusable; InvalidInputError when `packagesFrom` is not inside a package.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { packagesFrom = process.cwd(), host = "127.0.0.1", port = 4000, retentionDays, log = stderrLog } = options;
  if (retentionDays !== undefined && !(retentionDays > 0))
    throw new GatewayError("INVALID_OPTION", `retentionDays: expected a number above 0, got ${retentionDays}`);
  const closing = new AbortController();
  // Disposed in reverse: first no more requests, then no more runs, then the database.
  await using resources = new AsyncDisposableStack();
  const server = await listen(host, port);
  resources.defer(() => server.close());
  const catalogue = await Catalogue.load(packagesFrom);
  const { database } = resources.use(await openStorage(options, log));
  if (retentionDays !== undefined) resources.use(keepRunsFor(retentionDays, database, log));
  const doorbells = new RunDoorbells();
  const runs = new RunReader(database);
  const queue = new RunQueue({ reader: runs, writer: new RunWriter(database, doorbells), packagesFrom, log });
  resources.defer(() => queue.stop());
  resources.defer(async () => {
    closing.abort();
    await server.close();
  });
  const devices = new DeviceProbe();
  await queue.resume();
  const { anonymous = ["read"], launchToken, unfinishedRunLimit = 1000 } = options;
  const audit = new AuditLog(database);
  const access = new Access(new Tokens(database), { anonymous, launchToken });
  const services = { catalogue, devices, runs, queue, doorbells, audit, unfinishedRunLimit };
  server.answerWith(
    routes({
      schema: buildSchema(catalogue),
      services,
      access,
      dashboard: DASHBOARD,
      closing: closing.signal,
      log,
      host,
      allowedHosts: options.allowedHosts ?? [],
      introspection: options.introspection ?? true,
      requestsPerMinute: options.requestsPerMinute ?? 6000,
    }),
  );
  const running = resources.move();
  const close = () => running.disposeAsync();
  return { url: server.url, close, [Symbol.asyncDispose]: close };
}
