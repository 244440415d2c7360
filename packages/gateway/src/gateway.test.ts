import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Answer,
  finish,
  follow,
  startRun,
  startTestGateway,
  type TestGateway,
  type Update,
} from "./testing/test-gateway.ts";

let started: TestGateway;

beforeAll(async () => {
  started = await startTestGateway();
});
afterAll(async () => {
  await started?.[Symbol.asyncDispose]();
});

/** All points that updates carry, as `[series, step, value]`. */
function pointsOf(updates: readonly Update[]): unknown[][] {
  return updates
    .flatMap(({ series = [] }) => series)
    .flatMap(({ name, steps, values }) => steps.map((step: number, index: number) => [name, step, values[index]]));
}

describe("a run", () => {
  it("is told from its beginning to its end, and everything it reported arrives", async () => {
    const { client } = started;
    const { run } = await startRun(client, "steps", { parameters: { steps: 8, milliseconds: 20, target: 0 } });
    const updates = await follow(client, run.id);

    expect(updates[0]).toMatchObject({ __typename: "RunBegan", sequence: 1 });
    const [table] = updates.filter(({ __typename }) => __typename === "TableAdded");
    expect(table.table).toEqual({
      name: "powers",
      columns: [
        { name: "n", unit: null },
        { name: "n squared", unit: "m²" },
      ],
      rows: [
        [1, 1],
        [2, "NaN"],
        ["three", null],
      ],
    });
    expect(pointsOf(updates)).toEqual([
      ["edges", 0, "NaN"],
      ["edges", 1, "Infinity"],
      ["edges", 2, "-Infinity"],
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((step) => ["value", step, 1 / step]),
    ]);
    const progress = updates.filter(({ __typename }) => __typename === "RunProgressed");
    expect(progress.at(-1)!.progress).toEqual({ done: 8, total: 8, message: "step 8" });

    const { run: ended, sequence } = updates.at(-1)!;
    expect(ended).toMatchObject({
      status: "SUCCEEDED",
      lastSequence: sequence,
      failure: null,
      metrics: [
        { name: "steps", label: "steps", unit: null, better: null, value: 8 },
        { name: "lastValue", label: "last value", unit: "m", better: "LOWER", value: 1 / 8 },
        { name: "missing", label: "not measured", value: null },
      ],
      expectations: [
        { metric: "lastValue", relation: "AT_MOST", target: 0, actual: 1 / 8, met: false, source: "the fixture" },
        { metric: "steps", relation: "AT_LEAST", target: 1, actual: 8, met: true },
      ],
      expectationsMet: false,
    });
    expect(ended.seconds).toBeGreaterThan(0.16);
  });

  it("reads back as a whole after its end, with NaN and infinities", async () => {
    const { client } = started;
    const { run } = await startRun(client, "steps", { seed: Number.MAX_SAFE_INTEGER, parameters: { loud: true } });
    await finish(client, run.id);
    const { run: read } = await client.request<{ run: Record<string, never> }>(
      /* GraphQL */ `
        query ($id: ID!) {
          run(id: $id) {
            status seed parameters gitCommit deviceOf: device { kind name } hardware { cpu cores platform }
            versions { name version } experiment { id title }
            series(names: ["edges"]) { name length steps values }
            tables { name } images { name } heatmaps { name } notes { message at }
          }
        }
      `,
      { id: run.id },
    );
    expect(read).toMatchObject({
      status: "SUCCEEDED",
      seed: Number.MAX_SAFE_INTEGER,
      parameters: { steps: 5, milliseconds: 1, shape: "straight", loud: true, target: 1, offset: 0 },
      deviceOf: { kind: "CPU", name: expect.stringMatching(/^cpu: /) },
      experiment: { id: "fixture/steps", title: "Steps" },
      series: [{ name: "edges", length: 3, steps: [0, 1, 2], values: ["NaN", "Infinity", "-Infinity"] }],
      tables: [{ name: "powers" }],
      images: [{ name: "grey" }],
      heatmaps: [{ name: "plan" }],
    });
    expect(read.versions).toContainEqual({ name: "gateway-fixture", version: "1.2.3" });
    expect(read.notes).toHaveLength(5);
  });

  it("serves its pictures as PNG and its raw values as float32 under addresses that may be cached for ever", async () => {
    const { client, gateway } = started;
    const { run } = await startRun(client, "steps");
    const heatmap = (await follow(client, run.id)).find(({ __typename }) => __typename === "HeatmapAdded")!.heatmap;
    expect(heatmap).toMatchObject({ rows: 1, columns: 3, scale: "LOG", minimum: 1, maximum: 100, rowLabel: "i" });

    const picture = await fetch(gateway.url + heatmap.url);
    expect(picture.headers.get("content-type")).toBe("image/png");
    expect(picture.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    const signature = new Uint8Array(await picture.arrayBuffer()).subarray(0, 4);
    expect([...signature]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    const again = await fetch(gateway.url + heatmap.url, {
      headers: { "if-none-match": picture.headers.get("etag")! },
    });
    expect(again.status).toBe(304);

    const values = new Float32Array(await (await fetch(gateway.url + heatmap.valuesUrl)).arrayBuffer());
    expect([...values]).toEqual([1, Number.NaN, 100]);
    expect((await fetch(`${gateway.url}/artefacts/${"0".repeat(64)}.png`)).status).toBe(404);
  });

  it("may report text and numbers that neither the database nor JSON can hold", async () => {
    const { client } = started;
    const { run } = await startRun(client, "edges", { parameters: { text: "\0" } });
    const updates = await follow(client, run.id);
    const find = (type: string) => updates.find(({ __typename }) => __typename === type)!;
    expect(find("NoteAdded").note.message).toBe("nul \uFFFD and half a pair \uFFFD");
    expect(find("PointsAdded").series).toMatchObject([{ name: "nul \uFFFD", steps: ["Infinity"], values: [0] }]);
    expect(find("TableAdded").table).toMatchObject({ name: "nul \uFFFD", rows: [["\uFFFD"]] });
    expect(find("RunProgressed").progress).toEqual({ done: 1, total: "Infinity", message: "\uFFFD" });
    expect(find("RunFinished").run).toMatchObject({ status: "SUCCEEDED" });
  });

  it("that throws is FAILED with what it threw, keeps what it had reported, and its stack stays here", async () => {
    const { client, logged } = started;
    const { run } = await startRun(client, "fails");
    const updates = await follow(client, run.id);
    expect(pointsOf(updates)).toEqual([["before", 0, 1]]);
    expect(updates.at(-1)!.run).toMatchObject({
      status: "FAILED",
      failure: { code: "UNEXPECTED", message: "TypeError: this is what it does" },
      expectationsMet: null,
    });
    expect(logged.join("\n")).toContain("fixture/experiments.ts");
  });

  it("that takes its thread down is FAILED, and the next run has a new thread", async () => {
    const { client } = started;
    const { run } = await startRun(client, "crashes");
    const { run: next } = await startRun(client, "steps");
    expect(await finish(client, run.id)).toMatchObject({
      status: "FAILED",
      failure: { code: "CRASHED", message: expect.stringContaining("nobody catches this") },
    });
    expect(await finish(client, next.id)).toMatchObject({ status: "SUCCEEDED" });
  });
});

describe("runUpdates", () => {
  it("loses and doubles nothing when a client comes back with the last sequence it has seen", async () => {
    const { client } = started;
    const { run } = await startRun(client, "steps", { parameters: { steps: 30, milliseconds: 20, loud: true } });
    const updates: Update[] = [];
    // Hangs up after every third update, live and in the middle of a stretch alike.
    while (updates.at(-1)?.__typename !== "RunFinished") {
      let seen = 0;
      updates.push(
        ...(await follow(client, run.id, { after: updates.at(-1)?.sequence ?? 0, until: () => ++seen === 3 })),
      );
    }
    expect(pointsOf(updates).filter(([name]) => name === "value")).toEqual(
      Array.from({ length: 30 }, (_, index) => ["value", index + 1, 1 / (index + 1)]),
    );
    const notes = updates.flatMap(({ note }) => (note ? [note.message] : []));
    expect(notes).toEqual(Array.from({ length: 30 }, (_, index) => `step ${index + 1}`));
    expect(await follow(client, run.id, { after: updates.at(-1)!.sequence })).toEqual([]);
  });

  it("goes on where a query left off", async () => {
    const { client } = started;
    const { run } = await startRun(client, "steps", { parameters: { steps: 40, milliseconds: 15 } });
    await follow(client, run.id, {
      until: ({ series }) => series?.some(({ name }: { name: string }) => name === "value"),
    });
    const { run: read } = await client.request<{ run: { lastSequence: number; series: Update[] } }>(
      'query ($id: ID!) { run(id: $id) { lastSequence series(names: ["value"]) { name steps values } } }',
      { id: run.id },
    );
    const rest = await follow(client, run.id, { after: read.lastSequence });
    const before = pointsOf([{ __typename: "", sequence: 0, series: read.series }]);
    expect([...before, ...pointsOf(rest)].map(([, step]) => step)).toEqual(
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
  });

  it("sends at most twenty messages a second however often an experiment reports", async () => {
    const { client } = started;
    const { run } = await startRun(client, "steps", { parameters: { steps: 700, milliseconds: 1 } });
    const begin = performance.now();
    const updates = await follow(client, run.id);
    const seconds = (performance.now() - begin) / 1000;
    // The beginning, the end, table, image and heat map come on top.
    expect(updates.length - 5).toBeLessThanOrEqual(20 * seconds + 2);
    expect(pointsOf(updates)).toHaveLength(703);
  });

  it("answers an unknown id with UnknownRun and ends", async () => {
    const { client } = started;
    for (const id of ["00000000-0000-0000-0000-000000000000", "nonsense"])
      expect(await follow(client, id)).toEqual([
        { __typename: "UnknownRun", message: `There is no run "${id}".`, path: ["id"] },
      ]);
  });
});

const CANCEL = /* GraphQL */ `
  mutation ($id: ID!) {
    cancelRun(id: $id) {
      __typename
      ... on CancellationRequested { run { id status cancelRequestedAt } }
      ... on RunAlreadyFinished { run { id } }
      ... on UserError { message path }
    }
  }
`;

async function cancel(id: string) {
  return (await started.client.request<Answer>(CANCEL, { id })).cancelRun;
}

describe("cancelRun", () => {
  it("stops a running experiment through its signal, and a queued one before it begins", async () => {
    const { client } = started;
    const { run: running } = await startRun(client, "steps", { parameters: { steps: 10_000, milliseconds: 10 } });
    const { run: queued } = await startRun(client, "steps");
    await follow(client, running.id, { until: ({ __typename }) => __typename === "PointsAdded" });

    expect(await cancel(queued.id)).toMatchObject({
      __typename: "CancellationRequested",
      run: { status: "CANCELLED" },
    });
    expect(await follow(client, queued.id)).toMatchObject([
      { __typename: "RunFinished", sequence: 1, run: { status: "CANCELLED" } },
    ]);

    expect(await cancel(running.id)).toMatchObject({ __typename: "CancellationRequested", run: { status: "RUNNING" } });
    expect(await finish(client, running.id)).toMatchObject({ status: "CANCELLED", failure: null });
    expect(await cancel(running.id)).toMatchObject({
      __typename: "RunAlreadyFinished",
      message: `Run ${running.number} has already ended: cancelled.`,
      path: ["id"],
      run: { id: running.id },
    });
  });

  it("ends the thread of an experiment that does not listen within 5 s, and goes on with the next", async () => {
    const { client } = started;
    const { run } = await startRun(client, "blocks");
    const { run: next } = await startRun(client, "steps");
    await follow(client, run.id, { until: ({ __typename }) => __typename === "NoteAdded" });
    const asked = performance.now();
    await cancel(run.id);
    const updates = await follow(client, run.id);
    expect(performance.now() - asked).toBeLessThan(7000);
    expect(updates.at(-1)!.run).toMatchObject({ status: "CANCELLED" });
    expect(updates.at(-2)!.note.message).toBe("The experiment did not stop when asked to; its thread was ended.");
    expect(await finish(client, next.id)).toMatchObject({ status: "SUCCEEDED" });
  });

  it("answers an unknown id with UnknownRun", async () => {
    expect(await cancel("nonsense")).toMatchObject({ __typename: "UnknownRun", path: ["id"] });
  });
});
