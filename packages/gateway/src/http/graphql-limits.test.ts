import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Access } from "../access/access.ts";
import { Catalogue } from "../catalogue/catalogue.ts";
import { buildSchema } from "../schema/index.ts";
import { LIMITS } from "./graphql-limits.ts";
import { routes } from "./routes.ts";

const resources = new AsyncDisposableStack();
let url: string;

/** A gateway without a database that knows no device and no run. */
beforeAll(async () => {
  const catalogue = new Catalogue([]);
  const empty = { devices: { list: async () => [] }, runs: { list: async () => [], count: async () => 0 } };
  const server = createServer(
    routes({
      schema: buildSchema(catalogue),
      services: { catalogue, ...empty } as never,
      dashboard: "/nowhere",
      access: new Access(undefined as never, { anonymous: ["read", "run"] }),
      host: "127.0.0.1",
      allowedHosts: [],
      introspection: true,
      requestsPerMinute: 1000,
      closing: new AbortController().signal,
      log: { info() {}, error() {} },
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  resources.defer(() => void server.close());
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => resources.disposeAsync());

async function post(
  body: string,
  headers: Record<string, string> = { "content-type": "application/json" },
): Promise<Response> {
  return await fetch(`${url}/graphql`, { method: "POST", headers, body });
}

/** The codes of the errors a document is answered with; the answer must be GraphQL's, never a failure of the server. */
async function codesOf(query: string): Promise<unknown[]> {
  const response = await post(JSON.stringify({ query }));
  expect(response.status).toBeLessThan(500);
  const { errors = [] } = (await response.json()) as { errors?: { extensions?: { code?: string } }[] };
  return errors.map(({ extensions }) => extensions?.code);
}

/** `levels` fields deep. */
function nested(levels: number): string {
  const pairs = (levels - 2) / 3;
  return `{ runs { ${"nodes { experiment { runs(first: 5) { ".repeat(pairs)} totalCount ${"} } }".repeat(pairs)} } }`;
}

describe("a document", () => {
  it.each([
    ["too many tokens", `{ ${"devices { kind } ".repeat(LIMITS.tokens / 4)} }`, "TOKEN_LIMIT"],
    ["too deep", nested(14), "DEPTH_LIMIT"],
    [
      "too deep through fragments",
      `{ runs(first: 1) { ...A } } fragment A on RunConnection { nodes { experiment { runs(first: 1) { ...B } } } } fragment B on RunConnection { nodes { experiment { runs { ...C } } } } fragment C on RunConnection { nodes { experiment { runs { ...D } } } } fragment D on RunConnection { nodes { experiment { runs { totalCount } } } }`,
      "DEPTH_LIMIT",
    ],
    [
      "too many aliases",
      `{ ${Array.from({ length: 10 }, () => "devices { ...D }").join(" ")} } fragment D on Device { a: kind b: kind c: kind d: kind e: kind f: kind }`,
      "ALIAS_LIMIT",
    ],
    [
      "too costly",
      "{ runs(first: 200) { nodes { experiment { runs(first: 200) { nodes { id number } } } } } }",
      "COST_LIMIT",
    ],
    [
      "too many top-level fields",
      `{ ${Array.from({ length: 21 }, () => "devices { kind }").join(" ")} }`,
      "ROOT_FIELD_LIMIT",
    ],
  ])("with %s is refused with a code", async (_what, query, code) => {
    expect(await codesOf(query)).toEqual([code]);
  });

  it("at the limits is answered", async () => {
    expect(await codesOf(nested(11))).toEqual([]);
  });

  it("that spreads fragments within themselves or each other exponentially is refused quickly", async () => {
    expect(await codesOf("{ runs { ...A } } fragment A on RunConnection { ...A }")).toHaveLength(1);
    const doubling = Array.from(
      { length: 60 },
      (_, i) => `fragment F${i} on Device { a${i}: kind ...F${i + 1} ...F${i + 1} }`,
    ).join(" ");
    const begin = performance.now();
    expect(await codesOf(`{ devices { ...F0 } } ${doubling} fragment F60 on Device { kind }`)).toContain("ALIAS_LIMIT");
    expect(performance.now() - begin).toBeLessThan(2000);
  });

  it("that asks for the schema, as GraphiQL does, is answered", async () => {
    expect(await codesOf(getIntrospectionQuery())).toEqual([]);
  });

  it("too costly through a fragment or a variable is refused, too", async () => {
    const query =
      "query ($n: Int!) { runs(first: $n) { ...A } } fragment A on RunConnection { nodes { experiment { runs(first: $n) { nodes { id number } } } } }";
    const ask = async (n: number) => (await (await post(JSON.stringify({ query, variables: { n } }))).json()) as object;
    expect(await ask(200)).toMatchObject({
      errors: [{ extensions: { code: "COST_LIMIT", limit: LIMITS.cost, actual: expect.any(Number) } }],
    });
    expect(await ask(10)).not.toHaveProperty("errors");
    // The same document, which has just been found good, with other variables.
    expect(await ask(200)).toHaveProperty("errors");
    expect(await codesOf(query.replace("$n: Int!", "$n: Int! = 200"))).toEqual(["COST_LIMIT"]);
  });

  it("that cannot be read is refused as GraphQL says", async () => {
    for (const query of ["{", '{ runs(first: "', "{ nothing }", "", "fragment A on Run { id }"])
      expect(await codesOf(query)).toHaveLength(1);
  });
});

describe("a request", () => {
  it("of more than 1 MiB is refused with 413, announced or not", async () => {
    const body = JSON.stringify({ query: "{ devices { kind } }", padding: "x".repeat(LIMITS.bodyBytes) });
    const refused = await post(body);
    expect(refused.status).toBe(413);
    expect((await refused.json()).errors).toMatchObject([
      { extensions: { code: "BODY_LIMIT", limit: LIMITS.bodyBytes } },
    ]);
    const stream = new ReadableStream({
      start(controller) {
        for (const part of [body.slice(0, 600_000), body.slice(600_000)])
          controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });
    const chunked = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: stream,
      duplex: "half",
    } as RequestInit);
    expect(chunked.status).toBe(413);
  });

  it("with several operations at once is refused with a code", async () => {
    const response = await post(JSON.stringify([{ query: "{ devices { kind } }" }, { query: "{ devices { kind } }" }]));
    expect(response.status).toBe(400);
    expect((await response.json()).errors).toMatchObject([{ extensions: { code: "BATCH_LIMIT" } }]);
  });

  it("of a type that any web page may post is refused", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
      expect((await post("query=mutation{cancelRun(id:1){__typename}}", { "content-type": type })).status).toBe(415);
  });

  it("from another origin is answered without leave to read it", async () => {
    const headers = { origin: "https://elsewhere.example", "content-type": "application/json" };
    const response = await post('{"query":"{ devices { kind } }"}', headers);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("cannot change anything by GET", async () => {
    const query = encodeURIComponent('mutation { cancelRun(id: "1") { __typename } }');
    expect((await fetch(`${url}/graphql?query=${query}`)).status).toBe(405);
  });

  it("that is not JSON is refused without a stack", async () => {
    const response = await post("{ not json");
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain("    at ");
  });
});
