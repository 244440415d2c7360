import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { availableParallelism, cpus, totalmem } from "node:os";
import { promisify } from "node:util";
import type { DeviceDescription } from "@ansatz/tensor";
import type { PackageOrigin } from "./experiment.ts";
import type { HardwareFingerprint } from "./run-record.ts";

const require = createRequire(import.meta.url);

/** What a result depends on beside its parameters. */
export interface Environment {
  readonly versions: Readonly<Record<string, string>>;
  readonly gitCommit: string | null;
  readonly hardware: HardwareFingerprint;
}

/** The environment of a run on a device; `origin` is the package it was loaded from, where known. */
export async function describeEnvironment(device: DeviceDescription, origin?: PackageOrigin): Promise<Environment> {
  return {
    versions: {
      ...(origin && { [origin.name]: origin.version }),
      "@ansatz/lab": labVersion(),
      "@ansatz/tensor": versionOf("@ansatz/tensor"),
      node: process.versions.node,
    },
    gitCommit: await gitCommit(origin?.directory ?? process.cwd()),
    hardware: fingerprint(device),
  };
}

/** Version of this package. */
export function labVersion(): string {
  return versionOf("@ansatz/lab");
}

function versionOf(packageName: string): string {
  return require(`${packageName}/package.json`).version;
}

const commits = new Map<string, Promise<string | null>>();

/** Commit of the working tree around a folder, with `+` when tracked files have changes; null outside of git. Read once per folder. */
export function gitCommit(directory: string): Promise<string | null> {
  let commit = commits.get(directory);
  if (commit === undefined) {
    commit = readGitCommit(directory);
    commits.set(directory, commit);
  }
  return commit;
}

async function readGitCommit(directory: string): Promise<string | null> {
  // One call for both: without any tag to match, `describe --always` prints the bare commit.
  const arguments_ = ["--no-optional-locks", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+"];
  try {
    const { stdout } = await promisify(execFile)("git", arguments_, { cwd: directory });
    return stdout.trim();
  } catch {
    return null;
  }
}

/** The machine, and with a GPU device its adapter, as a stable fingerprint. */
export function fingerprint(device: DeviceDescription): HardwareFingerprint {
  const GIB = 2 ** 30;
  const gpu = adapterOf(device);
  const fields = {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    // The kernel keeps a little for itself, differently from boot to boot.
    memoryBytes: Math.round(totalmem() / GIB) * GIB,
    platform: `${process.platform}-${process.arch}`,
    ...(gpu && { gpu }),
  };
  return { id: createHash("sha256").update(JSON.stringify(fields)).digest("hex").slice(0, 12), ...fields };
}

/** Vendor, architecture and model of a webgpu device's adapter. Its description is left out: it names the driver, which comes and goes. */
function adapterOf({ kind, details }: DeviceDescription): string | undefined {
  if (kind !== "webgpu") return undefined;
  const { vendor, architecture, device } = (details.adapter ?? {}) as Record<string, string | undefined>;
  return [vendor, architecture, device].filter(Boolean).join(" ") || undefined;
}
