import { sql } from "kysely";
import { describe, expect, it } from "vitest";
import { stderrLog } from "../log.ts";
import { contentOf } from "../testing/stored-run.ts";
import { temporaryStorage } from "../testing/test-storage.ts";
import { openDatabase, openStorage } from "./database.ts";
import { migrate } from "./migrations.ts";

const RUN = "00000000-0000-4000-8000-000000000001";
const [PICTURE, VALUES] = ["a".repeat(64), "b".repeat(64)];

/** What the first release would have stored for a run with a heat map. */
const FIRST_RELEASE = [
  `insert into runs (id, experiment, package, status, parameters, seed, device, created_at, finished_at, last_sequence)
   values ('${RUN}', 'fixture/steps', 'gateway-fixture', 'SUCCEEDED', '{"steps": 3}', 9007199254740991, 'cpu', now(), now(), 4)`,
  `insert into artefacts values ('${PICTURE}', 'image/png', '\\x89', now()), ('${VALUES}', 'application/octet-stream', '\\x00', now())`,
  `insert into run_events values
     ('${RUN}', 1, 'began', null, null, null, null),
     ('${RUN}', 2, 'point', 'value', 1, 'NaN', null),
     ('${RUN}', 3, 'heatmap', 'plan', null, null, '{"hash": "${PICTURE}", "valuesHash": "${VALUES}", "rows": 1, "columns": 1}'),
     ('${RUN}', 4, 'finished', null, null, null, null)`,
];

describe.each(["0001-runs", "0002-artefact-uses"])("a database of the migration %s", (migration) => {
  it("is brought up to date with everything in it, and can be opened again", async () => {
    await using storage = await temporaryStorage();
    {
      await using old = await openDatabase(storage.location, stderrLog, { alone: true });
      await migrate(old.database, "0001-runs");
      for (const statement of FIRST_RELEASE) await sql.raw(statement).execute(old.database);
      await migrate(old.database, migration);
    }
    for (const _time of ["first", "second"]) {
      await using opened = await openStorage(storage.location, stderrLog);
      const { runs, events, artefacts, uses } = await contentOf(opened.database);
      expect(runs).toMatchObject([{ id: RUN, number: 1, seed: Number.MAX_SAFE_INTEGER, parameters: { steps: 3 } }]);
      expect(events.map(({ type, value }) => [type, value])).toEqual([
        ["began", null],
        ["point", Number.NaN],
        ["heatmap", null],
        ["finished", null],
      ]);
      expect(artefacts).toHaveLength(2);
      expect(uses.map(({ hash }) => hash)).toEqual([PICTURE, VALUES]);
    }
  });
});

describe("a database of a newer gateway", () => {
  it("is refused plainly and left as it is", async () => {
    await using storage = await temporaryStorage();
    {
      await using opened = await openStorage(storage.location, stderrLog);
      await sql`insert into kysely_migration values ('9999-future', now()::text)`.execute(opened.database);
    }
    await expect(openStorage(storage.location, stderrLog)).rejects.toMatchObject({
      code: "DATABASE_UNUSABLE",
      message:
        "The database has been written by a newer version of @ansatz/gateway (it has the migration 9999-future). Update this one.",
    });
  });
});
