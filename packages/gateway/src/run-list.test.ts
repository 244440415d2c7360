import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stderrLog } from "./log.ts";
import { openStorage, type StorageLocation } from "./storage/database.ts";
import { startTestGateway, type TestGateway } from "./testing/test-gateway.ts";
import { temporaryStorage } from "./testing/test-storage.ts";

const RUNS = /* GraphQL */ `
  query ($first: Int, $after: String, $last: Int, $before: String, $filter: RunFilter, $orderBy: RunOrder! = { field: CREATED_AT, direction: DESC }) {
    runs(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
      totalCount
      nodes { number }
      edges { cursor }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`;

interface Page {
  readonly totalCount: number;
  readonly nodes: readonly { readonly number: number }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string;
    readonly endCursor: string;
  };
}

const resources = new AsyncDisposableStack();
let started: TestGateway;

/** Seconds of the stored runs, by number from 1; null: no duration. Two are equal, so that their order must come from the number. */
const SECONDS = [3, null, 1, 2, 2, null, 0.5];

beforeAll(async () => {
  const { location } = resources.use(await temporaryStorage());
  await storeRuns(location);
  started = resources.use(await startTestGateway(location));
});
afterAll(() => resources.disposeAsync());

async function storeRuns(location: StorageLocation): Promise<void> {
  await using storage = await openStorage(location, stderrLog);
  for (const [index, seconds] of SECONDS.entries())
    await storage.database
      .insertInto("runs")
      .values({
        id: randomUUID(),
        experiment: index % 2 === 0 ? "fixture/steps" : "gone/away",
        package: "gateway-fixture",
        status: seconds === null ? "CANCELLED" : "SUCCEEDED",
        parameters: "{}" as never,
        seed: 0,
        device: index < 3 ? "cpu" : "webgpu",
        createdAt: new Date(2026, 0, 1 + index),
        finishedAt: new Date(),
        seconds,
      })
      .execute();
}

async function list(variables: Record<string, unknown> = {}): Promise<Page> {
  return (await started.client.request<{ runs: Page }>(RUNS, variables)).runs;
}

const numbers = ({ nodes }: Page) => nodes.map(({ number }) => number);

describe("the list of runs", () => {
  it("has the newest first unless told otherwise", async () => {
    expect(numbers(await list())).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(numbers(await list({ orderBy: { field: "CREATED_AT", direction: "ASC" } }))).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("orders by duration in either direction, runs without one last", async () => {
    expect(numbers(await list({ orderBy: { field: "SECONDS", direction: "ASC" } }))).toEqual([7, 3, 4, 5, 1, 2, 6]);
    expect(numbers(await list({ orderBy: { field: "SECONDS", direction: "DESC" } }))).toEqual([1, 5, 4, 3, 7, 6, 2]);
  });

  it.each([
    { field: "CREATED_AT", direction: "ASC" },
    { field: "CREATED_AT", direction: "DESC" },
    { field: "SECONDS", direction: "ASC" },
    { field: "SECONDS", direction: "DESC" },
  ])("pages through $field $direction forwards and backwards without gap or repetition", async (orderBy) => {
    const whole = numbers(await list({ orderBy }));
    const forwards: number[] = [];
    let page = await list({ orderBy, first: 3 });
    expect(page.pageInfo.hasPreviousPage).toBe(false);
    for (;;) {
      forwards.push(...numbers(page));
      if (!page.pageInfo.hasNextPage) break;
      page = await list({ orderBy, first: 3, after: page.pageInfo.endCursor });
    }
    expect(forwards).toEqual(whole);

    const backwards: number[] = [];
    page = await list({ orderBy, last: 3 });
    for (;;) {
      backwards.unshift(...numbers(page));
      if (!page.pageInfo.hasPreviousPage) break;
      page = await list({ orderBy, last: 3, before: page.pageInfo.startCursor });
    }
    expect(backwards).toEqual(whole);
  });

  it("filters by experiment, device and status, and counts what matches", async () => {
    const filtered = await list({
      filter: { experiment: "fixture/steps", device: ["CPU", "WEBGPU"], status: "SUCCEEDED" },
      first: 1,
    });
    expect(filtered).toMatchObject({ totalCount: 4, nodes: [{ number: 7 }] });
    expect(await list({ filter: { device: "WEBGPU", status: "CANCELLED" } })).toMatchObject({
      totalCount: 1,
      nodes: [{ number: 6 }],
    });
    expect(await list({ filter: { status: [] } })).toMatchObject({ totalCount: 0, nodes: [] });
    expect(await list({ filter: { experiment: ["\0", "\ud800"] } })).toMatchObject({ totalCount: 0, nodes: [] });
  });

  it("still shows runs of experiments that are not installed any more", async () => {
    const { runs } = await started.client.request<{ runs: { nodes: unknown[] } }>(
      '{ runs(filter: { experiment: "gone/away" }, first: 1) { nodes { experimentId experiment { id } } } }',
    );
    expect(runs.nodes).toEqual([{ experimentId: "gone/away", experiment: null }]);
  });

  it("is part of its experiment", async () => {
    const { experiment } = await started.client.request<{ experiment: { runs: Page } }>(
      '{ experiment(id: "fixture/steps") { runs(filter: { device: CPU }) { totalCount nodes { number } } } }',
    );
    expect(experiment.runs).toEqual({ totalCount: 2, nodes: [{ number: 3 }, { number: 1 }] });
  });

  it("refuses a cursor of another order, or of none", async () => {
    const { pageInfo } = await list({ first: 1 });
    for (const after of [pageInfo.endCursor, "nonsense"])
      await expect(list({ after, orderBy: { field: "SECONDS", direction: "ASC" } })).rejects.toThrow(
        "This cursor does not belong",
      );
    await expect(list({ first: -1 })).rejects.toThrow("non-negative");
  });
});

describe("a run by its id", () => {
  it("is null when there is none", async () => {
    expect(
      await started.client.request(`{ a: run(id: "${randomUUID()}") { id } b: run(id: "x' or 1=1") { id } }`),
    ).toEqual({ a: null, b: null });
  });
});
