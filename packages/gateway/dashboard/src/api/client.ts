import type { DocumentTypeDecoration } from "@graphql-typed-document-node/core";
import { GatewayUnreachableError, reportUnreachable } from "./connection.ts";
import { requestHeaders } from "./token.ts";

/** A query, mutation or subscription of `generated/operations.ts`. */
export interface Operation<Result, Variables> extends DocumentTypeDecoration<Result, Variables> {
  toString(): string;
}

interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string };
}

export interface GraphqlResponse<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly GraphqlError[];
}

/** The gateway answered, but not with data. */
export class RequestError extends Error {
  readonly codes: readonly string[];

  constructor(errors: readonly GraphqlError[]) {
    super(errors.map((error) => error.message).join(" "));
    this.name = "RequestError";
    this.codes = errors.flatMap((error) => error.extensions?.code ?? []);
  }
}

export function dataOf<Result>(response: GraphqlResponse<Result>): Result {
  if (response.errors !== undefined && response.errors.length > 0) throw new RequestError(response.errors);
  if (response.data === undefined || response.data === null)
    throw new RequestError([{ message: "The gateway sent an answer without data." }]);
  return response.data;
}

/**
 * Posts an operation.
 * @throws GatewayUnreachableError when nothing answers, or what answers does not speak GraphQL (a proxy whose gateway is gone).
 */
export async function post<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  accept: string,
  signal?: AbortSignal,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch("/graphql", {
      method: "POST",
      headers: requestHeaders(accept),
      body: JSON.stringify({ query: operation.toString(), variables }),
      signal: signal ?? null,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    reportUnreachable();
    throw new GatewayUnreachableError({ cause: error });
  }
  if (response.status >= 502 && response.status <= 504) {
    reportUnreachable();
    throw new GatewayUnreachableError();
  }
  return response;
}

/** @throws GatewayUnreachableError; RequestError when the operation was refused or failed. */
export async function request<Result, Variables>(
  operation: Operation<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  const response = await post(operation, variables, "application/graphql-response+json, application/json", signal);
  const body = await response.text().catch((error: unknown) => {
    if (!signal?.aborted) reportUnreachable();
    throw signal?.aborted ? error : new GatewayUnreachableError({ cause: error });
  });
  let parsed: GraphqlResponse<Result>;
  try {
    parsed = JSON.parse(body) as GraphqlResponse<Result>;
  } catch {
    throw new RequestError([{ message: `The gateway answered with status ${response.status} and no GraphQL.` }]);
  }
  return dataOf(parsed);
}
