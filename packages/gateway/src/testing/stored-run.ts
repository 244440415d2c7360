import { randomUUID } from "node:crypto";
import type { Database } from "../storage/database.ts";
import { RunDoorbells } from "../storage/run-doorbells.ts";
import { type NewRun, RunWriter } from "../storage/run-writer.ts";
import type { StoredRun } from "../storage/tables.ts";

/** A run that is asked for, with what is hard to store. */
export const NEW_RUN: NewRun = {
  experiment: "fixture/steps",
  package: "gateway-fixture",
  device: "cpu",
  parameters: { text: 'quote " and \\ and \u2028', numbers: [1e-300, Number.MAX_SAFE_INTEGER] },
  seed: Number.MAX_SAFE_INTEGER,
  idempotencyKey: null,
};

/** Stores a run that has reported a curve, a table and a picture, and has ended. */
export async function storeRun(database: Database, picture: string): Promise<StoredRun> {
  const writer = new RunWriter(database, new RunDoorbells());
  const { run } = await writer.create({ ...NEW_RUN, idempotencyKey: randomUUID() });
  await writer.begin("cpu");
  const bytes = new TextEncoder().encode(picture);
  const hash = picture.padStart(64, "0");
  const empty = { name: null, step: null, value: null, payload: null };
  const values = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    5e-324,
    Number.MAX_VALUE,
    0.1 + 0.2,
  ];
  const points = values.map((value, index) => ({
    ...empty,
    sequence: index + 2,
    type: "point" as const,
    name: "line\nbreak",
    step: index,
    value,
  }));
  const sequence = points.length + 2;
  await writer.append(
    run.id,
    [
      ...points,
      { ...empty, sequence, type: "table", name: "table", payload: { columns: [{ name: "n" }], rows: [["NaN"], [1]] } },
      { ...empty, sequence: sequence + 1, type: "image", name: "image", payload: { hash, width: 1, height: 1 } },
    ],
    [{ hash, mediaType: "image/png", bytes }],
  );
  await writer.finish(run.id, { status: "FAILED", failure: { code: "UNEXPECTED", message: "no" } });
  return await database.selectFrom("runs").selectAll().where("id", "=", run.id).executeTakeFirstOrThrow();
}

/** Everything in a database, in a fixed order. */
export async function contentOf(database: Database) {
  return {
    runs: await database.selectFrom("runs").selectAll().orderBy("number").execute(),
    events: await database.selectFrom("runEvents").selectAll().orderBy("runId").orderBy("sequence").execute(),
    artefacts: (await database.selectFrom("artefacts").selectAll().orderBy("hash").execute()).map((artefact) => ({
      ...artefact,
      bytes: [...artefact.bytes],
    })),
    tokens: await database.selectFrom("apiTokens").selectAll().orderBy("name").execute(),
    audit: await database.selectFrom("auditLog").selectAll().orderBy("id").execute(),
    uses: await database.selectFrom("artefactUses").selectAll().orderBy("hash").orderBy("runId").execute(),
  };
}
