import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Access } from "../access/access.ts";
import { Catalogue } from "../catalogue/catalogue.ts";
import { buildSchema } from "../schema/index.ts";
import { routes } from "./routes.ts";

const resources = new AsyncDisposableStack();
const logged: string[] = [];
let url: string;

/** A gateway without a database: everything it reads about runs fails. */
beforeAll(async () => {
  const broken = async (): Promise<never> => {
    throw new Error("the disk is on fire");
  };
  const catalogue = new Catalogue([]);
  const server = createServer(
    routes({
      schema: buildSchema(catalogue),
      services: { catalogue, runs: { find: broken, artefact: broken, answers: async () => false } } as never,
      dashboard: "/nowhere",
      access: new Access(undefined as never, { anonymous: ["read", "run"] }),
      host: "127.0.0.1",
      allowedHosts: [],
      introspection: true,
      requestsPerMinute: 1000,
      closing: new AbortController().signal,
      log: { info() {}, error: (message, cause) => logged.push(`${message} ${(cause as Error)?.stack}`) },
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  resources.defer(() => void server.close());
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => resources.disposeAsync());

describe("a failure inside the gateway", () => {
  it("reaches the operator with its stack and the GraphQL client without", async () => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: '{ run(id: "1") { id } }' }),
    });
    const { data, errors } = await response.json();
    expect(data).toEqual({ run: null });
    expect(errors).toMatchObject([
      { message: expect.stringContaining("The log of the gateway says what"), path: ["run"] },
    ]);
    expect(JSON.stringify(errors)).not.toMatch(/disk|routes\.test/);
    expect(logged.join("\n")).toMatch(/the disk is on fire[\s\S]*routes\.test/);
  });

  it("while serving a file is a 500 without details", async () => {
    const response = await fetch(`${url}/artefacts/${"a".repeat(64)}.png`);
    expect([response.status, await response.text()]).toEqual([
      500,
      "Something went wrong here. The log of the gateway says what.\n",
    ]);
  });
});

describe("the addresses of a gateway", () => {
  it("include a health check, which says so when the database does not answer", async () => {
    const response = await fetch(`${url}/healthz`);
    expect([response.status, await response.text()]).toEqual([503, "The database does not answer.\n"]);
  });

  it("say where the API is when the page has not been built", async () => {
    const response = await fetch(url);
    expect([response.status, await response.text()]).toEqual([
      404,
      "The dashboard has not been built. The API is at /graphql.\n",
    ]);
  });

  it("offer GraphiQL to a browser", async () => {
    const response = await fetch(`${url}/graphql`, { headers: { accept: "text/html" } });
    expect(response.headers.get("content-type")).toContain("text/html");
  });

  it("take nothing but GET and HEAD outside of the API, and no malformed path", async () => {
    expect((await fetch(url, { method: "POST", body: "" })).status).toBe(405);
    expect((await fetch(`${url}/%E0%A4%A`)).status).toBe(400);
  });
});
