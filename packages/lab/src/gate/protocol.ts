import type { Cost, DeviceKind, FloatDType } from "@ansatz/tensor";

/** One case of a benchmark on one kind of device. */
export interface WorkloadReference {
  /** The benchmark's id. */
  readonly benchmark: string;
  /** The case's name. */
  readonly case: string;
  readonly device: DeviceKind;
}

/** A workload as its build declares it. */
export interface ListedWorkload extends WorkloadReference {
  /** Name of the package that offers it. */
  readonly package: string;
  readonly title: string;
  /** What the case declares beside its name, as JSON; tells a renamed case. */
  readonly declaration: string;
}

/** What a build offers. */
export interface Listing {
  readonly workloads: readonly ListedWorkload[];
  /** Why something it should offer is missing, one sentence each. */
  readonly problems: readonly string[];
}

/** Two workloads to be timed against each other. */
export interface WorkloadPair {
  readonly base: WorkloadReference;
  readonly head: WorkloadReference;
  /** See `PairOptions`. */
  readonly extraEvery?: number;
}

/** What a process is to do. */
export type ProcessJob =
  | { readonly kind: "list"; readonly directory: string; readonly devices: readonly DeviceKind[] }
  | MeasuringJob;

export interface MeasuringJob {
  readonly kind: "measure";
  /** Folders that packages are discovered from. */
  readonly base: string;
  readonly head: string;
  readonly pairs: readonly WorkloadPair[];
  /** Time for the batches of a pair. */
  readonly milliseconds: number;
  /** Which build is loaded, set up and timed first. */
  readonly headFirst: boolean;
  /** Send the time of each batch as well. Default false. */
  readonly samples?: boolean;
}

/** One process's evidence about a pair. */
export interface PairMeasurement {
  /** ln(head / base). */
  readonly logRatio: number;
  readonly statistic: "minimum" | "median";
  readonly base: SideMeasurement;
  readonly head: SideMeasurement;
  readonly callsPerBatch: number;
  readonly batches: number;
  /** GPU time of a call by timestamp queries, seconds; null where there is none. */
  readonly gpu: { readonly base: number; readonly head: number } | null;
}

export interface SideMeasurement {
  /** Time of a call. */
  readonly seconds: number;
  /** Bytes that a call leaves for the garbage collector. */
  readonly bytesPerIteration: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Null where the workload does not tell. */
  readonly maximalError: number | null;
  readonly dtype: FloatDType;
  readonly cost: Cost;
  /** Mean time of a call per batch, where asked for. */
  readonly samples?: readonly number[];
}

/** Why a pair has no measurement. `unsupported`: a side cannot do this case here. */
export interface PairFailure {
  readonly status: "failed" | "unsupported";
  readonly side: "base" | "head" | "both";
  readonly reason: string;
}

/** What a process tells; `pair` is the index in its job. */
export type ProcessMessage =
  | { readonly kind: "listed"; readonly listing: Listing }
  | { readonly kind: "started"; readonly pair: number }
  | { readonly kind: "heartbeat"; readonly pair: number; readonly doing: string; readonly fraction: number }
  | { readonly kind: "measured"; readonly pair: number; readonly measurement: PairMeasurement }
  | { readonly kind: "failed"; readonly pair: number; readonly failure: PairFailure }
  | { readonly kind: "broken"; readonly reason: string };

/** `id case`, and the device where it is not the cpu. */
export function workloadName({ benchmark, case: name, device }: WorkloadReference): string {
  return `${benchmark} ${name}${device === "cpu" ? "" : ` on ${device}`}`;
}

/** Whether a name contains the pattern, or one of its alternatives between `|`, in any case. */
export function matchesPattern(reference: WorkloadReference, pattern: string): boolean {
  const name = workloadName(reference).toLowerCase();
  return pattern.split("|").some((alternative) => name.includes(alternative.trim().toLowerCase()));
}
