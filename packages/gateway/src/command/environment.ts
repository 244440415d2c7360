import { dataFolder } from "@ansatz/lab";
import { SCOPES, type Scope } from "../access/scopes.ts";
import { GatewayError } from "../errors.ts";
import type { StorageLocation } from "../storage/database.ts";
import { withoutPassword } from "../storage/postgres-connection.ts";

/** What the environment says about a gateway that is started. */
export interface Environment {
  readonly host: string;
  readonly port: number;
  readonly retentionDays: number | undefined;
  readonly anonymous: readonly Scope[];
  readonly allowedHosts: readonly string[];
  readonly introspection: boolean;
  readonly requestsPerMinute: number;
  readonly unfinishedRunLimit: number;
}

/** @throws GatewayError `INVALID_OPTION` naming the variable. */
export function readEnvironment(): Environment {
  const { env } = process;
  const days = env.ANSATZ_RETENTION_DAYS;
  return {
    host: process.env.HOST || "127.0.0.1",
    port: integer("PORT", process.env.PORT || "4000", 0, 65_535),
    anonymous: scopesOf(env.ANSATZ_ANONYMOUS || "read"),
    allowedHosts: wordsOf(env.ANSATZ_ALLOWED_HOSTS || ""),
    introspection: choice("ANSATZ_INTROSPECTION", env.ANSATZ_INTROSPECTION || "on", ["on", "off"]) === "on",
    requestsPerMinute: integer("ANSATZ_REQUESTS_PER_MINUTE", env.ANSATZ_REQUESTS_PER_MINUTE || "6000", 1, 1e9),
    unfinishedRunLimit: integer("ANSATZ_UNFINISHED_RUNS", env.ANSATZ_UNFINISHED_RUNS || "1000", 1, 1e9),
    retentionDays: days ? integer("ANSATZ_RETENTION_DAYS", days, 1, 100_000) : undefined,
  };
}

/**
 * Where the database is: on a server with `DATABASE_URL`, in the folder `ANSATZ_DATA` without.
 * @throws GatewayError `INVALID_OPTION`.
 */
export function storageFromEnvironment(): StorageLocation {
  const databaseUrl = process.env.DATABASE_URL;
  if (!databaseUrl) return { dataFolder: dataFolder() };
  if (URL.canParse(databaseUrl) && /^postgres(ql)?:$/.test(new URL(databaseUrl).protocol)) return { databaseUrl };
  // The value may hold a password, so it is not repeated.
  throw new GatewayError(
    "INVALID_OPTION",
    "DATABASE_URL: expected an address like postgres://user:password@host:5432/name",
  );
}

/** A location as it is told to people. */
export function describeStorage(location: StorageLocation): string {
  return "databaseUrl" in location ? withoutPassword(location.databaseUrl) : location.dataFolder;
}

/** `"read,run"`; `"none"` for nobody. */
function scopesOf(text: string): Scope[] {
  return text === "none" ? [] : wordsOf(text).map((word) => choice("ANSATZ_ANONYMOUS", word, SCOPES));
}

function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function choice<Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice {
  const chosen = choices.find((each) => each === text);
  if (chosen !== undefined) return chosen;
  const message = `${name}: expected one of ${choices.join(", ")}, got ${JSON.stringify(text)}`;
  throw new GatewayError("INVALID_OPTION", message);
}

/** @throws GatewayError `INVALID_OPTION`. */
export function integer(name: string, text: string, minimum: number, maximum: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  const expected = `an integer from ${minimum} to ${maximum}`;
  throw new GatewayError("INVALID_OPTION", `${name}: expected ${expected}, got ${JSON.stringify(text)}`);
}
