import type { CheckedExpectation } from "./expectation.ts";

export type RunStatus = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";

/** Why a run failed, in words a user can act on. */
export interface RunFailure {
  /**
   * `code` of the typed error (`"INVALID_INPUT"`, `"OUT_OF_MEMORY"`, `"DIVERGED"`, …), `"INVALID_RESULT"` when the run returned other metrics than it declared,
   * `"INTERRUPTED"` when the process died, `"UNEXPECTED"` otherwise.
   */
  readonly code: string;
  readonly message: string;
  /** Where it was thrown; only with `"UNEXPECTED"`, which is a defect of the experiment. */
  readonly stack?: string;
}

/** The machine a run used, for telling results of different hardware apart. */
export interface HardwareFingerprint {
  /** Short stable hash of the fields below. */
  readonly id: string;
  readonly cpu: string;
  readonly cores: number;
  /** Rounded to whole GiB. */
  readonly memoryBytes: number;
  /** `"linux-x64"`. */
  readonly platform: string;
  readonly gpu?: string;
}

/** Everything needed to repeat a run and to trust its numbers. Written at its end, or as it stands when it fails or is cancelled. */
export interface RunRecord {
  /** The experiment's id. */
  readonly experiment: string;
  readonly status: Exclude<RunStatus, "QUEUED" | "RUNNING">;
  /** As used: defaults filled in. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** 53-bit non-negative integer. */
  readonly seed: number;
  readonly device: { readonly kind: string; readonly name: string };
  /** Package name to version: the experiment's package, `@ansatz/lab`, `@ansatz/tensor`, and `node`. */
  readonly versions: Readonly<Record<string, string>>;
  /** Commit of the working tree the experiment was loaded from, with `+` when tracked files have changes; null outside git. */
  readonly gitCommit: string | null;
  readonly hardware: HardwareFingerprint;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Wall seconds of the experiment's `run` alone. */
  readonly seconds: number;
  /** Finite numbers; null where not measured, or where the experiment returned NaN or ±inf (a note event says so). */
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly expectations: readonly CheckedExpectation[];
  readonly failure?: RunFailure;
}
