import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { renderGraphiQL } from "@graphql-yoga/render-graphiql";
import type { GraphQLSchema } from "graphql";
import { createYoga } from "graphql-yoga";
import type { Log } from "../log.ts";
import type { GraphQLContext } from "../schema/builder.ts";
import type { RunReader } from "../storage/run-reader.ts";
import { ARTEFACT_PATH, serveArtefact } from "./artefacts.ts";
import { documentLimits, LIMITS } from "./graphql-limits.ts";
import { serveApplication } from "./static-files.ts";

export interface RoutesOptions {
  readonly schema: GraphQLSchema;
  readonly services: Omit<GraphQLContext, "signal">;
  /** Folder of the built dashboard. */
  readonly dashboard: string;
  /** Fires when the gateway stops: subscriptions end. */
  readonly closing: AbortSignal;
  readonly log: Log;
}

/** Everything a gateway answers over HTTP. */
export function routes(options: RoutesOptions): RequestListener {
  const graphql = graphqlHandler(options);
  const { runs } = options.services;
  return async (request, response) => {
    response.setHeader("x-content-type-options", "nosniff");
    try {
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

function graphqlHandler({ schema, services, closing, log }: RoutesOptions): RequestListener {
  const yoga = createYoga<object, GraphQLContext>({
    schema,
    context: ({ request }): GraphQLContext => ({ ...services, signal: AbortSignal.any([request.signal, closing]) }),
    cors: false,
    multipart: false,
    maxRequestBodySize: LIMITS.bodyBytes,
    landingPage: false,
    graphiql: { title: "Ansatz", subscriptionsProtocol: "SSE" },
    // Comes with the package: yoga's own page loads its script from a public host.
    renderGraphiQL,
    maskedErrors: { isDev: false, errorMessage: "Something went wrong here. The log of the gateway says what." },
    plugins: [documentLimits()],
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
    return yoga(request, response);
  };
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
