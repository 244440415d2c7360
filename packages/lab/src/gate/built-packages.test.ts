import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Workspace } from "../fixtures/workspace.ts";
import { builtPackages, isInside } from "./built-packages.ts";

const MODULE = "AGFzbQEAAAA=";

/** A checkout with a package and one that it is built with. */
async function checkout(changes: Readonly<Record<string, string | object>> = {}): Promise<Workspace> {
  const workspace = await Workspace.create({
    "package.json": { name: "root", devDependencies: { upper: "*" } },
    "packages/upper/package.json": {
      name: "upper",
      exports: "./dist/index.js",
      version: "1.0.0",
      files: ["dist"],
      dependencies: { lower: "*", foreign: "*" },
    },
    "packages/upper/dist/index.js": "export const answer = 42;",
    "packages/upper/dist/index.d.ts": "export declare const answer: number;",
    "packages/lower/package.json": {
      name: "lower",
      exports: "./dist/index.js",
      version: "1.0.0",
      files: ["dist"],
      peerDependencies: { upper: "*" },
    },
    "packages/lower/dist/index.js": `export const module = "${MODULE}";`,
    "packages/lower/dist/other.wasm": "12345",
    "node_modules/foreign/package.json": { name: "foreign", version: "2.0.0" },
    ...changes,
  });
  for (const name of ["upper", "lower"])
    await symlink(join("../packages", name), join(workspace.directory, "node_modules", name));
  return workspace;
}

async function hashes(changes?: Readonly<Record<string, string | object>>): Promise<Map<string, string>> {
  await using workspace = await checkout(changes);
  const packages = await builtPackages(workspace.directory, workspace.directory);
  return new Map(packages.map(({ name, hash }) => [name, hash]));
}

describe("builtPackages", () => {
  it("finds what a package is built with, and what it weighs", async () => {
    await using workspace = await checkout();
    const packages = await builtPackages(workspace.directory, workspace.directory);
    expect(packages.map(({ name }) => name)).toEqual(["upper", "lower"]);
    // Eight bytes in base64, five in a file.
    expect(packages[1]).toMatchObject({
      javascriptBytes: `export const module = "${MODULE}";`.length,
      webAssemblyBytes: 8 + 5,
    });
    expect(packages[0]).toMatchObject({ javascriptBytes: 25, webAssemblyBytes: 0 });
  });

  it("leaves a package inside another to itself", async () => {
    const exports = "./index.js";
    const inner = (text: string) => ({
      "package.json": { name: "root", exports },
      "inner/package.json": {},
      "inner/x.js": text,
    });
    expect((await hashes(inner("1"))).get("root")).toBe((await hashes(inner("2"))).get("root"));
    const own = (text: string) => ({ "package.json": { name: "root", exports }, "folder/x.js": text });
    expect((await hashes(own("1"))).get("root")).not.toBe((await hashes(own("2"))).get("root"));
  });

  it("hashes the same program to the same, in another folder and with other words about it", async () => {
    const same = await hashes({ "packages/upper/dist/index.d.ts": "", "packages/upper/README.md": "words" });
    expect(same).toEqual(await hashes());
  });

  it("hashes a changed file, and what depends on it, to something else", async () => {
    const before = await hashes();
    const after = await hashes({ "packages/lower/dist/index.js": "changed" });
    for (const name of ["lower", "upper"]) expect(after.get(name)).not.toBe(before.get(name));
    const newer = await hashes({ "node_modules/foreign/package.json": { name: "foreign", version: "2.0.1" } });
    expect(newer.get("upper")).not.toBe(before.get("upper"));
  });
});

describe("isInside", () => {
  it("knows folders by their whole names", () => {
    expect(isInside("/a/b/c", "/a/b")).toBe(true);
    expect(isInside("/a/b", "/a/b")).toBe(true);
    expect(isInside("/a/bc", "/a/b")).toBe(false);
    expect(isInside("/a", "/")).toBe(true);
  });
});
