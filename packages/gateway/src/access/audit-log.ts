import type { Database } from "../storage/database.ts";
import { storableJson, storableText } from "../storage/storable-text.ts";
import type { StoredAuditEntry } from "../storage/tables.ts";
import type { Caller } from "./access.ts";

/** Longer arguments are cut: the log says who did what, not every number of it. */
const LONGEST_ARGUMENTS = 4000;

/** Who has changed something, or tried to. */
export class AuditLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @param outcome the type of the answer, or the code of the refusal. */
  async record(caller: Caller, action: string, parameters: unknown, outcome: string): Promise<void> {
    const { tokenId, tokenName, address } = caller;
    const text = storableJson(parameters);
    const kept = text.length <= LONGEST_ARGUMENTS ? text : storableJson({ cut: text.slice(0, LONGEST_ARGUMENTS) });
    const entry = { at: new Date(), tokenId, tokenName, address, action, outcome: storableText(outcome) };
    await this.#database
      .insertInto("auditLog")
      .values({ ...entry, parameters: kept as never })
      .execute();
  }

  /** The newest entries, newest first. */
  async newest(limit: number): Promise<StoredAuditEntry[]> {
    return await this.#database.selectFrom("auditLog").selectAll().orderBy("id", "desc").limit(limit).execute();
  }
}
