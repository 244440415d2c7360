import { dataFolder } from "@ansatz/lab";
import { GatewayError } from "../errors.ts";
import type { StorageLocation } from "../storage/database.ts";
import { withoutPassword } from "../storage/postgres-connection.ts";

/** What the environment says about a gateway that is started. */
export interface Environment {
  readonly host: string;
  readonly port: number;
  readonly retentionDays: number | undefined;
}

/** @throws GatewayError `INVALID_OPTION` naming the variable. */
export function readEnvironment(): Environment {
  const days = process.env.ANSATZ_RETENTION_DAYS;
  return {
    host: process.env.HOST || "127.0.0.1",
    port: integer("PORT", process.env.PORT || "4000", 0, 65_535),
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

function integer(name: string, text: string, minimum: number, maximum: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
  const expected = `an integer from ${minimum} to ${maximum}`;
  throw new GatewayError("INVALID_OPTION", `${name}: expected ${expected}, got ${JSON.stringify(text)}`);
}
