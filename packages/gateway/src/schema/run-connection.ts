import { resolveCursorConnection } from "@pothos/plugin-relay";
import { GraphQLError } from "graphql";
import type { RunFilter, RunOrder } from "../storage/run-reader.ts";
import type { StoredRun } from "../storage/tables.ts";
import type { Builder, GraphQLContext } from "./builder.ts";
import type { Vocabulary } from "./vocabulary.ts";

const RUN_PAGE = { defaultSize: 50, maxSize: 200 };

export type RunArguments = ReturnType<typeof addRunArguments>;

/** What every list of runs can be asked. */
export function addRunArguments(builder: Builder, { deviceKind, runStatus }: Vocabulary) {
  const field = builder.enumType("RunOrderField", {
    values: {
      CREATED_AT: { value: "createdAt" },
      SECONDS: { value: "seconds", description: "How long the experiment took; runs without a duration come last." },
    } as const,
  });
  const direction = builder.enumType("OrderDirection", {
    values: { ASC: { value: "asc" }, DESC: { value: "desc" } } as const,
  });
  const filter = builder.inputType("RunFilter", {
    description: "Runs that match every given field; a field matches any member of its list.",
    fields: (t) => ({
      experiment: t.idList(),
      device: t.field({ type: [deviceKind] }),
      status: t.field({ type: [runStatus] }),
    }),
  });
  const order = builder.inputType("RunOrder", {
    fields: (t) => ({
      field: t.field({ type: field, required: true }),
      direction: t.field({ type: direction, required: true }),
    }),
  });
  return builder.args((t) => ({
    filter: t.field({ type: filter }),
    orderBy: t.field({ type: order, required: true, defaultValue: { field: "createdAt", direction: "desc" } as const }),
  }));
}

/** The query `runs`. */
export function addRunsQuery(builder: Builder, vocabulary: Vocabulary, runArguments: RunArguments): void {
  builder.queryField("runs", (t) =>
    t.connection(
      {
        type: "Run",
        description: "Runs, newest first unless ordered otherwise; 50 at a time, 200 at most.",
        args: runArguments,
        resolve: (_root, args, context) => resolveRuns(args, context),
      },
      vocabulary.runs,
    ),
  );
}

interface RunsRequest {
  first?: number | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  after?: string | null | undefined;
  filter?: RunFilter | null | undefined;
  orderBy: RunOrder;
}

/** A page of runs, by position and not by offset: runs created meanwhile shift nothing. */
export async function resolveRuns({ filter, orderBy, ...args }: RunsRequest, { runs }: GraphQLContext) {
  const page = await resolveCursorConnection<Promise<StoredRun[]>>(
    { args, ...RUN_PAGE, toCursor: (run) => encodeCursor(run, orderBy) },
    ({ before, after, limit, inverted }) =>
      runs.list({
        filter: filter ?? {},
        order: orderBy,
        after: decodeCursor(after, orderBy),
        before: decodeCursor(before, orderBy),
        limit,
        inverted,
      }),
  );
  return { ...page, totalCount: () => runs.count(filter ?? {}) };
}

/** Where a run stands in an order: the value it is ordered by (null: none yet), then its number. */
function encodeCursor(run: StoredRun, order: RunOrder): string {
  const position = order.field === "seconds" ? [order.field, run.seconds, run.number] : [order.field, null, run.number];
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

function decodeCursor(cursor: string | undefined, order: RunOrder) {
  if (cursor === undefined) return undefined;
  try {
    const [field, seconds, number] = JSON.parse(Buffer.from(cursor, "base64url").toString());
    if (field === order.field && Number.isSafeInteger(number) && (seconds === null || Number.isFinite(seconds)))
      return { seconds: seconds as number | null, number: number as number };
  } catch {}
  throw new GraphQLError("This cursor does not belong to a list of runs in this order.", {
    extensions: { code: "INVALID_CURSOR" },
  });
}
