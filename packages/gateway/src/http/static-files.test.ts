import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../testing/test-storage.ts";
import { serveApplication } from "./static-files.ts";

const resources = new AsyncDisposableStack();
let url: string;
let folder: string;

beforeAll(async () => {
  const { path } = resources.use(await temporaryFolder());
  folder = join(path, "dashboard");
  await mkdir(join(folder, "assets"), { recursive: true });
  await writeFile(join(path, "secret.txt"), "secret");
  await writeFile(join(folder, "index.html"), "<!doctype html>");
  await writeFile(join(folder, "assets", "index-abc123.js"), "let x;");
  const server = createServer((request, response) =>
    serveApplication(folder, decodeURIComponent(new URL(request.url!, "http://x").pathname), request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  resources.defer(() => void server.close());
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => resources.disposeAsync());

describe("the page", () => {
  it("is its index, which browsers ask for anew, on every path without an extension", async () => {
    for (const path of ["/", "/runs/17", "/experiments/ot%2Fsinkhorn-newton"]) {
      const response = await fetch(url + path);
      expect([
        response.status,
        response.headers.get("content-type"),
        response.headers.get("cache-control"),
        await response.text(),
      ]).toEqual([200, "text/html; charset=utf-8", "no-cache", "<!doctype html>"]);
    }
  });

  it("has assets with a hash in their name, which may be cached for ever", async () => {
    const response = await fetch(`${url}/assets/index-abc123.js`);
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(await (await fetch(`${url}/assets/index-abc123.js`, { method: "HEAD" })).text()).toBe("");
  });

  it("says 404 for a file that is not there instead of sending the index", async () => {
    expect((await fetch(`${url}/assets/index-old.js`)).status).toBe(404);
  });

  it("never leads out of its folder", async () => {
    for (const path of ["/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt", "/%2e%2e%2fsecret.txt"])
      expect(await (await fetch(url + path)).text()).not.toContain("secret\n");
    expect((await fetch(`${url}/..%2fsecret.txt`)).status).toBe(404);
  });
});
