import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { discoverPackages } from "../discovery/discover-packages.ts";
import { findInstalled, readPackageJson } from "../discovery/package-json.ts";
import { builtConditions } from "./loaded-build.ts";

/**
 * A copy of the packages that offer benchmarks, as they are built now, in a temporary folder: loaded beside another copy, a second instance of each of their modules.
 * What they are built on from registries is linked, not copied.
 */
export class BuildCopy implements AsyncDisposable {
  /** Folder to discover from. */
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** @param from folder that packages are discovered from. */
  static async create(from: string): Promise<BuildCopy> {
    const copy = new BuildCopy(await realpath(await mkdtemp(join(tmpdir(), "ansatz-copy-"))));
    try {
      // Nothing is loaded: only where they are matters.
      const offering = await discoverPackages({ from, load: [], conditions: builtConditions() });
      const folders = new Map<string, string>();
      for (const { name, directory } of offering) collect(name, directory, folders);
      for (const [name, directory] of folders) await copy.#copyPackage(name, directory, folders);
      const dependencies = Object.fromEntries(offering.map(({ name }) => [name, "*"]));
      const project = { name: "build-copy", private: true, type: "module", dependencies };
      await writeFile(join(copy.directory, "package.json"), JSON.stringify(project));
      return copy;
    } catch (error) {
      await copy[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #copyPackage(name: string, from: string, folders: ReadonlyMap<string, string>): Promise<void> {
    const to = join(this.directory, "node_modules", name);
    const packageJson = readPackageJson(from);
    for (const entry of packageJson.files ?? ["."]) {
      const source = join(from, entry.replace(/\/?\*+$/, ""));
      if (existsSync(source))
        await cp(source, join(to, relative(from, source)), { recursive: true, filter: isProgram });
    }
    await cp(join(from, "package.json"), join(to, "package.json"));
    for (const dependency of dependenciesOf(from)) {
      const installed = folders.has(dependency) ? undefined : findInstalled(dependency, from);
      if (installed === undefined) continue;
      const link = join(to, "node_modules", dependency);
      await mkdir(dirname(link), { recursive: true });
      await symlink(installed, link, "junction");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A package and, below it, those that are built beside it or bring benchmarks of their own. */
function collect(name: string, directory: string, folders: Map<string, string>): void {
  if (folders.has(name)) return;
  folders.set(name, directory);
  for (const dependency of dependenciesOf(directory)) {
    const installed = findInstalled(dependency, directory);
    if (installed === undefined) continue;
    const exports = readPackageJson(installed).exports as Record<string, unknown> | undefined;
    const isLocal = !installed.split(sep).includes("node_modules");
    if (isLocal || (typeof exports === "object" && "./benchmarks" in exports)) collect(dependency, installed, folders);
  }
}

function dependenciesOf(directory: string): string[] {
  const { dependencies, peerDependencies } = readPackageJson(directory);
  return Object.keys({ ...dependencies, ...peerDependencies });
}

function isProgram(path: string): boolean {
  return !/(^|[\\/])(node_modules|\.git|\.ansatz)$/.test(path);
}
