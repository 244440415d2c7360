import { createHash } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { findInstalled, type PackageJson, readPackageJson } from "../discovery/package-json.ts";

/** A package that is built in a checkout, not installed from a registry. */
export interface BuiltPackage {
  readonly name: string;
  readonly directory: string;
  /** Of everything that runs: its files and entry points, and those of what it depends on. Equal hashes: the same program. */
  readonly hash: string;
  /** Bytes of its JavaScript, embedded WebAssembly included. */
  readonly javascriptBytes: number;
  /** Bytes of its WebAssembly modules, in files or embedded as base64. */
  readonly webAssemblyBytes: number;
}

/** Whether a path is a folder or lies in it. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The package in this folder and those it is built with from the same checkout, with what they contain; those that nobody can import (a workspace's top) left out. */
export async function builtPackages(directory: string, checkout: string): Promise<BuiltPackage[]> {
  const contents = new Map<string, PackageContent>();
  await collect(realpathSync(directory), realpathSync(checkout), true, contents);
  const importable = [...contents.values()].filter(({ packageJson: { exports, main } }) => exports ?? main);
  return importable.map((content) => ({
    name: content.packageJson.name ?? content.directory,
    directory: content.directory,
    hash: hashWithDependencies(content, contents),
    javascriptBytes: content.javascriptBytes,
    webAssemblyBytes: content.webAssemblyBytes,
  }));
}

interface PackageContent {
  readonly directory: string;
  readonly packageJson: PackageJson;
  readonly hash: string;
  readonly javascriptBytes: number;
  readonly webAssemblyBytes: number;
  /** Folders of those of the same checkout, `name@version` of the others. */
  readonly dependencies: readonly string[];
}

async function collect(
  directory: string,
  checkout: string,
  isRoot: boolean,
  contents: Map<string, PackageContent>,
): Promise<void> {
  if (contents.has(directory)) return;
  const packageJson = readPackageJson(directory);
  const content = await readContent(directory, packageJson, dependenciesOf(directory, checkout, packageJson, isRoot));
  contents.set(directory, content);
  for (const dependency of content.dependencies)
    if (isBuiltHere(dependency, checkout)) await collect(dependency, checkout, false, contents);
}

function isBuiltHere(path: string, checkout: string): boolean {
  return isInside(path, checkout) && !relative(checkout, path).split(sep).includes("node_modules");
}

/** Development dependencies count where the gate starts from, since discovery looks at them; elsewhere they do not run. */
function dependenciesOf(directory: string, checkout: string, packageJson: PackageJson, isRoot: boolean): string[] {
  const { dependencies, peerDependencies, devDependencies } = packageJson;
  const names = Object.keys({ ...dependencies, ...peerDependencies, ...(isRoot && devDependencies) }).sort();
  return names.flatMap((name) => {
    const installed = findInstalled(name, directory);
    if (installed === undefined) return [];
    return isBuiltHere(installed, checkout) ? installed : `${name}@${readPackageJson(installed).version}`;
  });
}

/** Not part of the program. */
const IGNORED_FILES =
  /(^|\/)(node_modules|\.git|\.ansatz|coverage)(\/|$)|\.(d\.[cm]?ts|md|map|tsbuildinfo)$|(^|\/)LICENSE$/;

async function readContent(
  directory: string,
  packageJson: PackageJson,
  dependencies: readonly string[],
): Promise<PackageContent> {
  const { type, main, exports, imports } = packageJson;
  const hash = createHash("sha256").update(JSON.stringify({ type, main, exports, imports }));
  let javascriptBytes = 0;
  let webAssemblyBytes = 0;
  for (const path of await publishedFiles(directory, packageJson)) {
    const bytes = await readFile(join(directory, path));
    hash.update(`\n${path} ${bytes.length}\n`).update(bytes);
    if (path.endsWith(".wasm")) webAssemblyBytes += bytes.length;
    if (!/\.[cm]?js$/.test(path)) continue;
    javascriptBytes += bytes.length;
    // How base64 of a module's magic number and version begins; written so that this line is not taken for one.
    for (const [module] of bytes.toString("latin1").matchAll(/AGFzbQEA{4}[A-Za-z0-9+/]*/g))
      webAssemblyBytes += Math.floor((module.length * 3) / 4);
  }
  return { directory, packageJson, hash: hash.digest("hex"), javascriptBytes, webAssemblyBytes, dependencies };
}

/** Relative paths of what `files` names, or of everything, sorted; the package.json is not among them. */
async function publishedFiles(directory: string, { files }: PackageJson): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of files ?? ["."]) {
    const start = join(directory, entry.replace(/\/?\*+$/, ""));
    if (!existsSync(start)) continue;
    paths.push(...(await filesBelow(start)).map((path) => relative(directory, path).replaceAll(sep, "/")));
  }
  return [...new Set(paths)].filter((path) => path !== "package.json" && !IGNORED_FILES.test(path)).sort();
}

async function filesBelow(start: string): Promise<string[]> {
  const entries = await readdir(start, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (entries === undefined) return [start];
  const found: string[] = [];
  for (const entry of entries) {
    if (/^(node_modules|\.git|\.ansatz)$/.test(entry.name)) continue;
    const path = join(start, entry.name);
    // A package inside another is one of its own.
    if (entry.isDirectory() && !existsSync(join(path, "package.json"))) found.push(...(await filesBelow(path)));
    if (entry.isFile()) found.push(path);
  }
  return found;
}

/** Goes through what a package depends on, each once: dependencies may be circular. */
function hashWithDependencies(content: PackageContent, contents: ReadonlyMap<string, PackageContent>): string {
  const seen = new Set<string>();
  const parts: string[] = [];
  const visit = ({ directory, packageJson, hash, dependencies }: PackageContent) => {
    if (seen.has(directory)) return;
    seen.add(directory);
    parts.push(`${packageJson.name} ${hash}`);
    for (const dependency of dependencies) {
      const built = contents.get(dependency);
      if (built) visit(built);
      else parts.push(dependency);
    }
  };
  visit(content);
  // Sorted: what is reached first must not matter.
  return createHash("sha256")
    .update([...new Set(parts)].sort().join("\n"))
    .digest("hex");
}
