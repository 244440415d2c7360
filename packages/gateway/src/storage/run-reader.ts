import type { RunStatus } from "@ansatz/lab";
import type { DeviceKind } from "@ansatz/tensor";
import { type RawBuilder, type SelectQueryBuilder, sql } from "kysely";
import type { Database } from "./database.ts";
import {
  collectSeries,
  type Heatmap,
  type Image,
  type Note,
  type Series,
  type Table,
  toHeatmap,
  toImage,
  toNote,
  toTable,
} from "./observations.ts";
import { storableText } from "./storable-text.ts";
import type { Artefact, RunEventType, StoredEvent, StoredRun, Tables } from "./tables.ts";

/** Runs that match every given field; a field matches any member of its list. */
export interface RunFilter {
  readonly experiment?: readonly string[] | null | undefined;
  readonly device?: readonly DeviceKind[] | null | undefined;
  readonly status?: readonly RunStatus[] | null | undefined;
}

export interface RunOrder {
  readonly field: "createdAt" | "seconds";
  readonly direction: "asc" | "desc";
}

/** Where a run stands in an order. */
type RunPosition = Pick<StoredRun, "seconds" | "number">;

export interface RunPage {
  readonly filter: RunFilter;
  readonly order: RunOrder;
  /** Only runs behind this position. */
  readonly after?: RunPosition | undefined;
  /** Only runs before this position. */
  readonly before?: RunPosition | undefined;
  readonly limit: number;
  /** Read the page from its end. */
  readonly inverted: boolean;
}

/** Counting stops here, so that a list over a long history stays quick. */
const COUNT_LIMIT = 10_000;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Everything that is read about runs. */
export class RunReader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(id: string): Promise<StoredRun | undefined> {
    if (!UUID.test(id)) return undefined;
    return await this.#database.selectFrom("runs").selectAll().where("id", "=", id).executeTakeFirst();
  }

  async findByKey(idempotencyKey: string): Promise<StoredRun | undefined> {
    return await this.#database
      .selectFrom("runs")
      .selectAll()
      .where("idempotencyKey", "=", idempotencyKey)
      .executeTakeFirst();
  }

  /** A page of runs, in order, or in reverse order when `inverted`. */
  async list({ filter, order, after, before, limit, inverted }: RunPage): Promise<StoredRun[]> {
    const forward = order.direction;
    const backward = forward === "asc" ? "desc" : "asc";
    const direction = inverted ? backward : forward;
    const key = orderKey(order);
    let query = matching(this.#database.selectFrom("runs"), filter).selectAll();
    if (after) query = query.where(isBehind(order, after, forward));
    if (before) query = query.where(isBehind(order, before, backward));
    if (key) query = query.orderBy(key, direction);
    return await query.orderBy("number", direction).limit(limit).execute();
  }

  /** How many runs match, at most 10 000. */
  async count(filter: RunFilter): Promise<number> {
    const { count } = await this.#database
      .selectFrom(matching(this.#database.selectFrom("runs"), filter).select("id").limit(COUNT_LIMIT).as("matches"))
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** How many runs wait or are in progress. */
  async countUnfinished(): Promise<number> {
    const { count } = await this.#database
      .selectFrom("runs")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where(sql.ref("status"), "in", sql`('QUEUED', 'RUNNING')`)
      .executeTakeFirstOrThrow();
    return Number(count);
  }

  /** The events behind `sequence`, oldest first. */
  async eventsAfter(runId: string, sequence: number, limit: number): Promise<StoredEvent[]> {
    return await this.#database
      .selectFrom("runEvents")
      .selectAll()
      .where("runId", "=", runId)
      .where("sequence", ">", sequence)
      .orderBy("sequence")
      .limit(limit)
      .execute();
  }

  /** The curves of a run as it was when `run` was read. */
  async series(run: StoredRun, names?: readonly string[]): Promise<Series[]> {
    let query = this.#eventsOf(run, "point").select(["name", "step", "value"]);
    if (names) query = query.where("name", "in", oneOf(names));
    return collectSeries(await query.execute());
  }

  async tables(run: StoredRun): Promise<Table[]> {
    return (await this.#eventsOf(run, "table").selectAll().execute()).map(toTable);
  }

  async images(run: StoredRun): Promise<Image[]> {
    return (await this.#eventsOf(run, "image").selectAll().execute()).map(toImage);
  }

  async heatmaps(run: StoredRun): Promise<Heatmap[]> {
    return (await this.#eventsOf(run, "heatmap").selectAll().execute()).map(toHeatmap);
  }

  async notes(run: StoredRun): Promise<Note[]> {
    return (await this.#eventsOf(run, "note").selectAll().execute()).map(toNote);
  }

  /** Whether the database answers. */
  async answers(): Promise<boolean> {
    return await sql`select 1`.execute(this.#database).then(
      () => true,
      () => false,
    );
  }

  async artefact(hash: string): Promise<Artefact | undefined> {
    return await this.#database.selectFrom("artefacts").selectAll().where("hash", "=", hash).executeTakeFirst();
  }

  /** Events up to the run's `lastSequence`, so that everything read through one `run` is of one moment. */
  #eventsOf(run: StoredRun, type: RunEventType) {
    return this.#database
      .selectFrom("runEvents")
      .where("runId", "=", run.id)
      .where("type", "=", type)
      .where("sequence", "<=", run.lastSequence)
      .orderBy("sequence");
  }
}

function matching<Output>(query: SelectQueryBuilder<Tables, "runs", Output>, filter: RunFilter) {
  let matches = query;
  if (filter.experiment) matches = matches.where("experiment", "in", oneOf(filter.experiment));
  if (filter.device) matches = matches.where("device", "in", oneOf(filter.device));
  if (filter.status) matches = matches.where("status", "in", oneOf(filter.status));
  return matches;
}

/** SQL has no empty list; nothing is in a list of null. */
function oneOf<Value extends string>(values: readonly Value[]): readonly Value[] | RawBuilder<Value> {
  return values.length > 0 ? values.map((value) => storableText(value) as Value) : sql<Value>`(null)`;
}

/** What comes before `number` in an order. Runs without a duration come last in either direction. */
function orderKey({ field, direction }: RunOrder): RawBuilder<number> | undefined {
  return field === "seconds"
    ? sql<number>`coalesce(seconds, ${sql.lit(missingSeconds(direction))}::float8)`
    : undefined;
}

function missingSeconds(direction: RunOrder["direction"]): string {
  return direction === "asc" ? "Infinity" : "-Infinity";
}

function isBehind(order: RunOrder, position: RunPosition, direction: "asc" | "desc"): RawBuilder<boolean> {
  const relation = sql.raw(direction === "asc" ? ">" : "<");
  const key = orderKey(order);
  if (!key) return sql<boolean>`number ${relation} ${position.number}`;
  const seconds = position.seconds ?? Number(missingSeconds(order.direction));
  return sql<boolean>`(${key}, number) ${relation} (${seconds}::float8, ${position.number}::integer)`;
}
