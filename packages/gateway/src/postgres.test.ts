import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PostgresServer, postgresIsThere } from "./testing/postgres-server.ts";
import { finish, follow, RUN_LIST, startRun, startTestGateway } from "./testing/test-gateway.ts";
import { testOn } from "./testing/test-storage.ts";

/** The suites that touch storage run on the embedded database in their own files, and here once more on a real server. */
const SUITES = {
  "a gateway": () => import("./gateway.test.ts"),
  "the list of runs": () => import("./run-list.test.ts"),
  "starting runs": () => import("./start-run.test.ts"),
  "a killed gateway": () => import("./command/killed.test.ts"),
  "its tokens": () => import("./access/access.test.ts"),
  "the commands for tokens": () => import("./command/access.test.ts"),
  "the database": () => import("./storage/database.test.ts"),
  "its migrations": () => import("./storage/migrations.test.ts"),
  "its retention": () => import("./storage/retention.test.ts"),
  "the commands export and import": () => import("./command/archive.test.ts"),
  "its archives": () => import("./storage/archive.test.ts"),
};

describe.skipIf(!postgresIsThere())("on PostgreSQL,", () => {
  let server: PostgresServer;

  beforeAll(async () => {
    server = await PostgresServer.start();
    testOn(server);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  for (const [name, load] of Object.entries(SUITES))
    describe(name, async () => {
      await load();
    });

  it("one gateway has a database to itself, and gives it free when it ends", async () => {
    const databaseUrl = await server.createDatabase();
    {
      await using _first = await startTestGateway({ databaseUrl });
      await expect(startTestGateway({ databaseUrl })).rejects.toMatchObject({
        code: "DATABASE_IN_USE",
        message: expect.stringMatching(/^The database postgres:\/\/postgres@localhost\/test_\w+ is in use by another/),
      });
    }
    await using _second = await startTestGateway({ databaseUrl });
  });

  it("a gateway survives a crash of the server: what ran ends, new runs are taken, and it keeps the database to itself", async () => {
    const databaseUrl = await server.createDatabase();
    await using started = await startTestGateway({ databaseUrl });
    const { client } = started;
    const { run } = await startRun(client, "steps", { parameters: { steps: 100, milliseconds: 10 } });
    await follow(client, run.id, { until: ({ __typename }) => __typename === "PointsAdded" });
    await server.crashAndRestart();
    const status = async () => JSON.stringify(await client.request(RUN_LIST).catch(String));
    await expect.poll(status, { timeout: 20_000 }).toMatch(/"status":"(SUCCEEDED|FAILED)"/);
    const { run: next } = await startRun(client, "steps");
    expect(await finish(client, next.id)).toMatchObject({ status: "SUCCEEDED" });
    const refused = () => startTestGateway({ databaseUrl }).then(String, ({ code }) => code);
    await expect.poll(refused, { timeout: 20_000 }).toBe("DATABASE_IN_USE");
  });

  it.each([
    [
      "is not there",
      "postgres://someone:secret@127.0.0.1:1/nothing",
      /127\.0\.0\.1:1\/nothing cannot be reached \(.*ECONNREFUSED/,
    ],
    ["does not exist", undefined, /cannot be reached \(database "gone" does not exist\)/],
  ])("a database that %s is refused with one sentence and without its password", async (_what, address, message) => {
    const databaseUrl = address ?? (await server.createDatabase()).replace(/test_\w+/, "gone");
    const { code, message: said } = await startTestGateway({ databaseUrl }).then(String as never, (error) => error);
    expect([code, said]).toEqual(["DATABASE_UNREACHABLE", expect.stringMatching(message)]);
    expect(said).not.toContain("secret");
  });
});
