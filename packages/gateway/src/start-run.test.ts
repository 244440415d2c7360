import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GraphQLRequestError } from "./command/graphql-client.ts";
import { finish, startRun, startTestGateway, type TestGateway } from "./testing/test-gateway.ts";

let started: TestGateway;

beforeAll(async () => {
  started = await startTestGateway();
});
afterAll(async () => {
  await started?.[Symbol.asyncDispose]();
});

describe("startRun", () => {
  it("queues the run with its defaults filled in", async () => {
    const answer = await startRun(started.client, "steps", { parameters: { steps: 2 }, seed: 7 });
    expect(answer).toMatchObject({
      __typename: "RunStarted",
      replayed: false,
      run: { status: "QUEUED", seed: 7, parameters: { steps: 2, shape: "straight", loud: false } },
    });
    await finish(started.client, answer.run.id);
  });

  it("takes parameters written into the document, too", async () => {
    const answer = await started.client.request<{ startRun: unknown }>(
      'mutation { startRun(input: { experiment: "fixture/steps", device: CPU, parameters: { steps: 2, loud: true, target: 1.5 } }) { ... on RunStarted { run { parameters } } } }',
    );
    expect(answer).toMatchObject({ startRun: { run: { parameters: { steps: 2, loud: true, target: 1.5 } } } });
  });

  it("answers an experiment that is not installed with UnknownExperiment", async () => {
    expect(await startRun(started.client, "nothing")).toEqual({
      __typename: "UnknownExperiment",
      experiment: "fixture/nothing",
      message: 'There is no experiment "fixture/nothing" in the installed packages.',
      path: ["input", "experiment"],
    });
  });

  it("answers wrong parameters with InvalidParameters: every issue with its path", async () => {
    const parameters = { steps: 0, milliseconds: "soon", shape: "round", colour: "red" };
    const answer = await startRun(started.client, "steps", { parameters });
    expect(answer).toMatchObject({ __typename: "InvalidParameters", path: ["input", "parameters"] });
    const issues = Object.fromEntries(answer.issues.map((issue: { path: string[] }) => [issue.path.join("."), issue]));
    expect(Object.keys(issues).sort()).toEqual([
      "input.parameters.colour",
      "input.parameters.milliseconds",
      "input.parameters.shape",
      "input.parameters.steps",
    ]);
    expect(issues["input.parameters.steps"]).toMatchObject({
      message: "steps: expected an integer from 1 to 10000, got 0",
      expected: "an integer from 1 to 10000",
      actual: "0",
    });
  });

  it.each([
    ["a list", [1]],
    ["text", "steps"],
  ])("answers parameters that are %s with InvalidParameters", async (_what, parameters) => {
    const answer = await startRun(started.client, "steps", { parameters });
    expect(answer).toMatchObject({ __typename: "InvalidParameters", issues: [{ path: ["input", "parameters"] }] });
  });

  it("answers a negative seed and a key of no, too many or unprintable characters with InvalidInput", async () => {
    expect(await startRun(started.client, "steps", { seed: -1 })).toMatchObject({
      __typename: "InvalidInput",
      message: "seed: expected an integer from 0 to 2^53 - 1, got -1",
      path: ["input", "seed"],
    });
    for (const idempotencyKey of ["", "k".repeat(201), "nul \0", "half a pair \ud800"])
      expect(await startRun(started.client, "steps", { idempotencyKey })).toMatchObject({
        __typename: "InvalidInput",
        path: ["input", "idempotencyKey"],
      });
  });

  it("refuses a seed that a double cannot hold as a GraphQL error", async () => {
    const asked = startRun(started.client, "steps", { seed: 2 ** 53 });
    await expect(asked).rejects.toThrow("SafeInteger cannot be 9007199254740992");
  });

  it("refuses a kind of device that does not exist before anything is executed", async () => {
    await expect(startRun(started.client, "steps", { device: "ABACUS" })).rejects.toThrow("DeviceKind");
  });
});

describe("devices", () => {
  it("lists every kind, with what it is or why it is not there", async () => {
    const { devices } = await started.client.request<{ devices: Record<string, unknown>[] }>(
      "{ devices { kind available name dtypes details reason remedy } }",
    );
    expect(devices.map(({ kind }) => kind)).toEqual(["CPU", "WEBGPU", "TENSORFLOW"]);
    expect(devices[0]).toMatchObject({
      available: true,
      name: expect.stringMatching(/^cpu: /),
      dtypes: expect.arrayContaining(["float32", "float64"]),
      reason: null,
      remedy: null,
    });
    for (const { available, name, reason, remedy } of devices)
      if (!available) expect([name, typeof reason, typeof remedy]).toEqual([null, "string", "string"]);
  });
});

describe("an idempotency key", () => {
  it("starts one run however often and however concurrently it is sent", async () => {
    const input = { idempotencyKey: "once", parameters: { steps: 3 } };
    const answers = await Promise.all(Array.from({ length: 10 }, () => startRun(started.client, "steps", input)));
    const ids = new Set(answers.map(({ run }) => run.id));
    expect(ids.size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    await finish(started.client, answers[0].run.id);
    const later = await startRun(started.client, "steps", input);
    expect(later).toMatchObject({ __typename: "RunStarted", replayed: true, run: { status: "SUCCEEDED" } });
  });

  it("counts an omitted parameter and its default as the same request", async () => {
    const first = await startRun(started.client, "steps", { idempotencyKey: "default" });
    const second = await startRun(started.client, "steps", { idempotencyKey: "default", parameters: { loud: false } });
    expect(second).toMatchObject({ replayed: true, run: { id: first.run.id } });
  });

  it.each([
    ["other parameters", { parameters: { steps: 4 } }],
    ["another seed", { seed: 1 }],
    ["another experiment", { experiment: "fixture/fails" }],
  ])("is refused with %s, naming the run that has it", async (_what, other) => {
    const first = await startRun(started.client, "steps", { idempotencyKey: "taken" });
    expect(await startRun(started.client, "steps", { idempotencyKey: "taken", ...other })).toEqual({
      __typename: "IdempotencyConflict",
      run: { id: first.run.id },
      message: `The idempotency key "taken" belongs to run ${first.run.number}, which was asked for with other inputs.`,
      path: ["input", "idempotencyKey"],
    });
  });
});

describe("the typed mutation of an experiment", () => {
  const mutation = (parameters: string) => /* GraphQL */ `
    mutation {
      startFixtureSteps(input: { device: CPU, parameters: ${parameters} }) {
        __typename
        ... on RunStarted { run { id parameters } }
        ... on UserError { message path }
        ... on InvalidParameters { issues { path } }
      }
    }
  `;

  it("takes parameters with their types and names of choices as an enum", async () => {
    const { startFixtureSteps } = await started.client.request<Record<string, { run: Record<string, unknown> }>>(
      mutation("{ steps: 2, shape: BENT_UPWARDS, target: 1e3, offset: -9007199254740991 }"),
    );
    expect(startFixtureSteps.run.parameters).toEqual({
      steps: 2,
      shape: "bent-upwards",
      milliseconds: 1,
      loud: false,
      target: 1000,
      offset: -9_007_199_254_740_991,
    });
  });

  it("checks ranges as data, with the same paths as startRun", async () => {
    const { startFixtureSteps } = await started.client.request<Record<string, unknown>>(mutation("{ steps: 0 }"));
    expect(startFixtureSteps).toMatchObject({
      __typename: "InvalidParameters",
      issues: [{ path: ["input", "parameters", "steps"] }],
    });
  });

  it("refuses wrong types and unknown names before anything is executed", async () => {
    for (const parameters of ['{ steps: "two" }', "{ colour: 1 }", "{ shape: ROUND }"])
      await expect(started.client.request(mutation(parameters))).rejects.toThrow(GraphQLRequestError);
  });

  it("needs no parameters at all", async () => {
    const { startFixtureFails } = await started.client.request<Record<string, unknown>>(
      "mutation { startFixtureFails(input: { device: CPU }) { __typename } }",
    );
    expect(startFixtureFails).toEqual({ __typename: "RunStarted" });
  });
});
