import { createHash, randomBytes, randomUUID } from "node:crypto";
import { GatewayError } from "../errors.ts";
import type { Database } from "../storage/database.ts";
import { storableJson } from "../storage/storable-text.ts";
import type { StoredToken } from "../storage/tables.ts";
import type { Scope } from "./scopes.ts";

const LAST_USE_RESOLUTION_MS = 60_000;
const NAME = /^[^\p{Cc}\p{Cs}]{1,100}$/u;

export interface NewToken {
  /** For people; unique among tokens that are not revoked. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
}

/** A secret with 256 random bits, so that its plain hash tells nobody anything. The prefix lets scanners for leaked secrets know it. */
export function createSecret(): string {
  return `ansatz_${randomBytes(32).toString("base64url")}`;
}

export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** The API tokens of a database, which holds their hashes only. */
export class Tokens {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * @returns the secret, which is not to be had a second time.
   * @throws GatewayError `INVALID_OPTION` when the name is taken or none.
   */
  async create({ name, scopes, expiresAt }: NewToken): Promise<string> {
    if (!NAME.test(name))
      throw new GatewayError("INVALID_OPTION", "The name of a token: expected 1 to 100 printable characters");
    const secret = createSecret();
    const created = await this.#database
      .insertInto("apiTokens")
      .values({
        id: randomUUID(),
        name,
        hash: hashOf(secret),
        scopes: storableJson(scopes) as never,
        createdAt: new Date(),
        expiresAt,
      })
      .onConflict((conflict) => conflict.column("name").where("revokedAt", "is", null).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (created) return secret;
    throw new GatewayError("INVALID_OPTION", `There is a token "${name}" already. Revoke it, or choose another name.`);
  }

  /** The token a secret belongs to; undefined when there is none, or it was revoked, or its time has passed. */
  async find(secret: string): Promise<StoredToken | undefined> {
    const token = await this.#database
      .selectFrom("apiTokens")
      .selectAll()
      .where("hash", "=", hashOf(secret))
      .where("revokedAt", "is", null)
      .executeTakeFirst();
    const now = Date.now();
    if (!token || (token.expiresAt && token.expiresAt.getTime() <= now)) return undefined;
    if (now - (token.lastUsedAt?.getTime() ?? 0) > LAST_USE_RESOLUTION_MS)
      await this.#database
        .updateTable("apiTokens")
        .set({ lastUsedAt: new Date(now) })
        .where("id", "=", token.id)
        .execute();
    return token;
  }

  /** All tokens, the revoked ones too, oldest first, those of one moment by name. */
  async list(): Promise<StoredToken[]> {
    return await this.#database.selectFrom("apiTokens").selectAll().orderBy("createdAt").orderBy("name").execute();
  }

  /** Revokes the token of this name, at once and for good. @returns whether there was one. */
  async revoke(name: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable("apiTokens")
      .set({ revokedAt: new Date() })
      .where("name", "=", name)
      .where("revokedAt", "is", null)
      .executeTakeFirst();
    return Number(numUpdatedRows) > 0;
  }
}
