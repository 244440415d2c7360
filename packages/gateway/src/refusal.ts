import { GraphQLError } from "graphql";

/** Why the gateway does not do what a request asks. Clients read it in `extensions.code`. */
export type RefusalCode =
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "HOST_NOT_ALLOWED"
  | "INTROSPECTION_DISABLED"
  | "TOKEN_LIMIT"
  | "DEPTH_LIMIT"
  | "ALIAS_LIMIT"
  | "ROOT_FIELD_LIMIT"
  | "COST_LIMIT"
  | "BODY_LIMIT"
  | "BATCH_LIMIT"
  | "RATE_LIMIT"
  | "RUN_LIMIT";

/** @param details go into `extensions` beside the code; `http: { status }` among them sets the status of the response. */
export function refusal(code: RefusalCode, message: string, details: Record<string, unknown> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...details } });
}
