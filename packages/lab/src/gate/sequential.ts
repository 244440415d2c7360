import { type Decision, type DecisionRules, decide, isSuspicious } from "./decision.ts";
import { exactChannels } from "./exact-channels.ts";
import type { GateSettings, MeasuredWorkload, WorkloadResult } from "./gate-result.ts";
import type { MatchedWorkload } from "./matching.ts";
import { measurePairs, type PairOutcome } from "./measuring-process.ts";
import { type PairFailure, type PairMeasurement, workloadName } from "./protocol.ts";

/** Two built folders and what is compared of them. */
export interface Comparison {
  readonly base: string;
  readonly head: string;
  readonly gated: readonly MatchedWorkload[];
  /** The same program on both sides. */
  readonly controls: readonly MatchedWorkload[];
}

export interface MeasuringOptions {
  readonly settings: GateSettings;
  readonly signal: AbortSignal;
  onProgress(done: number, total: number, message: string): void;
}

/** What the processes have said of one workload so far. */
interface Record {
  readonly workload: MatchedWorkload;
  readonly isControl: boolean;
  readonly measurements: PairMeasurement[];
  readonly headFirst: boolean[];
  failure?: PairFailure;
}

/**
 * Measures workloads in processes, one after the other: all in the screening, then those that look slower, up to the most processes. Looking early only ever ends a
 * workload's case, so no look adds to the false alarms.
 */
export async function measureWorkloads(comparison: Comparison, options: MeasuringOptions): Promise<WorkloadResult[]> {
  const { settings } = options;
  const { processes, maxProcesses } = settings;
  const records = [
    ...comparison.gated.map((workload) => newRecord(workload, false)),
    ...comparison.controls.map((workload) => newRecord(workload, true)),
  ];
  for (let process = 0; process < processes; process++)
    await measureOnce(comparison, records, { ...options, process, last: processes });
  const suspects = maxProcesses > processes ? records.filter((record) => isSuspect(record, settings)) : [];
  for (let process = processes; suspects.length > 0 && process < maxProcesses; process++)
    await measureOnce(comparison, suspects, { ...options, process, last: maxProcesses });
  return conclude(records, settings);
}

function newRecord(workload: MatchedWorkload, isControl: boolean): Record {
  return { workload, isControl, measurements: [], headFirst: [] };
}

function isSuspect({ isControl, failure, measurements }: Record, rules: DecisionRules): boolean {
  if (isControl || failure) return false;
  return seriesOf(measurements).some(({ pairs }) => isSuspicious(logRatiosOf(pairs), rules));
}

/** Seconds of a call in one process, of one kind of time. */
interface TimePair {
  readonly logRatio: number;
  readonly base: number;
  readonly head: number;
}

/** One kind of time of a workload, process by process. */
interface TimeSeries {
  /** Follows the workload's name. */
  readonly suffix: string;
  readonly statistic: MeasuredWorkload["statistic"];
  readonly pairs: readonly TimePair[];
}

/** Wall time, and the GPU's where every process could take it. */
function seriesOf(measurements: readonly PairMeasurement[]): TimeSeries[] {
  const wall = measurements.map(({ logRatio, base, head }) => ({ logRatio, base: base.seconds, head: head.seconds }));
  const gpu = measurements.flatMap(({ gpu: times }) =>
    times === null ? [] : [{ ...times, logRatio: Math.log(times.head / times.base) }],
  );
  const series: TimeSeries[] = [{ suffix: "", statistic: measurements[0].statistic, pairs: wall }];
  if (gpu.length === measurements.length) series.push({ suffix: ", GPU time", statistic: "minimum", pairs: gpu });
  return series;
}

function logRatiosOf(pairs: readonly TimePair[]): number[] {
  return pairs.map(({ logRatio }) => logRatio);
}

interface ProcessOfMany extends MeasuringOptions {
  readonly process: number;
  readonly last: number;
}

async function measureOnce(comparison: Comparison, all: readonly Record[], options: ProcessOfMany): Promise<void> {
  const { settings, signal, process, last, onProgress } = options;
  // What failed once has its verdict; its other processes would only take their time-outs.
  const records = all.filter(({ failure }) => !failure);
  if (records.length === 0) return;
  const headFirst = process % 2 === 1;
  const outcomes = await measurePairs(
    {
      kind: "measure",
      base: comparison.base,
      head: comparison.head,
      pairs: records.map(({ workload: { base, head } }) => ({ base, head })),
      milliseconds: settings.milliseconds,
      headFirst,
    },
    {
      timeoutSeconds: settings.timeoutSeconds,
      signal,
      onProgress: (done, total, pair, doing) => {
        const name = workloadName(records[pair].workload.head);
        onProgress(process + done / total, last, `process ${process + 1} of ${last}: ${name} ${doing}`.trimEnd());
      },
    },
  );
  for (const [index, outcome] of outcomes.entries()) keep(records[index], outcome, headFirst);
}

function keep(record: Record, outcome: PairOutcome, headFirst: boolean): void {
  if (outcome.status === "measured") {
    record.measurements.push(outcome.measurement);
    record.headFirst.push(headFirst);
  } else record.failure = outcome;
}

/** Gated workloads and controls are two families of hypotheses. */
function conclude(records: readonly Record[], settings: GateSettings): WorkloadResult[] {
  const decisions = new Map<TimeSeries, Decision>();
  const series = new Map(
    records.flatMap((record) => (record.failure ? [] : [[record, seriesOf(record.measurements)] as const])),
  );
  for (const family of [false, true]) {
    const members = [...series].flatMap(([{ isControl }, all]) => (isControl === family ? all : []));
    const evidence = members.map(({ pairs }) => ({
      logRatios: logRatiosOf(pairs),
      screened: !family && pairs.length < settings.maxProcesses,
    }));
    for (const [index, each] of decide(evidence, settings).entries()) decisions.set(members[index], each);
  }
  return records.flatMap((record): WorkloadResult[] => {
    const identity = identityOf(record);
    if (record.failure) return [{ ...identity, ...record.failure }];
    return (series.get(record) ?? []).map((each) => ({
      ...identity,
      name: identity.name + each.suffix,
      status: "measured",
      decision: decisions.get(each) as Decision,
      statistic: each.statistic,
      // Counted once for all kinds of time.
      channels: each.suffix === "" ? exactChannels(record.measurements) : [],
      ratios: each.pairs.map(({ logRatio, base, head }, index) => ({
        logRatio,
        baseSeconds: base,
        headSeconds: head,
        headFirst: record.headFirst[index],
      })),
    }));
  });
}

function identityOf({ workload: { base, head, renamed }, isControl }: Record) {
  return {
    name: workloadName(head),
    ...(renamed && { formerName: workloadName(base) }),
    package: head.package,
    identical: isControl,
  };
}
