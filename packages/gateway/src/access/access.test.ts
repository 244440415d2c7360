import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GraphQLClient, type GraphQLRequestError } from "../command/graphql-client.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import { stderrLog } from "../log.ts";
import { type Database, openStorage, type Storage } from "../storage/database.ts";
import { FIXTURE, finish, startRun } from "../testing/test-gateway.ts";
import { type TestStorage, temporaryStorage } from "../testing/test-storage.ts";
import { AuditLog } from "./audit-log.ts";
import type { Scope } from "./scopes.ts";
import { createSecret, Tokens } from "./tokens.ts";

const DAY_MS = 24 * 60 * 60_000;

let storage: TestStorage;
let secrets: Record<"read" | "run" | "record" | "admin" | "revoked" | "expired", string>;
let opened: Storage | undefined;
let gateway: Gateway;
const launchToken = createSecret();

async function createTokens(database: Database): Promise<typeof secrets> {
  const tokens = new Tokens(database);
  const create = (name: string, scopes: Scope[], expiresAt: Date | null = null) =>
    tokens.create({ name, scopes, expiresAt });
  const made = {
    read: await create("reader", ["read"]),
    run: await create("runner", ["read", "run"], new Date(Date.now() + DAY_MS)),
    record: await create("recorder", ["record"]),
    admin: await create("administrator", ["admin"]),
    revoked: await create("revoked", ["run"]),
    expired: await create("expired", ["run"], new Date(Date.now() - 1000)),
  };
  expect(await tokens.revoke("revoked")).toBe(true);
  expect(await tokens.revoke("revoked")).toBe(false);
  return made;
}

beforeAll(async () => {
  storage = await temporaryStorage();
  {
    await using prepared = await openStorage(storage.location, stderrLog);
    secrets = await createTokens(prepared.database);
  }
  gateway = await createGateway({ ...storage.location, packagesFrom: FIXTURE, port: 0, launchToken });
});
afterAll(async () => {
  await gateway?.close();
  await opened?.[Symbol.asyncDispose]();
  await storage?.[Symbol.asyncDispose]();
});

/** The code of the refusal, or the type of the answer, of `startRun` with this token. */
async function start(token: string | undefined): Promise<string> {
  try {
    return (await startRun(new GraphQLClient(gateway.url, token), "steps", { idempotencyKey: "same" })).__typename;
  } catch (error) {
    return String((error as GraphQLRequestError).errors[0].extensions?.code);
  }
}

async function read(token: string | undefined): Promise<string> {
  const client = new GraphQLClient(gateway.url, token);
  return await client.request("{ runs { totalCount } }").then(
    () => "read",
    (error: GraphQLRequestError) => String(error.errors[0].extensions?.code),
  );
}

describe("a gateway", () => {
  it("without a token is read, and nothing else", async () => {
    expect([await read(undefined), await start(undefined)]).toEqual(["read", "UNAUTHENTICATED"]);
  });

  it("lets a token do what its scopes say", async () => {
    expect([await read(secrets.read), await start(secrets.read)]).toEqual(["read", "FORBIDDEN"]);
    expect([await read(secrets.record), await start(secrets.record)]).toEqual(["FORBIDDEN", "FORBIDDEN"]);
    expect([await read(secrets.run), await start(secrets.run)]).toEqual(["read", "RunStarted"]);
    expect([await read(secrets.admin), await start(secrets.admin)]).toEqual(["read", "RunStarted"]);
    expect([await read(launchToken), await start(launchToken)]).toEqual(["read", "RunStarted"]);
  });

  it("refuses tokens that are revoked, expired, unknown or malformed, also to read", async () => {
    for (const token of [secrets.revoked, secrets.expired, createSecret(), "two words"])
      expect([await read(token), await start(token)]).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED"]);
  });

  it("tells the status and the scope that is missing", async () => {
    const ask = (token?: string) =>
      fetch(`${gateway.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ query: 'mutation { cancelRun(id: "1") { __typename } }' }),
      });
    for (const [token, status] of [
      [undefined, 401],
      [secrets.read, 403],
    ] as const) {
      const response = await ask(token);
      expect(response.status).toBe(status);
      const { errors } = await response.json();
      expect(errors).toMatchObject([{ path: ["cancelRun"], extensions: { scope: "run" } }]);
      expect(errors[0].message).toContain("`cancelRun` needs");
    }
  });

  it("refuses a subscription as it refuses a query", async () => {
    const client = new GraphQLClient(gateway.url, secrets.revoked);
    const updates = client.subscribe('subscription { runUpdates(id: "1") { __typename } }');
    await expect(updates.next()).rejects.toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
  });

  it("keeps hashes only, when a token was used, and every mutation that was asked for", async () => {
    const client = new GraphQLClient(gateway.url, secrets.run);
    const { run } = await startRun(client, "steps", { idempotencyKey: "audited" });
    await finish(client, run.id);
    await startRun(client, "steps", { idempotencyKey: "audited", seed: 3 });
    await gateway.close();
    opened = await openStorage(storage.location, stderrLog);
    const { database } = opened;
    const tokens = await new Tokens(database).list();
    expect(JSON.stringify(tokens)).not.toContain("ansatz_");
    // Some were made in the same millisecond, so their order tells nothing.
    expect(Object.fromEntries(tokens.map(({ name, lastUsedAt }) => [name, lastUsedAt !== null]))).toEqual({
      reader: true,
      runner: true,
      recorder: true,
      administrator: true,
      revoked: false,
      expired: false,
    });
    const entries = await new AuditLog(database).newest(100);
    expect(entries.slice(0, 2)).toMatchObject([
      { tokenName: "runner", action: "startRun", outcome: "IdempotencyConflict", parameters: { input: { seed: 3 } } },
      { tokenName: "runner", action: "startRun", outcome: "RunStarted" },
    ]);
    const outcomes = entries.map(({ tokenName, action, outcome }) => [tokenName, action, outcome].join(" "));
    for (const expected of [
      " startRun UNAUTHENTICATED",
      "reader startRun FORBIDDEN",
      "recorder startRun FORBIDDEN",
      "administrator startRun RunStarted",
      "launch startRun RunStarted",
      "reader cancelRun FORBIDDEN",
    ])
      expect(outcomes).toContain(expected);
    expect(outcomes.filter((line) => line === " startRun UNAUTHENTICATED")).toHaveLength(5);
    expect(entries[0].address).toMatch(/127\.0\.0\.1/);
    expect(JSON.stringify(entries)).not.toContain("ansatz_");
  });
});
