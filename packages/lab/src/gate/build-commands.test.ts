import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Workspace } from "../fixtures/workspace.ts";
import { type BuildCommands, buildSteps } from "./build-commands.ts";

/** The command lines for a package in a checkout with these files, with the folders they run in. */
async function steps(
  files: Readonly<Record<string, string | object>>,
  packagePath = "",
  commands: BuildCommands = {},
): Promise<string[]> {
  await using workspace = await Workspace.create(files);
  const top = await realpath(workspace.directory);
  return buildSteps(top, join(top, packagePath), commands).map(
    ({ commandLine, cwd }) => `${commandLine.replace("npx --yes ", "")} in ${cwd.slice(top.length) || "/"}`,
  );
}

const BUILDING = { name: "toy", scripts: { build: "tsc" }, devDependencies: { typescript: "*" } };

describe("the build of a checkout", () => {
  it.each([
    ["pnpm-lock.yaml", "", "pnpm install --frozen-lockfile", "pnpm run build"],
    ["package-lock.json", "{}", "npm ci --no-audit --no-fund", "npm run build"],
    ["yarn.lock", "# yarn lockfile v1\n", "yarn install --frozen-lockfile", "yarn run build"],
    ["yarn.lock", "__metadata:\n", "yarn install --immutable", "yarn run build"],
  ])("is what %s says", async (lockFile, content, install, build) => {
    const files = { "package.json": BUILDING, [lockFile]: content };
    expect(await steps(files)).toEqual([`${install} in /`, `${build} in /`]);
  });

  it("installs at the lock file and builds at the nearest build script, from a package inside", async () => {
    const files = {
      "package.json": BUILDING,
      "pnpm-lock.yaml": "",
      "packages/one/package.json": { name: "one", dependencies: { x: "*" } },
      "packages/two/package.json": BUILDING,
    };
    expect(await steps(files, "packages/one")).toEqual(["pnpm install --frozen-lockfile in /", "pnpm run build in /"]);
    expect((await steps(files, "packages/two"))[1]).toBe("pnpm run build in /packages/two");
  });

  it("is nothing where nothing is needed, and what is asked for where that is said", async () => {
    expect(await steps({ "package.json": { name: "plain" } })).toEqual([]);
    const asked = { install: "./setup", build: "make" };
    expect(await steps({ "package.json": BUILDING }, "", asked)).toEqual(["./setup in /", "make in /"]);
    expect(await steps({ "package.json": BUILDING }, "", { install: "none", build: "none" })).toEqual([]);
  });

  it("refuses dependencies that no lock file fixes", async () => {
    await expect(steps({ "package.json": BUILDING })).rejects.toThrow(/a lock file \(pnpm-lock\.yaml, .*--install/);
  });
});
