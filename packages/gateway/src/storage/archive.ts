import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { sql, type Transaction } from "kysely";
import { GatewayError } from "../errors.ts";
import type { Database } from "./database.ts";
import { isKnownMigration, migrate, newestMigration } from "./migrations.ts";
import type { Tables } from "./tables.ts";

/** First line of an archive. */
interface ArchiveHeader {
  readonly format: "ansatz-gateway-archive";
  /** The newest migration of the tables it was made from. */
  readonly migration: string;
}

/** The order in which tables can be filled, and how many rows are fetched at once. */
const TABLES = [
  { name: "runs", rows: 500 },
  { name: "run_events", rows: 2000 },
  { name: "artefacts", rows: 4 },
  { name: "artefact_uses", rows: 2000 },
  { name: "api_tokens", rows: 500 },
  { name: "audit_log", rows: 500 },
] as const;

type TableName = (typeof TABLES)[number]["name"];

/** Rows go into the database in statements of about this many characters. */
const INSERT_CHARACTERS = 4 * 2 ** 20;

/**
 * Writes everything a database holds into a file, as it is at one moment: gzipped lines of JSON, a header first, then `{table, row}`.
 * The file appears complete or not at all. PostgreSQL itself writes the rows, so both engines' archives are the same.
 * @returns how many runs.
 * @throws GatewayError `DATABASE_UNUSABLE` when the database is empty.
 */
export async function exportDatabase(database: Database, file: string): Promise<number> {
  const migration = await newestMigration(database);
  if (migration === undefined)
    throw new GatewayError(
      "DATABASE_UNUSABLE",
      "There is nothing to export: no gateway has been at work in this database.",
    );
  const header: ArchiveHeader = { format: "ansatz-gateway-archive", migration };
  const draft = `${file}.${process.pid}.part`;
  let runs = 0;
  try {
    await database
      .transaction()
      .setIsolationLevel("repeatable read")
      .execute(async (transaction) => {
        async function* lines() {
          yield `${JSON.stringify(header)}\n`;
          for (const { name, rows } of await tablesOf(transaction))
            for await (const row of readRows(transaction, name, rows)) {
              if (name === "runs") runs++;
              yield `{"table":"${name}","row":${row}}\n`;
            }
        }
        await pipeline(Readable.from(lines()), createGzip(), createWriteStream(draft));
      });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return runs;
}

/** Tables that exist: an archive may be made before a database is brought up to date. */
async function tablesOf(transaction: Transaction<Tables>): Promise<readonly (typeof TABLES)[number][]> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = current_schema()
  `.execute(transaction);
  return TABLES.filter((table) => rows.some(({ name }) => name === table.name));
}

/** The rows of a table as JSON. */
async function* readRows(transaction: Transaction<Tables>, table: TableName, atOnce: number): AsyncGenerator<string> {
  await sql`declare archive no scroll cursor for select row_to_json(${sql.ref(table)})::text as row from ${sql.table(table)}`.execute(
    transaction,
  );
  const fetchRows = sql<{ row: string }>`fetch forward ${sql.lit(atOnce)} from archive`;
  for (
    let { rows } = await fetchRows.execute(transaction);
    rows.length > 0;
    { rows } = await fetchRows.execute(transaction)
  )
    for (const { row } of rows) yield row;
  await sql`close archive`.execute(transaction);
}

/**
 * Fills a new database with what an archive holds, and brings it up to date. The rows are there afterwards, or none of them.
 * @returns how many runs.
 * @throws GatewayError `DATABASE_UNUSABLE` when the database is not new, `ARCHIVE_UNUSABLE` when the file is damaged, no archive or a newer gateway's.
 */
export async function importDatabase(database: Database, file: string): Promise<number> {
  let runs = 0;
  try {
    await pipeline(createReadStream(file), createGunzip(), async (source: AsyncIterable<Uint8Array>) => {
      const lines = splitLines(source);
      const { migration } = checkHeader((await lines.next()).value, file);
      await prepare(database, migration);
      runs = await database.transaction().execute((transaction) => insertLines(transaction, lines));
    });
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (!(error instanceof SyntaxError) && !/^(Z_|ENOENT|EACCES|EISDIR)/.test(code)) throw error;
    throw new GatewayError("ARCHIVE_UNUSABLE", `${file} cannot be read (${message}).`, { cause: error });
  }
  await migrate(database);
  return runs;
}

function checkHeader(line: string | undefined, file: string): ArchiveHeader {
  const header: Partial<ArchiveHeader> = JSON.parse(line ?? "{}");
  if (header.format !== "ansatz-gateway-archive" || header.migration === undefined)
    throw new GatewayError("ARCHIVE_UNUSABLE", `${file} is not an archive of \`ansatz-gateway export\`.`);
  if (isKnownMigration(header.migration)) return header as ArchiveHeader;
  const message = `${file} comes from a newer version of @ansatz/gateway (migration ${header.migration}). Update this one.`;
  throw new GatewayError("ARCHIVE_UNUSABLE", message);
}

/** Gives an empty database the tables the archive was made from. */
async function prepare(database: Database, migration: string): Promise<void> {
  const newest = await newestMigration(database);
  if (newest !== undefined && (newest > migration || (await hasRuns(database))))
    throw new GatewayError(
      "DATABASE_UNUSABLE",
      "An archive is imported into a new database only, and a gateway has been at work in this one. Choose another with ANSATZ_DATA or DATABASE_URL.",
    );
  await migrate(database, migration);
}

async function hasRuns(database: Database): Promise<boolean> {
  return (await database.selectFrom("runs").select("id").limit(1).executeTakeFirst()) !== undefined;
}

/** Inserts the rows, many at a time. */
async function insertLines(transaction: Transaction<Tables>, lines: AsyncIterable<string>): Promise<number> {
  let runs = 0;
  let table: TableName | undefined;
  let rows: string[] = [];
  let characters = 0;
  const flush = async () => {
    if (table && rows.length > 0) await insertRows(transaction, table, rows);
    rows = [];
    characters = 0;
  };
  for await (const line of lines) {
    const next = TABLES.find(({ name }) => line.startsWith(`{"table":"${name}","row":`))?.name;
    if (!next) throw new SyntaxError(`unexpected line ${JSON.stringify(line.slice(0, 40))}`);
    if (next !== table || characters > INSERT_CHARACTERS) await flush();
    table = next;
    rows.push(line.slice(`{"table":"${next}","row":`.length, -1));
    characters += line.length;
    if (table === "runs") runs++;
  }
  await flush();
  await continueCounting(transaction);
  return runs;
}

/** Lets the columns that count by themselves go on after the numbers that were imported. */
async function continueCounting(transaction: Transaction<Tables>): Promise<void> {
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as "table", column_name as "column" from information_schema.columns
    where table_schema = current_schema() and is_identity = 'YES'
  `.execute(transaction);
  for (const { table, column } of rows)
    await sql`
      select setval(pg_get_serial_sequence(${table}, ${column}), greatest(max(${sql.ref(column)}), 1), max(${sql.ref(column)}) is not null)
      from ${sql.table(table)}
    `.execute(transaction);
}

async function insertRows(transaction: Transaction<Tables>, table: TableName, rows: readonly string[]): Promise<void> {
  const name = sql.table(table);
  await sql`insert into ${name} overriding system value select * from json_populate_recordset(null::${name}, ${`[${rows.join(",")}]`}::json)`.execute(
    transaction,
  );
}

/** A line may be a picture of many megabytes, so its pieces are joined once, when it is complete. */
async function* splitLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  for await (const bytes of source) {
    const [first, ...others] = decoder.decode(bytes, { stream: true }).split("\n");
    pieces.push(first);
    for (const piece of others) {
      yield pieces.join("");
      pieces = [piece];
    }
  }
  if (pieces.some((piece) => piece !== "")) throw new SyntaxError("its last line is cut off");
  return undefined;
}
