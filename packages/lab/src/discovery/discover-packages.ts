import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { KernelBenchmark } from "@ansatz/tensor";
import type { Benchmark } from "../benchmark.ts";
import { kernelBenchmark } from "../benchmarking/kernel-workload.ts";
import { BENCHMARK_OF_SUITE } from "../benchmarking/paired.ts";
import { messageOf } from "../error-message.ts";
import type { Experiment, PackageOrigin } from "../experiment.ts";
import { describeSchema } from "../parameters.ts";
import { activeConditions, resolveExport } from "./package-exports.ts";
import { findInstalled, nearestPackage, type PackageJson, readPackageJson } from "./package-json.ts";

/** What a package can offer, by the entry point it exports. */
export type Offering = "experiments" | "benchmarks";

/** An installed package that offers experiments or benchmarks. */
export interface DiscoveredPackage extends PackageOrigin {
  readonly description: string;
  readonly experiments: readonly Experiment[];
  readonly benchmarks: readonly Benchmark[];
  /** Why something it should offer is missing, one sentence each. */
  readonly problems: readonly string[];
}

export interface DiscoveryOptions {
  /** Folder to look from. Default: the working directory. */
  readonly from?: string;
  /** Which entry points to load; those left out come back as empty lists. Default: both. */
  readonly load?: readonly Offering[];
  /** Export conditions that entry points are found with. Default: those of this process. */
  readonly conditions?: ReadonlySet<string>;
}

/**
 * Finds the packages that export `./experiments` or `./benchmarks`: the package around `from` itself and its dependencies and devDependencies.
 * One that fails to load is listed with its problems; an id that an earlier package has already taken is left out and named as a problem.
 *
 * @throws InvalidInputError when `from` is not inside a package.
 */
export async function discoverPackages(options: DiscoveryOptions = {}): Promise<DiscoveredPackage[]> {
  const { from = process.cwd(), load = ["experiments", "benchmarks"], conditions = activeConditions() } = options;
  const root = nearestPackage(from);
  const { dependencies, devDependencies } = readPackageJson(root);
  const names = new Set([...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies ?? {})].sort());
  const installed = [...names].flatMap((name) => findInstalled(name, root) ?? []);
  const owners: Owners = { experiments: new Map(), benchmarks: new Map() };
  const found: DiscoveredPackage[] = [];
  for (const directory of new Set([root, ...installed])) {
    const discovered = await loadPackage(directory, { load, conditions, owners });
    if (discovered) found.push(discovered);
  }
  return found;
}

/** Id to the package that has it. */
type Owners = Readonly<Record<Offering, Map<string, string>>>;

interface Loading {
  readonly load: readonly Offering[];
  readonly conditions: ReadonlySet<string>;
  readonly owners: Owners;
}

async function loadPackage(
  directory: string,
  { load, conditions, owners }: Loading,
): Promise<DiscoveredPackage | undefined> {
  const problems: string[] = [];
  const packageJson = readOrReport(directory, problems);
  const { name = directory, version = "0.0.0", description = "", exports } = packageJson;
  const fileOf = (offering: Offering) => resolveExport(exports, `./${offering}`, conditions);
  if (!fileOf("experiments") && !fileOf("benchmarks") && problems.length === 0) return undefined;

  const origin: PackageOrigin = { name, version, directory };
  const loadList = async <Item extends { readonly id: string }>(
    offering: Offering,
    recognize: (entry: unknown) => Item,
  ): Promise<Item[]> => {
    const file = fileOf(offering);
    if (!file || !load.includes(offering)) return [];
    const report = (problem: string) => void problems.push(`./${offering}: ${problem}`);
    const entries = await importEntries(join(directory, file), recognize, report);
    const unique = keepNewIds(entries, name, owners[offering], report);
    return unique.map((entry) => ({ ...entry, origin }));
  };
  return {
    ...origin,
    description,
    experiments: await loadList("experiments", recognizeExperiment),
    benchmarks: await loadList("benchmarks", (entry) => recognizeBenchmark(entry, name)),
    problems,
  };
}

function readOrReport(directory: string, problems: string[]): PackageJson {
  try {
    return readPackageJson(directory);
  } catch (error) {
    problems.push(`package.json: ${messageOf(error)}`);
    return {};
  }
}

/** The entries of the list that a module exports by default; what stops it or one of them is reported. */
async function importEntries<Item>(
  file: string,
  recognize: (entry: unknown) => Item,
  report: (problem: string) => void,
): Promise<Item[]> {
  const list = await importList(file).catch((error) => report(messageOf(error)));
  return (list ?? []).flatMap((entry, index) => {
    try {
      return [recognize(entry)];
    } catch (error) {
      report(`entry ${index}: ${messageOf(error)}`);
      return [];
    }
  });
}

async function importList(file: string): Promise<unknown[]> {
  const { default: list } = await import(pathToFileURL(file).href);
  if (!Array.isArray(list)) throw new Error("its default export is not a list");
  return list;
}

function keepNewIds<Item extends { readonly id: string }>(
  items: Item[],
  name: string,
  owners: Map<string, string>,
  report: (problem: string) => void,
): Item[] {
  return items.filter(({ id }) => {
    const owner = owners.get(id);
    if (owner !== undefined) report(`${id} is already taken by ${owner === name ? "an earlier entry" : owner}`);
    else owners.set(id, name);
    return owner === undefined;
  });
}

// By what they have, not by class: a package may bring its own copy of this library.

function recognizeExperiment(entry: unknown): Experiment {
  const { id, parameters, metrics, run } = (entry ?? {}) as Partial<Experiment>;
  if (typeof id !== "string" || !parameters || !metrics || typeof run !== "function")
    throw new Error("not an experiment, as defineExperiment makes them");
  describeSchema(parameters, `${id}: parameters`);
  return entry as Experiment;
}

function recognizeBenchmark(given: unknown, packageName: string): Benchmark {
  const suite = (given as { [BENCHMARK_OF_SUITE]?: () => Benchmark } | null)?.[BENCHMARK_OF_SUITE];
  const entry = suite ? suite() : given;
  const { id, kernel, cases, setup } = (entry ?? {}) as Partial<Benchmark & KernelBenchmark<unknown>>;
  if (kernel && Array.isArray(cases)) return kernelBenchmark(entry as KernelBenchmark<unknown>, packageName);
  if (typeof id !== "string" || !Array.isArray(cases) || typeof setup !== "function")
    throw new Error("not a benchmark, as defineBenchmark and benchmarkKernel make them");
  return entry as Benchmark;
}
