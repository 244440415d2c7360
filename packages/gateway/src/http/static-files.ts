import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

const NOT_BUILT = "The dashboard has not been built. The API is at /graphql.\n";

/**
 * Serves a single-page application: its files, and its index page for every other path, since the page routes by itself.
 * Files under `assets/` carry a hash of their content in their name and may be cached for ever.
 */
export async function serveApplication(
  folder: string,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const wanted = join(folder, path);
  const inside = wanted.startsWith(folder + sep);
  if (inside && (await isFile(wanted))) return await sendFile(wanted, path.startsWith("/assets/"), request, response);
  const index = join(folder, "index.html");
  // A path with an extension is a file that is not there, not a page.
  if (extname(path) !== "" || !(await isFile(index))) {
    const built = extname(path) !== "";
    response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end(built ? "Not found.\n" : NOT_BUILT);
    return;
  }
  await sendFile(index, false, request, response);
}

async function sendFile(
  file: string,
  immutable: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, {
    "content-type": MEDIA_TYPES[extname(file)] ?? "application/octet-stream",
    "cache-control": immutable ? "public, max-age=31536000, immutable" : "no-cache",
  });
  if (request.method === "HEAD") response.end();
  else await pipeline(createReadStream(file), response);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
