import type { Cost, FloatDType } from "@ansatz/tensor";
import type { HardwareFingerprint } from "../run-record.ts";

/** Times of one workload. A sample is the mean time of one call within a batch of calls, so spread is between batches. */
export interface Timing {
  readonly callsPerSample: number;
  readonly samples: number;
  /** Calls timed in all. */
  readonly iterations: number;
  readonly medianSeconds: number;
  readonly minimumSeconds: number;
  /** Median absolute deviation of the samples from their median. */
  readonly deviationSeconds: number;
}

/** What a median time means, from the declared cost. A share is null where the ceiling is not known or the cost is zero. */
export interface Throughput {
  readonly gigabytesPerSecond: number;
  readonly gigaflopsPerSecond: number;
  /** Of the device's copy bandwidth; above 1 when the data stay in cache. */
  readonly shareOfBandwidth: number | null;
  /** Of the device's matmul peak for the same dtype. */
  readonly shareOfPeak: number | null;
}

/** The best this device does on this machine, as measured. */
export interface Ceilings {
  /** Read and written bytes of a copy too large for any cache. */
  readonly copyGigabytesPerSecond: number;
  /** Large matrix products, per dtype the device has. */
  readonly matmulGigaflopsPerSecond: Readonly<Partial<Record<FloatDType, number>>>;
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
}

export interface MeasuredPeer {
  readonly name: string;
  readonly version: string;
  readonly status: "measured";
  readonly timing: Timing;
  readonly throughput: Throughput;
  /** Peer's median time over ours, the median of interleaved rounds: above 1, ours is faster. */
  readonly ratio: number;
  /** Smallest and largest ratio of a single round. */
  readonly ratioRange: readonly [number, number];
}

/** A peer without numbers: not installed or not able (`unavailable`), or wrong or broken (`failed`). */
export interface AbsentPeer {
  readonly name: string;
  readonly status: "unavailable" | "failed";
  readonly reason: string;
}

export type PeerResult = MeasuredPeer | AbsentPeer;

export interface MeasuredCase {
  readonly name: string;
  readonly status: "measured";
  readonly cost: Cost;
  readonly timing: Timing;
  /** Of the GPU alone, by timestamp queries, where the workload only queues work on one that has them. */
  readonly gpuTiming?: Timing;
  readonly throughput: Throughput;
  readonly peers: readonly PeerResult[];
}

/** A case without numbers: the device cannot do it (`unsupported`), or the workload is wrong or broken (`failed`). */
export interface AbsentCase {
  readonly name: string;
  readonly status: "unsupported" | "failed";
  readonly reason: string;
}

export type CaseResult = MeasuredCase | AbsentCase;

/** One benchmark on one device. */
export interface BenchmarkResult {
  /** The benchmark's id. */
  readonly benchmark: string;
  /** `CANCELLED`: the signal fired; `cases` has those that were finished. */
  readonly status: "COMPLETE" | "CANCELLED";
  readonly device: { readonly kind: string; readonly name: string };
  readonly versions: Readonly<Record<string, string>>;
  readonly gitCommit: string | null;
  readonly hardware: HardwareFingerprint;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly ceilings: Ceilings | null;
  readonly cases: readonly CaseResult[];
}
