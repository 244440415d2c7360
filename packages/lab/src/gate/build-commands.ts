import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { InvalidInputError } from "@ansatz/tensor";
import { readPackageJson } from "../discovery/package-json.ts";
import { isInside } from "./built-packages.ts";
import type { Checkout } from "./checkout.ts";
import { BuildError } from "./measuring-process.ts";
import { runShell, ShellError } from "./shell.ts";

/** Command lines that replace the usual ones; `"none"`: nothing to do. */
export interface BuildCommands {
  /** Run at the top of the checkout. */
  readonly install?: string;
  /** Run in the package's folder. */
  readonly build?: string;
}

/** A command and the folder it runs in. */
interface Step {
  readonly commandLine: string;
  readonly cwd: string;
}

/**
 * Installs exactly what the lock file says and runs the `build` script, where there is one.
 *
 * @throws BuildError with the end of the output when a command fails.
 * @throws InvalidInputError when there are dependencies but no lock file: the two sides could get different ones.
 */
export async function buildCheckout(
  { revision, directory, packageDirectory }: Checkout,
  commands: BuildCommands,
  signal: AbortSignal,
): Promise<void> {
  if (!existsSync(join(packageDirectory, "package.json")))
    throw new BuildError(`${revision.ref}: there is no package.json where there is one in the working tree`);
  for (const step of buildSteps(directory, packageDirectory, commands)) await runStep(step, revision.ref, signal);
}

/** What to run, in order, for a package in a checkout. @throws InvalidInputError as `buildCheckout`. */
export function buildSteps(top: string, packageDirectory: string, commands: BuildCommands): Step[] {
  const steps = [installStep(top, packageDirectory, commands), buildStep(top, packageDirectory, commands)];
  return steps.filter((step) => step !== undefined);
}

async function runStep({ commandLine, cwd }: Step, ref: string, signal: AbortSignal): Promise<void> {
  try {
    await runShell(commandLine, { cwd, signal });
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    throw new BuildError(`${ref}: ${error.message}`, { cause: error });
  }
}

/** A package manager, by the lock file it writes. */
interface PackageManager {
  readonly lockFile: string;
  readonly run: string;
  install(lockFile: string): string;
}

const PACKAGE_MANAGERS: readonly PackageManager[] = [
  { lockFile: "pnpm-lock.yaml", run: "pnpm run", install: () => "pnpm install --frozen-lockfile" },
  { lockFile: "package-lock.json", run: "npm run", install: () => "npm ci --no-audit --no-fund" },
  { lockFile: "npm-shrinkwrap.json", run: "npm run", install: () => "npm ci --no-audit --no-fund" },
  {
    lockFile: "yarn.lock",
    run: "yarn run",
    // The first version of yarn signs its lock file, and has another flag for the same.
    install: (text) => `yarn install ${text.includes("yarn lockfile v1") ? "--frozen-lockfile" : "--immutable"}`,
  },
];

/** Without pnpm on the path it is fetched, as `npx` does. */
function available(commandLine: string): string {
  if (!commandLine.startsWith("pnpm ")) return commandLine;
  const folders = (process.env.PATH ?? "").split(process.platform === "win32" ? ";" : ":");
  const found = folders.some((folder) =>
    ["pnpm", "pnpm.cmd", "pnpm.exe"].some((name) => existsSync(join(folder, name))),
  );
  return found ? commandLine : `npx --yes ${commandLine}`;
}

function installStep(top: string, packageDirectory: string, { install }: BuildCommands): Step | undefined {
  if (install !== undefined) return install === "none" ? undefined : { commandLine: install, cwd: top };
  const found = lockFileAbove(packageDirectory, top);
  if (found) {
    const { manager, folder } = found;
    const text = readFileSync(join(folder, manager.lockFile), "utf8");
    return { commandLine: available(manager.install(text)), cwd: folder };
  }
  const { dependencies, devDependencies } = readPackageJson(packageDirectory);
  if (Object.keys({ ...dependencies, ...devDependencies }).length === 0) return undefined;
  const names = PACKAGE_MANAGERS.map(({ lockFile }) => lockFile).join(", ");
  throw new InvalidInputError("install", `a lock file (${names}), or --install <command>`, "none");
}

function buildStep(top: string, packageDirectory: string, { build }: BuildCommands): Step | undefined {
  if (build !== undefined) return build === "none" ? undefined : { commandLine: build, cwd: packageDirectory };
  for (const folder of foldersUpTo(packageDirectory, top)) {
    if (!existsSync(join(folder, "package.json")) || !readPackageJson(folder).scripts?.build) continue;
    const manager = lockFileAbove(folder, top)?.manager;
    return { commandLine: available(`${manager?.run ?? "npm run"} build`), cwd: folder };
  }
  return undefined;
}

function lockFileAbove(from: string, top: string): { manager: PackageManager; folder: string } | undefined {
  for (const folder of foldersUpTo(from, top))
    for (const manager of PACKAGE_MANAGERS) if (existsSync(join(folder, manager.lockFile))) return { manager, folder };
  return undefined;
}

function* foldersUpTo(from: string, top: string): Generator<string> {
  for (let folder = from; isInside(folder, top); folder = dirname(folder)) {
    yield folder;
    if (folder === top) return;
  }
}
