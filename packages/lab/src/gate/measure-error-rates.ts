import { type DeviceKind, InvalidInputError, openDevice } from "@ansatz/tensor";
import { median } from "../benchmarking/timing.ts";
import { dataFolder } from "../data-folder.ts";
import { describeEnvironment } from "../environment.ts";
import { BuildCopy } from "./build-copy.ts";
import { proportion } from "./clopper-pearson.ts";
import { DEFAULT_RULES } from "./decision.ts";
import {
  type AlarmRate,
  type DecisionRule,
  type HostErrorRates,
  PROMISED_PROCESSES,
  storeErrorRates,
} from "./error-rates.ts";
import { holm } from "./holm.ts";
import { BuildError, listWorkloads, measurePairs } from "./measuring-process.ts";
import { type ListedWorkload, matchesPattern, type PairMeasurement, workloadName } from "./protocol.ts";
import { DEFAULT_SETTINGS, type GateProgress } from "./run-gate.ts";
import { mannWhitneyTest, welchTest } from "./sample-tests.ts";
import { signedRankTest } from "./signed-rank.ts";

export interface ErrorRateOptions {
  /** As in `GateOptions`. Default: all. */
  readonly pattern?: string;
  readonly devices?: readonly DeviceKind[];
  /** Comparisons of identical code, over all workloads, of 8 processes each. Default 200. */
  readonly comparisons?: number;
  /** Time for the batches of a pair. Default: the gate's. */
  readonly milliseconds?: number;
  readonly timeoutSeconds?: number;
  /** A folder in the package whose benchmarks are used. Default: the working directory. */
  readonly directory?: string;
  /** Where the result is kept. Default: `dataFolder()`. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GateProgress) => void;
}

/** Real slow-downs: one more call after each so many. */
const EXTRA_EVERY = [50, 20, 10, 5];

/** Processes of a comparison. */
const GROUP_SIZES = [PROMISED_PROCESSES, 20];

/** What a stored baseline usually allows. */
const BASELINE_LIMIT = 1.05;

/**
 * Measures how often this host raises a false alarm about identical code, and how often it finds real slow-downs, and keeps the result for later gates.
 *
 * @throws InvalidInputError when no workload matches; BuildError when one fails; the signal's reason when it fires.
 */
export async function measureErrorRates(options: ErrorRateOptions = {}): Promise<HostErrorRates> {
  const { devices = ["cpu"], directory = process.cwd(), folder = dataFolder() } = options;
  const { milliseconds = DEFAULT_SETTINGS.milliseconds, comparisons = 200 } = options;
  await using device = await openDevice(devices[0]);
  const { versions, hardware } = await describeEnvironment(device.description);
  await using base = await BuildCopy.create(directory);
  await using head = await BuildCopy.create(directory);
  const workloads = await workloadsOf(base, devices, options);
  const processes = PROMISED_PROCESSES * Math.ceil(comparisons / workloads.length);
  const series = await collectSeries(
    { base: base.directory, head: head.directory, workloads, processes, milliseconds },
    options,
  );
  const { margin, level } = DEFAULT_RULES;
  const rates: HostErrorRates = {
    hardware,
    versions,
    measuredAt: new Date().toISOString(),
    workloads: workloads.map(workloadName),
    settings: { margin, level, milliseconds, processes },
    rates: alarmRates(series, margin, level),
    logRatios: series.flatMap(({ slowdown, workload, observations }) => ({
      slowdown,
      workload,
      values: observations.map(({ logRatio }) => logRatio),
    })),
  };
  await storeErrorRates(folder, rates);
  return rates;
}

async function workloadsOf(
  { directory }: BuildCopy,
  devices: readonly DeviceKind[],
  {
    pattern = "",
    signal = new AbortController().signal,
    timeoutSeconds = DEFAULT_SETTINGS.timeoutSeconds,
  }: ErrorRateOptions,
): Promise<ListedWorkload[]> {
  const { workloads, problems } = await listWorkloads({ kind: "list", directory, devices }, { timeoutSeconds, signal });
  if (problems.length > 0) throw new BuildError(problems.join("; "));
  const matching = workloads.filter((each) => matchesPattern(each, pattern));
  if (matching.length > 0) return matching;
  const names = workloads.slice(0, 5).map(workloadName).join(", ");
  throw new InvalidInputError("pattern", `part of the name of a workload (${names || "there are none"})`, pattern);
}

/** What one process says about a pair, by which all rules decide. */
export interface Observation {
  readonly logRatio: number;
  /** Medians of the batches: what a stored baseline keeps and compares. */
  readonly baseMedian: number;
  readonly headMedian: number;
  /** Of tests on the raw samples of this one process. */
  readonly welch: number;
  readonly mannWhitney: number;
}

/** All processes' observations of one workload with one slow-down, in the order measured. */
export interface Series {
  readonly slowdown: number;
  readonly workload: string;
  readonly observations: Observation[];
}

interface Collecting {
  readonly base: string;
  readonly head: string;
  readonly workloads: readonly ListedWorkload[];
  readonly processes: number;
  readonly milliseconds: number;
}

/** Each process measures every workload against itself, and against itself slowed down by one of the slow-downs in turn. */
async function collectSeries(
  { base, head, workloads, processes, milliseconds }: Collecting,
  {
    signal = new AbortController().signal,
    onProgress,
    timeoutSeconds = DEFAULT_SETTINGS.timeoutSeconds,
  }: ErrorRateOptions,
): Promise<Series[]> {
  const series = [0, ...EXTRA_EVERY].flatMap((extraEvery) =>
    workloads.map((each) => ({
      extraEvery,
      each,
      slowdown: extraEvery && 1 / extraEvery,
      workload: workloadName(each),
      observations: [] as Observation[],
    })),
  );
  for (let process = 0; process < processes; process++) {
    const turn = EXTRA_EVERY[process % EXTRA_EVERY.length];
    const current = series.filter(({ extraEvery }) => extraEvery === 0 || extraEvery === turn);
    const pairs = current.map(({ each, extraEvery }) => ({ base: each, head: each, extraEvery }));
    // The second term: else a slow-down that has its turn at every fourth process would always meet the same load order.
    const headFirst = (process + Math.floor(process / EXTRA_EVERY.length)) % 2 === 1;
    const outcomes = await measurePairs(
      { kind: "measure", base, head, pairs, milliseconds, headFirst, samples: true },
      {
        timeoutSeconds,
        signal,
        onProgress: (done, total, pair) =>
          onProgress?.({
            done: process + done / total,
            total: processes,
            message: `process ${process + 1} of ${processes}: ${current[pair].workload}`,
          }),
      },
    );
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.status !== "measured") throw new BuildError(`${current[index].workload}: ${outcome.reason}`);
      current[index].observations.push(observe(outcome.measurement));
    }
  }
  return series.map(({ slowdown, workload, observations }) => ({ slowdown, workload, observations }));
}

function observe({ logRatio, base, head }: PairMeasurement): Observation {
  const { samples: before = [] } = base;
  const { samples: after = [] } = head;
  return {
    logRatio,
    baseMedian: median(before),
    headMedian: median(after),
    welch: welchTest(before, after),
    mannWhitney: mannWhitneyTest(before, after),
  };
}

/**
 * Decides all comparisons that can be made from these series. A comparison is a workload in a group of 8 (and of 20) successive processes; groups share no process. The rivals
 * decide the same groups from what they look at: one process's samples, or one process's and a later one's.
 */
export function alarmRates(series: readonly Series[], margin: number, level: number): AlarmRate[] {
  const slowdowns = [...new Set(series.map(({ slowdown }) => slowdown))];
  return slowdowns.flatMap((slowdown) => {
    const own = series.filter((each) => each.slowdown === slowdown);
    return GROUP_SIZES.flatMap((size) => {
      const groups = groupsOf(own, size);
      if (groups.length === 0) return [];
      const rate = (rule: DecisionRule, processes: number, alarms: readonly boolean[]): AlarmRate => ({
        rule,
        processes,
        slowdown,
        ...proportion(alarms.filter(Boolean).length, alarms.length),
      });
      const ours = rate(
        "gate",
        size,
        groups.flatMap((group) => gateAlarms(group, slowdown, margin, level)),
      );
      if (size !== PROMISED_PROCESSES) return [ours];
      const cases = groups.flat();
      return [
        ours,
        rate("stored baseline", 2, cases.map(baselineAlarm)),
        rate(
          "Welch's t",
          1,
          cases.map(([{ welch }]) => welch <= level),
        ),
        rate(
          "Mann–Whitney",
          1,
          cases.map(([{ mannWhitney }]) => mannWhitney <= level),
        ),
      ];
    });
  });
}

/** Per group of successive processes: each workload's observations. */
function groupsOf(series: readonly Series[], size: number): Observation[][][] {
  const count = Math.floor(Math.min(...series.map(({ observations }) => observations.length)) / size);
  return Array.from({ length: count }, (_, group) =>
    series.map(({ observations }) => observations.slice(group * size, (group + 1) * size)),
  );
}

/** As the gate decides one comparison of several workloads; one slowed workload among others that are not has Holm's hardest step to take. */
function gateAlarms(
  group: readonly (readonly Observation[])[],
  slowdown: number,
  margin: number,
  level: number,
): boolean[] {
  const values = group.map((observations) =>
    signedRankTest(
      observations.map(({ logRatio }) => logRatio),
      Math.log1p(margin),
    ),
  );
  const adjusted = slowdown === 0 ? holm(values) : values.map((p) => p * values.length);
  return adjusted.map((p) => p <= level);
}

/** The base as one process measured it, and the head as a later one did. */
function baselineAlarm(observations: readonly Observation[]): boolean {
  return observations[observations.length - 1].headMedian > BASELINE_LIMIT * observations[0].baseMedian;
}
