import type { RunFailure, RunRecord } from "@ansatz/lab";
import type { DeviceKind } from "@ansatz/tensor";
import type { EncodedEvent } from "./event-encoding.ts";

/** What the thread of a device is started with. */
export interface RunWorkerData {
  /** Folder from which packages are found. */
  readonly packagesFrom: string;
}

/** What a gateway tells the thread of a device. */
export type RunWorkerRequest =
  | { readonly type: "run"; readonly job: RunJob }
  /** The run in progress shall stop. */
  | { readonly type: "cancel" };

export interface RunJob {
  readonly experiment: string;
  readonly device: DeviceKind;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly seed: number;
}

/** What the thread answers: events while it runs, then one ending. */
export type RunWorkerResponse =
  | ({ readonly type: "event" } & EncodedEvent)
  | { readonly type: "record"; readonly record: RunRecord }
  /** The run could not be begun. */
  | { readonly type: "refused"; readonly failure: RunFailure };
