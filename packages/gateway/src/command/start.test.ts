import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FIXTURE, follow, startRun, startTestGateway, temporaryFolder } from "../testing/test-gateway.ts";
import { GraphQLClient } from "./graphql-client.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

/** The command in a process of its own. */
class Command implements AsyncDisposable {
  readonly process: ChildProcess;
  output = "";
  errors = "";
  readonly ended: Promise<unknown[]>;

  constructor(arguments_: readonly string[], environment: Record<string, string> = {}) {
    this.process = spawn(process.execPath, ["--conditions=ansatz-source", MAIN, ...arguments_], {
      cwd: FIXTURE,
      env: { ...process.env, PORT: "0", ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process.stdout!.on("data", (text) => (this.output += text));
    this.process.stderr!.on("data", (text) => (this.errors += text));
    this.ended = once(this.process, "exit");
  }

  /** Waits until it says where it is. */
  async client(): Promise<GraphQLClient> {
    const gone = this.ended.then(() => {
      throw new Error(`the command ended: ${this.errors}`);
    });
    while (!/API {3}(\S+)\/graphql/.test(this.output)) await Promise.race([once(this.process.stdout!, "data"), gone]);
    gone.catch(() => {});
    return new GraphQLClient(/API {3}(\S+)\/graphql/.exec(this.output)![1]);
  }

  async exitCode(): Promise<number | null> {
    const [code] = await this.ended;
    return code as number | null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.ended;
  }
}

const RUN_LIST =
  "{ runs(orderBy: { field: CREATED_AT, direction: ASC }) { nodes { number status failure { code message } series { length } } } }";

interface RunList {
  readonly runs: { readonly nodes: readonly { readonly series: readonly { readonly length: number }[] }[] };
}

describe("a gateway that is killed during a run", () => {
  it("opens again with the right list: what ran has failed with the reason, what waited is run, what was told is kept", async () => {
    await using folder = await temporaryFolder();
    const environment = { ANSATZ_DATA: folder.path };
    let told = 0;
    {
      await using command = new Command(["start"], environment);
      const client = await command.client();
      const { run: first } = await startRun(client, "steps");
      await follow(client, first.id);
      const { run: second } = await startRun(client, "steps", { parameters: { steps: 10_000, milliseconds: 2 } });
      await startRun(client, "steps", { parameters: { steps: 3 } });
      await follow(client, second.id, {
        until: ({ series = [] }) =>
          (told += series.find(({ name }: { name: string }) => name === "value")?.length ?? 0) > 100,
      });
      command.process.kill("SIGKILL");
    }
    await using again = await startTestGateway(folder.path);
    const { client } = again;
    let nodes: readonly { readonly series: readonly { readonly length: number }[] }[];
    do ({ nodes } = (await client.request<RunList>(RUN_LIST)).runs);
    while (JSON.stringify(nodes).includes("RUNNING") || JSON.stringify(nodes).includes("QUEUED"));
    expect(nodes).toMatchObject([
      { number: 1, status: "SUCCEEDED" },
      {
        number: 2,
        status: "FAILED",
        failure: { code: "INTERRUPTED", message: "The gateway died while this run was in progress. Start it again." },
      },
      { number: 3, status: "SUCCEEDED", failure: null },
    ]);
    expect(nodes[1].series[1].length).toBeGreaterThanOrEqual(told);
  });
});

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

    await using again = await startTestGateway(folder);
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
    for (const wrong of [["serve"], ["start", "--fast"]]) {
      await using command = new Command(wrong);
      expect(await command.exitCode()).toBe(2);
      expect(command.errors).not.toContain("    at ");
    }
  });
});
