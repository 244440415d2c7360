import { AuditLog } from "../access/audit-log.ts";
import { isScope, SCOPES, type Scope } from "../access/scopes.ts";
import { Tokens } from "../access/tokens.ts";
import { GatewayError } from "../errors.ts";
import { stderrLog } from "../log.ts";
import { type Database, openDatabase } from "../storage/database.ts";
import { migrate } from "../storage/migrations.ts";
import type { StoredToken } from "../storage/tables.ts";
import { integer, storageFromEnvironment } from "./environment.ts";

const DAY_MS = 24 * 60 * 60_000;
const SHOWN_ENTRIES = 100;

/** `ansatz-gateway token create <name> --scope <scope> [--days <n>]`: prints the secret alone on stdout. */
export async function createToken(name: string, scopes: readonly string[], days: string | undefined): Promise<void> {
  const expiresAt = days === undefined ? null : new Date(Date.now() + integer("--days", days, 1, 36_500) * DAY_MS);
  const token = { name, scopes: checkScopes(scopes), expiresAt };
  const secret = await withDatabase((database) => new Tokens(database).create(token));
  process.stdout.write(`${secret}\n`);
  process.stderr.write("Keep it: only its hash is stored, and it cannot be shown again.\n");
}

/** `ansatz-gateway token list`. */
export async function listTokens(): Promise<void> {
  for (const token of await withDatabase((database) => new Tokens(database).list()))
    process.stdout.write(`${describe(token)}\n`);
}

/** `ansatz-gateway token revoke <name>`. */
export async function revokeToken(name: string): Promise<void> {
  if (!(await withDatabase((database) => new Tokens(database).revoke(name))))
    throw new GatewayError("INVALID_OPTION", `There is no token "${name}", or it has been revoked.`);
  process.stdout.write(`Revoked "${name}".\n`);
}

/** `ansatz-gateway audit`: the newest entries of the audit log as lines of JSON, newest first. */
export async function printAuditLog(): Promise<void> {
  for (const entry of await withDatabase((database) => new AuditLog(database).newest(SHOWN_ENTRIES)))
    process.stdout.write(`${JSON.stringify(entry)}\n`);
}

async function withDatabase<Result>(work: (database: Database) => Promise<Result>): Promise<Result> {
  await using storage = await openDatabase(storageFromEnvironment(), stderrLog, { alone: false });
  await migrate(storage.database);
  return await work(storage.database);
}

function checkScopes(scopes: readonly string[]): Scope[] {
  const unknown = scopes.find((scope) => !isScope(scope));
  if (unknown !== undefined || scopes.length === 0)
    throw new GatewayError(
      "INVALID_OPTION",
      `--scope: expected one or more of ${SCOPES.join(", ")}, got ${JSON.stringify(unknown ?? "none")}`,
    );
  return [...new Set(scopes)] as Scope[];
}

function describe({ name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }: StoredToken): string {
  const day = (date: Date) => date.toISOString().slice(0, 10);
  const state = revokedAt
    ? `revoked ${day(revokedAt)}`
    : expiresAt
      ? `${expiresAt.getTime() < Date.now() ? "expired" : "expires"} ${day(expiresAt)}`
      : "does not expire";
  const use = lastUsedAt ? `last used ${day(lastUsedAt)}` : "never used";
  return [name, scopes.join(" "), `made ${day(createdAt)}`, use, state].join("\t");
}
