import { registerHooks } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Device, type DeviceKind, openDevice } from "@ansatz/tensor";
import type { Benchmark, BenchmarkCase } from "../benchmark.ts";
import { type DiscoveredPackage, discoverPackages } from "../discovery/discover-packages.ts";
import { activeConditions, resolveExport } from "../discovery/package-exports.ts";
import { findInstalled, readPackageJson } from "../discovery/package-json.ts";
import { isInside } from "./built-packages.ts";
import type { Listing, WorkloadReference } from "./protocol.ts";

const SOURCE_CONDITION = "ansatz-source";

/** The conditions that a published package is loaded with, even where this library itself runs from its sources. */
export function builtConditions(): Set<string> {
  const conditions = activeConditions();
  conditions.delete(SOURCE_CONDITION);
  return conditions;
}

/** Makes this process load what was built in these folders, whatever condition this library itself runs under. */
export function loadBuiltModules(directories: readonly string[]): void {
  registerHooks({
    // The folder is found out beforehand: a second step further on would get the answer to the first, which Node remembers whatever the conditions.
    resolve(specifier, context, next) {
      const folder = folderOf(specifier, context.parentURL);
      if (!folder || !directories.some((each) => isInside(folder, each))) return next(specifier, context);
      const conditions = context.conditions.filter((condition) => condition !== SOURCE_CONDITION);
      return next(specifier, { ...context, conditions });
    },
  });
}

/** Where the conditions for a specifier apply: the folder of the package it names, or of the module that asks. */
function folderOf(specifier: string, parentUrl: string | undefined): string | undefined {
  if (!parentUrl?.startsWith("file:")) return undefined;
  const parent = dirname(fileURLToPath(parentUrl));
  const [name] = /^(@[^/]+\/)?[^/@.#:][^/:]*/.exec(specifier) ?? [];
  return (name && findInstalled(name, parent)) ?? parent;
}

/** The benchmarks that can be loaded from one folder, and the devices they compute on, opened by their own copy of the tensor package. */
export class LoadedBuild implements AsyncDisposable {
  readonly #directory: string;
  readonly #packages: readonly DiscoveredPackage[];
  /** Folder of a tensor package and kind to its device: tensors of one copy are not tensors of another. */
  readonly #devices = new Map<string, Device>();

  private constructor(directory: string, packages: readonly DiscoveredPackage[]) {
    this.#directory = directory;
    this.#packages = packages;
  }

  static async load(directory: string): Promise<LoadedBuild> {
    const conditions = builtConditions();
    return new LoadedBuild(directory, await discoverPackages({ from: directory, load: ["benchmarks"], conditions }));
  }

  list(devices: readonly DeviceKind[]): Listing {
    const workloads = this.#packages.flatMap((each) =>
      each.benchmarks.flatMap((benchmark) =>
        devices
          .filter((device) => benchmark.devices.includes(device))
          .flatMap((device) =>
            benchmark.cases.map((benchmarkCase) => ({
              benchmark: benchmark.id,
              case: benchmarkCase.name,
              device,
              package: each.name,
              title: benchmark.title,
              declaration: JSON.stringify({ ...benchmarkCase, name: undefined }),
            })),
          ),
      ),
    );
    return { workloads, problems: this.#packages.flatMap(({ name, problems }) => problems.map((p) => `${name} ${p}`)) };
  }

  /** @throws Error when this build has no such workload. */
  find({ benchmark: id, case: name }: WorkloadReference): { benchmark: Benchmark; benchmarkCase: BenchmarkCase } {
    const benchmark = this.#packages.flatMap(({ benchmarks }) => benchmarks).find((each) => each.id === id);
    const benchmarkCase = benchmark?.cases.find((each) => each.name === name);
    if (!benchmark || !benchmarkCase) throw new Error(`there is no workload "${id} ${name}"`);
    return { benchmark, benchmarkCase };
  }

  /** The device for a benchmark, opened on first use. */
  async device(benchmark: Benchmark, kind: DeviceKind): Promise<Device> {
    const folder = tensorPackageOf(benchmark);
    const key = `${folder ?? ""} ${kind}`;
    const device = this.#devices.get(key) ?? (await (await openerOf(folder, this.#directory))(kind));
    this.#devices.set(key, device);
    return device;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const device of this.#devices.values()) await device[Symbol.asyncDispose]();
  }
}

const TENSOR = "@ansatz/tensor";

/** Undefined where a package has none of its own: it computes without a device. */
function tensorPackageOf({ origin }: Benchmark): string | undefined {
  if (origin === undefined) return undefined;
  return origin.name === TENSOR ? origin.directory : findInstalled(TENSOR, origin.directory);
}

async function openerOf(folder: string | undefined, build: string): Promise<(kind: DeviceKind) => Promise<Device>> {
  if (folder === undefined) return openDevice;
  // One linked from elsewhere was not built here: it is loaded as this process loads everything.
  const conditions = isInside(folder, build) ? builtConditions() : activeConditions();
  const file = resolveExport(readPackageJson(folder).exports, ".", conditions);
  if (file === undefined) throw new Error(`${folder} exports no module`);
  return (await import(pathToFileURL(join(folder, file)).href)).openDevice;
}
