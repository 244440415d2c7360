import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { GatewayError } from "../errors.ts";

/** A server that listens but does not answer yet. */
export interface ListeningServer {
  /** For a browser: `"http://127.0.0.1:4000"`. */
  readonly url: string;
  /** Answers requests, those that have come in meanwhile included. */
  answerWith(listener: RequestListener): void;
  /** Takes no more requests, gives those in progress a second, and is gone. */
  close(): Promise<void>;
}

const CLOSE_GRACE_MS = 1000;

/**
 * Takes the address first and answers later, so that a busy port is known before a database is opened.
 * @throws GatewayError `ADDRESS_IN_USE` or `ADDRESS_UNUSABLE`.
 */
export async function listen(host: string, port: number): Promise<ListeningServer> {
  const ready = Promise.withResolvers<RequestListener>();
  const server = createServer(async (request, response) => (await ready.promise)(request, response));
  await bind(server, host, port);
  return {
    url: addressOf(server.address() as AddressInfo),
    answerWith: ready.resolve,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const inUse = error.code === "EADDRINUSE";
      const message = inUse
        ? `Port ${port} on ${host} is in use by another program. Choose another one with PORT.`
        : `Cannot listen on ${host}, port ${port}: ${error.message}`;
      reject(new GatewayError(inUse ? "ADDRESS_IN_USE" : "ADDRESS_UNUSABLE", message, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

/** A wildcard address is where a server listens, not where a browser goes. */
function addressOf({ address, family, port }: AddressInfo): string {
  if (address === "0.0.0.0" || address === "::") return `http://localhost:${port}`;
  return family === "IPv6" ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}
