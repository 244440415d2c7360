import type { DeviceKind } from "@ansatz/tensor";
import type { HardwareFingerprint } from "../run-record.ts";
import type { Revision } from "./checkout.ts";
import type { Decision, DecisionRules } from "./decision.ts";
import type { HostErrorRates } from "./error-rates.ts";
import type { ExactChannel } from "./exact-channels.ts";

/**
 * `pass`: nothing got worse. `regression`: something did. `broken`: something could not be built, loaded or run, or nothing was measured.
 * `too-noisy`: this host cannot say.
 */
export type Verdict = "pass" | "regression" | "broken" | "too-noisy";

export interface GateSettings extends DecisionRules {
  /** Processes of the screening, and the most that a suspicious workload gets. */
  readonly processes: number;
  readonly maxProcesses: number;
  /** Time for the batches of a workload in a process. */
  readonly milliseconds: number;
  readonly timeoutSeconds: number;
}

/** One process's numbers about one workload. */
interface ProcessRatio {
  readonly logRatio: number;
  readonly baseSeconds: number;
  readonly headSeconds: number;
  /** Which build was loaded and timed first. */
  readonly headFirst: boolean;
}

interface WorkloadIdentity {
  /** `id case` in the head, and `, GPU time` where it is the GPU's by timestamp queries, not the wall's. */
  readonly name: string;
  /** Its name in the base where that is another. */
  readonly formerName?: string;
  readonly package: string;
  /** Both builds are the same program: it was measured to see what the host makes of equal code, and is not gated. */
  readonly identical: boolean;
}

export interface MeasuredWorkload extends WorkloadIdentity {
  readonly status: "measured";
  readonly decision: Decision;
  /** Minima of batches, or their medians where the work allocates. */
  readonly statistic: "minimum" | "median";
  readonly channels: readonly ExactChannel[];
  readonly ratios: readonly ProcessRatio[];
}

export interface UnmeasuredWorkload extends WorkloadIdentity {
  readonly status: "failed" | "unsupported";
  readonly side: "base" | "head" | "both";
  readonly reason: string;
}

export type WorkloadResult = MeasuredWorkload | UnmeasuredWorkload;

export interface PackageResult {
  readonly name: string;
  readonly identical: boolean;
  readonly baseHash: string;
  readonly headHash: string;
  readonly channels: readonly ExactChannel[];
}

/** All that a comparison of two builds found; plain data. */
export interface GateResult {
  readonly verdict: Verdict;
  /** Why, one sentence each; empty when it passed. */
  readonly reasons: readonly string[];
  readonly base: Revision;
  readonly head: Revision;
  readonly pattern: string;
  readonly devices: readonly DeviceKind[];
  readonly settings: GateSettings;
  readonly versions: Readonly<Record<string, string>>;
  readonly hardware: HardwareFingerprint;
  /** This host's own error rates, as `ansatz aa` measured them; null where it has not. */
  readonly errorRates: HostErrorRates | null;
  readonly packages: readonly PackageResult[];
  readonly workloads: readonly WorkloadResult[];
  /** Same program on both sides and not measured, by name. */
  readonly identical: readonly string[];
  /** In one build only, by name. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Channels that were told not to matter. */
  readonly allowed: readonly string[];
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
}
