import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GraphQLClient } from "../command/graphql-client.ts";
import { startRun, startTestGateway, type TestGateway } from "../testing/test-gateway.ts";

let started: TestGateway;
const QUERY = JSON.stringify({ query: "{ __schema { queryType { name } } }" });

beforeAll(async () => {
  started = await startTestGateway(undefined, { introspection: false, unfinishedRunLimit: 2, requestsPerMinute: 40 });
});
afterAll(() => started?.[Symbol.asyncDispose]());

/** Status and body of a request with another Host header, which `fetch` does not send. */
function askAs(host: string, path: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(started.gateway.url + path, { headers: { host } }, async (response) => {
      let body = "";
      for await (const part of response) body += part;
      resolve({ status: response.statusCode, body });
    });
    asked.once("error", reject).end();
  });
}

async function post(): Promise<Response> {
  return await fetch(`${started.gateway.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: QUERY,
  });
}

describe("a gateway of this machine", () => {
  it("is not reached under the name of a web page, whatever is asked for", async () => {
    for (const path of ["/", "/graphql?query={__typename}", `/artefacts/${"0".repeat(64)}.png`]) {
      const { status, body } = await askAs("evil.example", path);
      expect([status, JSON.parse(body).errors[0].extensions.code]).toEqual([421, "HOST_NOT_ALLOWED"]);
    }
    expect((await askAs("localhost:1234", "/healthz")).status).toBe(200);
  });

  it("keeps its schema to itself when told to, and GraphiQL with it", async () => {
    expect((await (await post()).json()).errors).toMatchObject([{ extensions: { code: "INTROSPECTION_DISABLED" } }]);
    const page = await fetch(`${started.gateway.url}/graphql`, { headers: { accept: "text/html" } });
    expect(await page.text()).not.toContain("GraphiQL");
  });

  it("sends headers that keep its page to itself", async () => {
    const { headers } = await fetch(`${started.gateway.url}/healthz`);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self';");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  it("takes no more runs than may wait, but answers a repetition", async () => {
    const { client } = started;
    const slow = { parameters: { steps: 10_000, milliseconds: 10 } };
    await startRun(client, "steps", { ...slow, idempotencyKey: "first" });
    await startRun(client, "steps", slow);
    await expect(startRun(client, "steps", slow)).rejects.toMatchObject({
      errors: [{ extensions: { code: "RUN_LIMIT", limit: 2 } }],
    });
    expect(await startRun(client, "steps", { ...slow, idempotencyKey: "first" })).toMatchObject({ replayed: true });
  });

  it("answers no more requests a minute than it was told, of each caller", async () => {
    let response: Response;
    do response = await post();
    while (response.status === 200 || response.status === 400);
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await response.json()).errors).toMatchObject([{ extensions: { code: "RATE_LIMIT", limit: 40 } }]);
    const other = new GraphQLClient(started.gateway.url, "another-caller");
    await expect(other.request("{ runs { totalCount } }")).rejects.toMatchObject({
      errors: [{ extensions: { code: "UNAUTHENTICATED" } }],
    });
  });
});
