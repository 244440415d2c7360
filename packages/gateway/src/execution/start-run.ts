import { isDeepStrictEqual } from "node:util";
import { InvalidParametersError, type ParameterIssue, validateParameters } from "@ansatz/lab";
import type { DeviceKind } from "@ansatz/tensor";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { refusal } from "../refusal.ts";
import type { RunReader } from "../storage/run-reader.ts";
import type { StoredRun } from "../storage/tables.ts";
import type { DeviceProbe } from "./device-probe.ts";
import type { RunQueue } from "./run-queue.ts";

/** What a client asks for. */
export interface StartRequest {
  readonly experiment: string;
  readonly device: DeviceKind;
  /** By name; what is left out takes its default. */
  readonly parameters: unknown;
  readonly seed: number;
  readonly idempotencyKey: string | null;
}

/** What became of it: a run, or the first reason why not, with the path of the offending part of the request. */
export type StartOutcome =
  | { readonly type: "RunStarted"; readonly run: StoredRun; readonly replayed: boolean }
  | (Refusal<"UnknownExperiment"> & { readonly experiment: string })
  | (Refusal<"InvalidParameters"> & { readonly issues: readonly ParameterIssue[] })
  | Refusal<"InvalidInput">
  | (Refusal<"DeviceUnavailable"> & { readonly device: DeviceKind; readonly reason: string; readonly remedy: string })
  | (Refusal<"IdempotencyConflict"> & { readonly run: StoredRun });

interface Refusal<Type extends string> {
  readonly type: Type;
  readonly message: string;
  readonly path: readonly string[];
}

interface Services {
  readonly catalogue: Catalogue;
  readonly devices: Pick<DeviceProbe, "list">;
  readonly runs: RunReader;
  readonly queue: RunQueue;
  /** The most runs that may wait or be in progress. */
  readonly unfinishedRunLimit: number;
}

const LONGEST_KEY = 200;
const PRINTABLE = /^[^\p{Cc}\p{Cs}]+$/u;

/**
 * Checks a request completely and queues the run.
 * @throws GraphQLError `RUN_LIMIT` when too many runs are unfinished.
 */
export async function startRun(
  request: StartRequest,
  { catalogue, devices, runs, queue, unfinishedRunLimit }: Services,
): Promise<StartOutcome> {
  const experiment = catalogue.experiment(request.experiment);
  if (!experiment)
    return {
      type: "UnknownExperiment",
      experiment: request.experiment,
      message: `There is no experiment "${request.experiment}" in the installed packages.`,
      path: ["experiment"],
    };
  const invalid = checkSeed(request.seed) ?? checkKey(request.idempotencyKey);
  if (invalid) return invalid;
  let parameters: Record<string, unknown>;
  try {
    parameters = validateParameters(experiment.declaration, request.parameters);
  } catch (error) {
    if (!(error instanceof InvalidParametersError)) throw error;
    return { type: "InvalidParameters", issues: error.issues, message: error.message, path: ["parameters"] };
  }
  const earlier = request.idempotencyKey === null ? undefined : await runs.findByKey(request.idempotencyKey);
  if (earlier) return replay(earlier, { ...request, parameters });
  const device = (await devices.list()).find(({ kind }) => kind === request.device);
  if (device && !device.available)
    return {
      type: "DeviceUnavailable",
      device: device.kind,
      reason: device.reason,
      remedy: device.remedy,
      message: `Device "${device.kind}" is not available: ${device.reason}. ${device.remedy}`,
      path: ["device"],
    };
  if ((await runs.countUnfinished()) >= unfinishedRunLimit)
    throw refusal("RUN_LIMIT", `There are ${unfinishedRunLimit} unfinished runs already; wait for some to end.`, {
      limit: unfinishedRunLimit,
    });
  const { run, created } = await queue.submit({
    experiment: experiment.id,
    package: experiment.packageName,
    parameters,
    device: request.device,
    seed: request.seed,
    idempotencyKey: request.idempotencyKey,
  });
  return created ? { type: "RunStarted", run, replayed: false } : replay(run, { ...request, parameters });
}

/** The run that already has the key: the same request again, or another one that took its key. */
function replay(run: StoredRun, wanted: StartRequest): StartOutcome {
  const same =
    run.experiment === wanted.experiment &&
    run.device === wanted.device &&
    run.seed === wanted.seed &&
    isDeepStrictEqual(run.parameters, wanted.parameters);
  if (same) return { type: "RunStarted", run, replayed: true };
  return {
    type: "IdempotencyConflict",
    run,
    message: `The idempotency key "${run.idempotencyKey}" belongs to run ${run.number}, which was asked for with other inputs.`,
    path: ["idempotencyKey"],
  };
}

function checkSeed(seed: number): StartOutcome | undefined {
  if (Number.isSafeInteger(seed) && seed >= 0) return undefined;
  return { type: "InvalidInput", message: `seed: expected an integer from 0 to 2^53 - 1, got ${seed}`, path: ["seed"] };
}

function checkKey(key: string | null): StartOutcome | undefined {
  if (key === null || (key.length <= LONGEST_KEY && PRINTABLE.test(key))) return undefined;
  return {
    type: "InvalidInput",
    message: `idempotencyKey: expected 1 to ${LONGEST_KEY} printable characters, got ${JSON.stringify(key.slice(0, LONGEST_KEY))}`,
    path: ["idempotencyKey"],
  };
}
