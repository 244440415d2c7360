import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Command, MAIN } from "../testing/command.ts";
import { follow, RUN_LIST, type RunList, startRun, startTestGateway } from "../testing/test-gateway.ts";
import { temporaryFolder } from "../testing/test-storage.ts";

describe("a gateway that runs", () => {
  const resources = new AsyncDisposableStack();
  let folder: string;
  let command: Command;

  beforeAll(async () => {
    folder = resources.use(await temporaryFolder()).path;
    command = resources.use(new Command(["start"], { ANSATZ_DATA: folder }));
    await command.client();
  });
  afterAll(() => resources.disposeAsync());

  it("keeps its folder to itself: a second gateway ends with exit code 2 and one sentence", async () => {
    await using second = new Command(["start"], { ANSATZ_DATA: folder });
    expect(await second.exitCode()).toBe(2);
    expect(second.errors).toBe(
      `The data folder ${folder} is in use by another gateway (process ${command.process.pid}). Stop it, or choose another folder with ANSATZ_DATA.\n`,
    );
  });

  it("stops cleanly on SIGINT in the middle of a run: exit code 0, no lock, the run is accounted for", async () => {
    const client = await command.client();
    const { run } = await startRun(client, "steps", { parameters: { steps: 10_000, milliseconds: 10 } });
    const watched = follow(client, run.id);
    await follow(client, run.id, { until: ({ __typename }) => __typename === "PointsAdded" });
    command.process.kill("SIGINT");
    // Resolves because the gateway ends the subscription instead of just dropping the connection.
    expect((await watched)[0].__typename).toBe("RunBegan");
    expect(await command.exitCode()).toBe(0);
    expect(existsSync(join(folder, "gateway.lock"))).toBe(false);

    await using again = await startTestGateway({ dataFolder: folder });
    const { runs } = await again.client.request<RunList>(RUN_LIST);
    expect(runs.nodes).toMatchObject([
      {
        status: "FAILED",
        failure: {
          code: "INTERRUPTED",
          message: "The gateway was stopped while this run was in progress. Start it again.",
        },
      },
    ]);
  });
});

describe("ansatz-gateway start", () => {
  it("refuses a busy port before it opens any database", async () => {
    await using folder = await temporaryFolder();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const data = join(folder.path, "data");
    await using command = new Command(["start"], { ANSATZ_DATA: data, PORT: `${port}` });
    expect(await command.exitCode()).toBe(2);
    expect(command.errors).toBe(
      `Port ${port} on 127.0.0.1 is in use by another program. Choose another one with PORT.\n`,
    );
    expect(existsSync(data)).toBe(false);
    server.close();
  });

  it.each([
    ["a port that is none", { PORT: "http" }, 'PORT: expected an integer from 0 to 65535, got "http"\n'],
    [
      "a database address that is none, without repeating it",
      { DATABASE_URL: "mysql://secret@host/name" },
      "DATABASE_URL: expected an address like postgres://user:password@host:5432/name\n",
    ],
    [
      "a retention of no time",
      { ANSATZ_RETENTION_DAYS: "0" },
      'ANSATZ_RETENTION_DAYS: expected an integer from 1 to 100000, got "0"\n',
    ],
    ["a host that is not here", { HOST: "192.0.2.1" }, /^Cannot listen on 192\.0\.2\.1, port 0: .*EADDRNOTAVAIL.*\n$/],
    ["a data folder that is a file", { ANSATZ_DATA: MAIN }, /^Cannot write to the data folder .*main\.ts: .*\n$/],
  ])("refuses %s with exit code 2", async (_what, environment, message) => {
    await using command = new Command(["start"], environment);
    expect(await command.exitCode()).toBe(2);
    expect(command.errors).toMatch(message);
  });

  it("explains itself: --help with exit code 0, anything unknown with 2", async () => {
    await using help = new Command(["--help"]);
    expect(await help.exitCode()).toBe(0);
    expect(help.output).toContain("ansatz-gateway <command>");
    for (const wrong of [["serve"], ["start", "--fast"], ["start", "now"], ["export"]]) {
      await using command = new Command(wrong);
      expect(await command.exitCode()).toBe(2);
      expect(command.errors).not.toContain("    at ");
    }
  });
});
