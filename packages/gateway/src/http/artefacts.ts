import type { IncomingMessage, ServerResponse } from "node:http";
import type { RunReader } from "../storage/run-reader.ts";

/** `/artefacts/<hash>.png` and `.f32`; the extension is for people and their programs, the hash decides. */
export const ARTEFACT_PATH = /^\/artefacts\/([0-9a-f]{64})\.(?:png|f32)$/;

/** Serves bytes by the hash of their content, which is why they may be cached for ever. */
export async function serveArtefact(
  runs: RunReader,
  hash: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const etag = `"${hash}"`;
  const headers = { etag, "cache-control": "public, max-age=31536000, immutable" };
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  const artefact = await runs.artefact(hash);
  if (!artefact) {
    response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("There is no such artefact.\n");
    return;
  }
  response.writeHead(200, {
    ...headers,
    "content-type": artefact.mediaType,
    "content-length": artefact.bytes.byteLength,
  });
  response.end(request.method === "HEAD" ? undefined : artefact.bytes);
}
