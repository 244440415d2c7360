import { fileURLToPath } from "node:url";
import { GraphQLClient } from "../command/graphql-client.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../gateway.ts";
import type { Log } from "../log.ts";
import type { StorageLocation } from "../storage/database.ts";
import { temporaryStorage } from "./test-storage.ts";

/** The package whose experiments the tests run. */
export const FIXTURE = fileURLToPath(new URL("./fixture", import.meta.url));

/** A real gateway on a free port, with the fixture's experiments and an empty database. */
export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly client: GraphQLClient;
  /** What it told its operator. */
  readonly logged: readonly string[];
}

export async function startTestGateway(
  location?: StorageLocation,
  options: Partial<GatewayOptions> = {},
): Promise<TestGateway> {
  await using resources = new AsyncDisposableStack();
  const storage = location ?? resources.use(await temporaryStorage()).location;
  const logged: string[] = [];
  const log: Log = {
    info: (message) => logged.push(message),
    error: (message, cause) => logged.push(`${message} ${cause ?? ""}`),
  };
  const gateway = resources.use(
    await createGateway({ anonymous: ["read", "run"], ...options, ...storage, packagesFrom: FIXTURE, port: 0, log }),
  );
  const open = resources.move();
  return { gateway, logged, client: new GraphQLClient(gateway.url), [Symbol.asyncDispose]: () => open.disposeAsync() };
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever has come.
export type Answer = any;

/** All runs, oldest first. */
export const RUN_LIST =
  "{ runs(orderBy: { field: CREATED_AT, direction: ASC }) { nodes { number status failure { code message } series { length } } } }";

export interface RunList {
  readonly runs: { readonly nodes: readonly { readonly series: readonly { readonly length: number }[] }[] };
}

/** One update of `runUpdates`, with the fields of the document below. */
export interface Update {
  readonly __typename: string;
  readonly sequence: number;
  readonly [field: string]: Answer;
}

const RUN_UPDATES = /* GraphQL */ `
  subscription ($id: ID!, $after: Int! = 0) {
    runUpdates(id: $id, after: $after) {
      __typename
      ... on RunEvent { sequence }
      ... on RunBegan { run { status } }
      ... on RunProgressed { progress { done total message } }
      ... on PointsAdded { series { name length steps values } }
      ... on TableAdded { table { name columns { name unit } rows } }
      ... on ImageAdded { image { name caption width height url } }
      ... on HeatmapAdded { heatmap { name rows columns scale minimum maximum url valuesUrl rowLabel } }
      ... on NoteAdded { note { message } }
      ... on RunFinished {
        run {
          status seconds lastSequence progress { done total }
          failure { code message }
          metrics { name label unit better value }
          expectations { metric relation target actual met source }
          expectationsMet
        }
      }
      ... on UserError { message path }
    }
  }
`;

const START = /* GraphQL */ `
  mutation ($input: StartRunInput!) {
    startRun(input: $input) {
      __typename
      ... on RunStarted { replayed run { id number status parameters seed idempotencyKey } }
      ... on UserError { message path }
      ... on UnknownExperiment { experiment }
      ... on InvalidParameters { issues { path message expected actual } }
      ... on DeviceUnavailable { device reason remedy }
      ... on IdempotencyConflict { run { id } }
    }
  }
`;

/** `startRun` of a fixture experiment on the CPU. */
export async function startRun(
  client: GraphQLClient,
  experiment: string,
  input: Record<string, unknown> = {},
): Promise<Answer> {
  const variables = { input: { experiment: `fixture/${experiment}`, device: "CPU", ...input } };
  return (await client.request<{ startRun: unknown }>(START, variables)).startRun;
}

/** Follows a run; stops early when `until` says so. */
export async function follow(
  client: GraphQLClient,
  id: string,
  { after = 0, until = () => false }: { after?: number; until?: (update: Update) => boolean } = {},
): Promise<Update[]> {
  const updates: Update[] = [];
  for await (const { runUpdates } of client.subscribe<{ runUpdates: Update }>(RUN_UPDATES, { id, after })) {
    updates.push(runUpdates);
    if (until(runUpdates)) break;
  }
  return updates;
}

/** The run as it ended. */
export async function finish(client: GraphQLClient, id: string) {
  return (await follow(client, id)).at(-1)!.run;
}
