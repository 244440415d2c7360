import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { renderGraphiQL } from "@graphql-yoga/render-graphiql";
import { GraphQLError, type GraphQLSchema } from "graphql";
import { createYoga, maskError } from "graphql-yoga";
import type { Access } from "../access/access.ts";
import type { Log } from "../log.ts";
import { type RefusalCode, refusal } from "../refusal.ts";
import type { GraphQLContext } from "../schema/builder.ts";
import type { RunReader } from "../storage/run-reader.ts";
import { ARTEFACT_PATH, serveArtefact } from "./artefacts.ts";
import { documentLimits, LIMITS, withoutIntrospection } from "./graphql-limits.ts";
import { isExpectedHost } from "./host-check.ts";
import { RateLimit } from "./rate-limit.ts";
import { serveApplication } from "./static-files.ts";

export interface RoutesOptions {
  readonly schema: GraphQLSchema;
  readonly services: Omit<GraphQLContext, "signal" | "caller">;
  readonly access: Access;
  /** Folder of the built dashboard. */
  readonly dashboard: string;
  /** Fires when the gateway stops: subscriptions end. */
  readonly closing: AbortSignal;
  readonly log: Log;
  /** Address the gateway listens on. */
  readonly host: string;
  /** Further names it is reached under. */
  readonly allowedHosts: readonly string[];
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean;
  /** From one token, or one address. */
  readonly requestsPerMinute: number;
}

/** The page is all its own: nothing from elsewhere is loaded into it or asked by it, and nobody shows it in a frame. */
const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
/** GraphiQL, which comes as one page with its script inside and starts workers from it. */
const GRAPHIQL_POLICY =
  "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob: data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Everything a gateway answers over HTTP. */
export function routes(options: RoutesOptions): RequestListener {
  const graphql = graphqlHandler(options);
  const { runs } = options.services;
  return async (request, response) => {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    try {
      if (!isExpectedHost(request.headers.host, options.host, options.allowedHosts))
        return sendRefusal(
          response,
          421,
          refusal(
            "HOST_NOT_ALLOWED",
            "This gateway does not go by the name of the Host header. ANSATZ_ALLOWED_HOSTS says which it has.",
          ),
        );
      const { pathname } = new URL(request.url ?? "/", "http://gateway");
      if (pathname === "/graphql") return await graphql(request, response);
      if (request.method !== "GET" && request.method !== "HEAD") return sendText(response, 405, "Only GET and HEAD.");
      if (pathname === "/healthz") return await sendHealth(runs, response);
      const [, hash] = ARTEFACT_PATH.exec(pathname) ?? [];
      if (hash) return await serveArtefact(runs, hash, request, response);
      await serveApplication(options.dashboard, decodeURIComponent(pathname), request, response);
    } catch (error) {
      if (error instanceof URIError) return sendText(response, 400, "This address is malformed.");
      // A client that hangs up half-way is no failure of the gateway.
      if (response.destroyed) return;
      options.log.error(`${request.method} ${request.url} failed.`, error);
      if (!response.headersSent)
        sendText(response, 500, "Something went wrong here. The log of the gateway says what.");
      else response.destroy();
    }
  };
}

function graphqlHandler(options: RoutesOptions): RequestListener {
  const { schema, services, access, closing, log, introspection, requestsPerMinute } = options;
  const rateLimit = new RateLimit(requestsPerMinute);
  const yoga = createYoga<{ req: IncomingMessage }, GraphQLContext>({
    schema,
    context: async ({ request, req }): Promise<GraphQLContext> => ({
      ...services,
      caller: await access.identify(req),
      signal: AbortSignal.any([request.signal, closing]),
    }),
    cors: false,
    multipart: false,
    maxRequestBodySize: LIMITS.bodyBytes,
    landingPage: false,
    graphiql: introspection && { title: "Ansatz", subscriptionsProtocol: "SSE" },
    // Comes with the package: yoga's own page loads its script from a public host.
    renderGraphiQL,
    maskedErrors: {
      isDev: false,
      errorMessage: "Something went wrong here. The log of the gateway says what.",
      maskError: (error, message, isDev) => maskError(nameLimit(error), message, isDev),
    },
    plugins: [documentLimits(), ...(introspection ? [] : [withoutIntrospection()])],
    logging: {
      debug() {},
      info() {},
      warn: (...words) => log.error(words.join(" ")),
      error: (...causes) => logErrors(log, causes),
    },
  });
  return (request, response) => {
    // Other types can be posted from any web page without the browser asking us first.
    if (request.method === "POST" && !isJson(request))
      return sendText(response, 415, "Post GraphQL as application/json.");
    const seconds = rateLimit.take(request.headers.authorization ?? request.socket.remoteAddress ?? "");
    if (seconds > 0) {
      response.setHeader("retry-after", seconds);
      const message = `More than ${requestsPerMinute} requests a minute; the next one is answered in ${seconds} s.`;
      return sendRefusal(response, 429, refusal("RATE_LIMIT", message, { limit: requestsPerMinute }));
    }
    if (request.method === "GET") response.setHeader("content-security-policy", GRAPHIQL_POLICY);
    return yoga(request, response);
  };
}

/** Gives the refusals of Yoga's own limits a code. */
function nameLimit(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error;
  if (/batch/i.test(error.message)) error.extensions.code = "BATCH_LIMIT" satisfies RefusalCode;
  else if ((error.extensions.http as { status?: number } | undefined)?.status === 413)
    Object.assign(error.extensions, { code: "BODY_LIMIT" satisfies RefusalCode, limit: LIMITS.bodyBytes });
  return error;
}

/** A refusal before GraphQL is asked, in GraphQL's words. */
function sendRefusal(response: ServerResponse, status: number, error: GraphQLError): void {
  response
    .writeHead(status, { "content-type": "application/json; charset=utf-8" })
    .end(JSON.stringify({ errors: [error] }));
}

function isJson(request: IncomingMessage): boolean {
  const type = request.headers["content-type"]?.split(";")[0].trim().toLowerCase();
  return type === "application/json" || type === "application/graphql+json";
}

function logErrors(log: Log, causes: readonly unknown[]): void {
  for (const cause of causes) log.error("A resolver failed.", cause);
}

async function sendHealth(runs: RunReader, response: ServerResponse): Promise<void> {
  if (await runs.answers()) sendText(response, 200, "ok");
  else sendText(response, 503, "The database does not answer.");
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
}
