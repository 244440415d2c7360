import { type DeviceKind, InvalidInputError, openDevice } from "@ansatz/tensor";
import { dataFolder } from "../data-folder.ts";
import { describeEnvironment, type Environment } from "../environment.ts";
import { type BuildCommands, buildCheckout } from "./build-commands.ts";
import { type BuiltPackage, builtPackages } from "./built-packages.ts";
import { Checkout, openRepository, type Repository, resolveRevision, workingTreeRevision } from "./checkout.ts";
import { DEFAULT_RULES } from "./decision.ts";
import { brokenPromise, type HostErrorRates, readErrorRates } from "./error-rates.ts";
import { sizeChannels } from "./exact-channels.ts";
import type { GateResult, GateSettings, PackageResult } from "./gate-result.ts";
import { type MatchedWorkload, type Matching, matchWorkloads } from "./matching.ts";
import { BuildError, listWorkloads } from "./measuring-process.ts";
import { type ListedWorkload, type Listing, matchesPattern, workloadName } from "./protocol.ts";
import { measureWorkloads } from "./sequential.ts";
import { judge } from "./verdict.ts";

/** How far a gate has come. */
export interface GateProgress {
  readonly done: number;
  readonly total: number;
  readonly message: string;
}

export interface GateOptions extends Partial<GateSettings> {
  /** Commit, branch or tag that is compared with. */
  readonly base: string;
  /** What is compared. Default: the commit that is checked out. */
  readonly head?: string;
  /** Only workloads whose `id case` contains it, or one of its alternatives between `|`, in any case. Default: all. */
  readonly pattern?: string;
  /** Default cpu. */
  readonly devices?: readonly DeviceKind[];
  /** Changes in the working tree are part of the head. Default: they are refused. */
  readonly uncommitted?: boolean;
  readonly commands?: BuildCommands;
  /** Channels that may get worse: `"bundle"`, `"webassembly"`, `"allocation"`, `"accuracy"`, or the name of a count. */
  readonly allow?: readonly string[];
  /** One inconclusive workload is enough to say that the host is too noisy; else all must be. Default false. */
  readonly strict?: boolean;
  /** A folder in the package whose benchmarks are compared. Default: the working directory. */
  readonly directory?: string;
  /** Where this host's error rates are kept. Default: `dataFolder()`. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GateProgress) => void;
}

export const DEFAULT_SETTINGS: GateSettings = {
  ...DEFAULT_RULES,
  processes: 8,
  maxProcesses: 30,
  milliseconds: 400,
  timeoutSeconds: 120,
};

/** Everything the steps of one gate share. */
interface GateContext {
  readonly options: GateOptions;
  readonly settings: GateSettings;
  readonly devices: readonly DeviceKind[];
  readonly pattern: string;
  readonly signal: AbortSignal;
  readonly startedAt: string;
  tell(done: number, total: number, message: string): void;
}

/**
 * Compares two commits: checks both out beside the working tree, installs and builds them, and measures their workloads against each other.
 *
 * @throws InvalidInputError for a commit that does not exist, changes that are not committed, a pattern that nothing matches.
 * @throws BuildError when a side cannot be built or loaded.
 * @throws the signal's reason when it fires; the checkouts are removed all the same.
 */
export async function runGate(options: GateOptions): Promise<GateResult> {
  const { directory = process.cwd(), folder = dataFolder(), uncommitted = false } = options;
  const context = contextOf(options);
  const environment = await environmentOf(context.devices[0]);
  const errorRates = await readErrorRates(folder, environment.hardware);
  const repository = await openRepository(directory);
  const base = await resolveRevision(repository, options.base);
  const head = options.head
    ? await resolveRevision(repository, options.head)
    : await workingTreeRevision(repository, uncommitted);
  const known = { context, environment, errorRates, base, head };
  const broken = errorRates && brokenPromise(errorRates, context.settings.level);
  if (broken) return resultOf(known, { verdict: "too-noisy", reasons: [broken] });
  await using baseCheckout = await checkOut(repository, base, context, 0);
  await using headCheckout = await checkOut(repository, head, context, 1);
  return resultOf(known, await compare(baseCheckout, headCheckout, context));
}

function contextOf(options: GateOptions): GateContext {
  const { devices = ["cpu"], pattern = "", signal = new AbortController().signal, onProgress } = options;
  const settings = settingsFrom(options);
  return {
    options,
    settings,
    devices,
    pattern,
    signal,
    startedAt: new Date().toISOString(),
    tell: (done, total, message) => onProgress?.({ done, total, message }),
  };
}

function settingsFrom(options: GateOptions): GateSettings {
  const defaults = DEFAULT_SETTINGS;
  const { processes = defaults.processes, margin = defaults.margin, level = defaults.level } = options;
  const { maxProcesses = Math.max(processes, defaults.maxProcesses), resolution = defaults.resolution } = options;
  const { milliseconds = defaults.milliseconds, timeoutSeconds = defaults.timeoutSeconds } = options;
  if (!(Number.isInteger(processes) && processes >= 1 && processes <= 200))
    throw new InvalidInputError("processes", "an integer from 1 to 200", processes);
  if (!(Number.isInteger(maxProcesses) && maxProcesses >= processes && maxProcesses <= 200))
    throw new InvalidInputError("maxProcesses", `an integer from ${processes} (the processes) to 200`, maxProcesses);
  if (!(level > 0 && level < 1)) throw new InvalidInputError("level", "a number between 0 and 1", level);
  if (!(margin >= 0 && margin < resolution))
    throw new InvalidInputError("margin", `a number from 0 to below the resolution (${resolution})`, margin);
  for (const [name, value] of Object.entries({ milliseconds, timeoutSeconds }))
    if (!(value > 0 && Number.isFinite(value))) throw new InvalidInputError(name, "a number > 0", value);
  return { processes, maxProcesses, margin, level, resolution, milliseconds, timeoutSeconds };
}

async function environmentOf(kind: DeviceKind): Promise<Environment> {
  await using device = await openDevice(kind);
  return await describeEnvironment(device.description);
}

async function checkOut(
  repository: Repository,
  revision: GateResult["base"],
  { options, signal, tell }: GateContext,
  step: number,
): Promise<Checkout> {
  tell(step, 2, `building ${revision.ref}`);
  const checkout = await Checkout.create(repository, revision);
  try {
    await buildCheckout(checkout, options.commands ?? {}, signal);
    return checkout;
  } catch (error) {
    await checkout[Symbol.asyncDispose]();
    throw error;
  }
}

type Findings = Pick<GateResult, "verdict" | "reasons"> &
  Partial<Pick<GateResult, "packages" | "workloads" | "identical" | "added" | "removed">>;

async function compare(base: Checkout, head: Checkout, context: GateContext): Promise<Findings> {
  const { settings, options, signal, tell } = context;
  const packages = comparePackages(await packagesOf(base), await packagesOf(head));
  const [baseListing, headListing] = [await listingOf(base, context), await listingOf(head, context)];
  const problems = [...problemsOf(base, baseListing), ...problemsOf(head, headListing)];
  if (baseListing.workloads.length + headListing.workloads.length === 0 && problems.length > 0)
    throw new BuildError(problems.join("\n"));
  const matching = matchWorkloads(baseListing.workloads, headListing.workloads);
  const { gated, identical, added, removed } = select(matching, packages, context.pattern);
  const controls = spread(identical, MOST_CONTROLS);
  const workloads = await measureWorkloads(
    { base: base.packageDirectory, head: head.packageDirectory, gated, controls },
    { settings, signal, onProgress: tell },
  );
  const findings = {
    packages,
    workloads,
    identical: identical.filter((each) => !controls.includes(each)).map(({ head: each }) => workloadName(each)),
    added: added.map(workloadName),
    removed: removed.map(workloadName),
  };
  return {
    ...findings,
    ...judge({
      ...findings,
      problems,
      allow: options.allow ?? [],
      strict: options.strict ?? false,
    }),
  };
}

function problemsOf({ revision }: Checkout, { problems }: Listing): string[] {
  return problems.map((problem) => `${revision.ref}: ${problem}`);
}

/** Of workloads whose program did not change, so many are measured all the same, to see what the host makes of equal code. */
const MOST_CONTROLS = 4;

/** So many of a list, evenly from all of it. */
function spread<Item>(items: readonly Item[], count: number): Item[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)]);
}

function packagesOf({ packageDirectory, directory }: Checkout): Promise<BuiltPackage[]> {
  return builtPackages(packageDirectory, directory);
}

function comparePackages(base: readonly BuiltPackage[], head: readonly BuiltPackage[]): PackageResult[] {
  return head.flatMap((after) => {
    const before = base.find(({ name }) => name === after.name);
    if (before === undefined) return [];
    return {
      name: after.name,
      identical: before.hash === after.hash,
      baseHash: before.hash,
      headHash: after.hash,
      channels: sizeChannels(before, after),
    };
  });
}

async function listingOf({ packageDirectory, revision }: Checkout, context: GateContext): Promise<Listing> {
  const { devices, settings, signal } = context;
  try {
    return await listWorkloads({ kind: "list", directory: packageDirectory, devices }, { ...settings, signal });
  } catch (error) {
    throw error instanceof BuildError ? new BuildError(`${revision.ref}: ${error.message}`, { cause: error }) : error;
  }
}

interface Selected {
  /** What can have changed. */
  readonly gated: readonly MatchedWorkload[];
  /** The same program on both sides. */
  readonly identical: readonly MatchedWorkload[];
  readonly added: readonly ListedWorkload[];
  readonly removed: readonly ListedWorkload[];
}

function select(matching: Matching, packages: readonly PackageResult[], pattern: string): Selected {
  const wanted = (each: ListedWorkload) => matchesPattern(each, pattern);
  const matched = matching.matched.filter(({ base, head }) => wanted(base) || wanted(head));
  const added = matching.added.filter(wanted);
  const removed = matching.removed.filter(wanted);
  if (matched.length + added.length + removed.length === 0) {
    const names = [...matching.matched.map(({ head }) => head), ...matching.added].map(workloadName);
    const some = names.slice(0, 5).join(", ") + (names.length > 5 ? ", …" : "");
    throw new InvalidInputError("pattern", `part of the name of a workload (${some || "there are none"})`, pattern);
  }
  // A package that is not built in the checkout came by the lock file; where the lock files differ, so do the hashes of what depends on it.
  const known = new Map(packages.map((each) => [each.name, each.identical]));
  const allIdentical = packages.every(({ identical }) => identical);
  const isSame = ({ head, renamed }: MatchedWorkload) => !renamed && (known.get(head.package) ?? allIdentical);
  return {
    gated: matched.filter((each) => !isSame(each)),
    identical: matched.filter(isSame),
    added,
    removed,
  };
}

interface Known {
  readonly context: GateContext;
  readonly environment: Environment;
  readonly errorRates: HostErrorRates | null;
  readonly base: GateResult["base"];
  readonly head: GateResult["head"];
}

function resultOf({ context, environment, errorRates, base, head }: Known, findings: Findings): GateResult {
  const { settings, devices, pattern, options, startedAt } = context;
  return {
    packages: [],
    workloads: [],
    identical: [],
    added: [],
    removed: [],
    ...findings,
    base,
    head,
    pattern,
    devices,
    settings,
    versions: environment.versions,
    hardware: environment.hardware,
    errorRates,
    allowed: options.allow ?? [],
    startedAt,
    finishedAt: new Date().toISOString(),
  };
}
