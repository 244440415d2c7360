import type { IncomingMessage } from "node:http";
import type { Scope } from "./scopes.ts";
import { hashOf, type Tokens } from "./tokens.ts";

/** Who sends a request, as far as the gateway is concerned. */
export interface Caller {
  readonly kind: "anonymous" | "token" | "refused";
  readonly tokenId: string | null;
  readonly tokenName: string | null;
  readonly scopes: readonly Scope[];
  readonly address: string | null;
}

export interface AccessOptions {
  /** What is allowed without a token. */
  readonly anonymous: readonly Scope[];
  /** A secret that reads, runs and records as long as this gateway lives. */
  readonly launchToken?: string | undefined;
}

/** Tells who may do what. */
export class Access {
  readonly #tokens: Tokens;
  readonly #anonymous: readonly Scope[];
  readonly #launchHash: string | undefined;

  constructor(tokens: Tokens, { anonymous, launchToken }: AccessOptions) {
    this.#tokens = tokens;
    this.#anonymous = anonymous;
    this.#launchHash = launchToken && hashOf(launchToken);
  }

  /** Looks every token up anew, so that a revoked one is refused at once. */
  async identify(request: IncomingMessage): Promise<Caller> {
    const { authorization } = request.headers;
    const address = request.socket.remoteAddress ?? null;
    if (authorization === undefined)
      return { kind: "anonymous", tokenId: null, tokenName: null, scopes: this.#anonymous, address };
    const [, secret] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
    if (secret && hashOf(secret) === this.#launchHash)
      return { kind: "token", tokenId: null, tokenName: "launch", scopes: ["read", "run", "record"], address };
    const token = secret ? await this.#tokens.find(secret) : undefined;
    if (!token) return { kind: "refused", tokenId: null, tokenName: null, scopes: [], address };
    return { kind: "token", tokenId: token.id, tokenName: token.name, scopes: token.scopes, address };
  }
}

/** Whether a caller has a scope; `admin` has them all. */
export function allows(caller: Caller, scope: Scope): boolean {
  return caller.scopes.includes(scope) || caller.scopes.includes("admin");
}
