import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Command } from "../testing/command.ts";
import { follow, RUN_LIST, type RunList, startRun, startTestGateway } from "../testing/test-gateway.ts";
import { temporaryStorage } from "../testing/test-storage.ts";

describe("a gateway that is killed during a run", () => {
  it("opens again with the right list: what ran has failed with the reason, what waited is run, what was told is kept", async () => {
    await using storage = await temporaryStorage();
    let told = 0;
    {
      await using command = new Command(["start"], storage.environment);
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
    await using again = await startTestGateway(storage.location);
    const { client } = again;
    let nodes: readonly { readonly series: readonly { readonly length: number }[] }[];
    do {
      await sleep(100);
      ({ nodes } = (await client.request<RunList>(RUN_LIST)).runs);
    } while (JSON.stringify(nodes).includes("RUNNING") || JSON.stringify(nodes).includes("QUEUED"));
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
