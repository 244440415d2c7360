import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InvalidInputError } from "@ansatz/tensor";

/** The fields of a package.json that are read here. */
export interface PackageJson {
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  readonly type?: string;
  readonly main?: string;
  readonly exports?: unknown;
  readonly imports?: unknown;
  readonly files?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Parses the package.json of a folder. */
export function readPackageJson(directory: string): PackageJson {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));
}

/** The folder of the package that contains `from`. @throws InvalidInputError when there is none. */
export function nearestPackage(from: string): string {
  for (const directory of upwards(from)) if (existsSync(join(directory, "package.json"))) return directory;
  throw new InvalidInputError("from", "a folder inside a package (with a package.json)", resolve(from));
}

/** The real folder of an installed dependency, as Node would find it from `directory`; undefined when it is not installed. */
export function findInstalled(name: string, directory: string): string | undefined {
  for (const ancestor of upwards(directory)) {
    const candidate = join(ancestor, "node_modules", name);
    // The real path, as Node uses it: a module must not be loaded twice under two names.
    if (existsSync(join(candidate, "package.json"))) return realpathSync(candidate);
  }
  return undefined;
}

function* upwards(from: string): Generator<string> {
  let directory = resolve(from);
  for (;;) {
    yield directory;
    const parent = dirname(directory);
    if (parent === directory) return;
    directory = parent;
  }
}
