import {
  AnsatzError,
  type Device,
  type DeviceKind,
  type DeviceOptions,
  type Key,
  key,
  openDevice,
} from "@ansatz/tensor";
import { describeEnvironment } from "./environment.ts";
import { type CheckedExpectation, checkExpectation } from "./expectation.ts";
import type { Experiment, ExperimentContext, ExperimentResult } from "./experiment.ts";
import { validateParameters } from "./parameters.ts";
import { recordingReport } from "./recording-report.ts";
import type { Report, RunEvent } from "./report.ts";
import type { RunFailure, RunRecord } from "./run-record.ts";

export interface RunOptions {
  /** Checked against the experiment's schema; missing ones take their defaults. */
  readonly parameters?: unknown;
  /** A kind is opened for the run and closed after it; an open device stays open. */
  readonly device: DeviceKind | Device;
  /** Passed to `openDevice` when `device` is a kind. */
  readonly deviceOptions?: DeviceOptions[DeviceKind];
  /** Root of the run's random numbers, an integer in [0, 2^53). Default 0. */
  readonly seed?: number;
  /** Asks the run to stop; it ends as `CANCELLED` once the experiment heeds it. */
  readonly signal?: AbortSignal;
  /** Told everything the run reports, as it happens. Must not throw. */
  readonly onEvent?: (event: RunEvent) => void;
}

/**
 * Runs an experiment and records it. Once the work has begun a record always comes back: `SUCCEEDED`, `FAILED` with the reason, or `CANCELLED`.
 * A run whose expectations are not met has succeeded: `expectations` say what was found.
 *
 * @throws InvalidParametersError with every issue; InvalidInputError for a bad seed; DeviceUnavailableError when the device cannot be opened. All before any work.
 */
export async function runExperiment(experiment: Experiment, options: RunOptions): Promise<RunRecord> {
  const {
    seed = 0,
    signal = new AbortController().signal,
    onEvent = () => {},
    device: wanted,
    deviceOptions,
  } = options;
  const parameters = validateParameters(experiment, options.parameters);
  const run: PreparedRun = { experiment, parameters, seed, key: key(seed), signal, onEvent };
  if (typeof wanted !== "string") return recordRun(run, wanted);
  await using device = await openDevice(wanted, deviceOptions);
  return await recordRun(run, device);
}

/** Everything about a run but the device, checked. */
interface PreparedRun {
  readonly experiment: Experiment;
  readonly parameters: Record<string, unknown>;
  readonly seed: number;
  readonly key: Key;
  readonly signal: AbortSignal;
  readonly onEvent: (event: RunEvent) => void;
}

async function recordRun(run: PreparedRun, device: Device): Promise<RunRecord> {
  const { experiment, parameters, seed, key, signal, onEvent } = run;
  const environment = await describeEnvironment(device.description, experiment.origin);
  const report = recordingReport(onEvent);
  const tensorsBefore = device.memory().tensors;
  const startedAt = new Date();
  const start = performance.now();
  const outcome = await attempt(experiment, { parameters: parameters as never, device, key, signal, report });
  const seconds = (performance.now() - start) / 1000;
  const finishedAt = new Date();
  const leaked = device.memory().tensors - tensorsBefore;
  if (leaked > 0) report.note(`${experiment.id} left ${leaked} tensor${leaked === 1 ? "" : "s"} alive on the device`);
  report.close();
  return {
    experiment: experiment.id,
    status: signal.aborted ? "CANCELLED" : outcome.failure ? "FAILED" : "SUCCEEDED",
    parameters,
    seed,
    device: { kind: device.kind, name: device.description.name },
    ...environment,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    seconds,
    metrics: outcome.metrics,
    expectations: outcome.expectations,
    // A cancelled run fails in whatever way it was interrupted; that is no news.
    ...(outcome.failure && !signal.aborted && { failure: outcome.failure }),
  };
}

interface Outcome {
  readonly metrics: Record<string, number | null>;
  readonly expectations: readonly CheckedExpectation[];
  readonly failure?: RunFailure;
}

async function attempt(experiment: Experiment, context: ExperimentContext<never>): Promise<Outcome> {
  try {
    context.signal.throwIfAborted();
    return checkResult(experiment, await experiment.run(context), context.report);
  } catch (error) {
    return { metrics: {}, expectations: [], failure: describeFailure(error) };
  }
}

function describeFailure(error: unknown): RunFailure {
  if (error instanceof AnsatzError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return { code: "UNEXPECTED", message, ...(stack !== undefined && { stack }) };
}

/** Holds a result against the declaration; what is right in it is kept even where something else is wrong. */
function checkResult(experiment: Experiment, result: ExperimentResult, report: Report): Outcome {
  const returned: Readonly<Record<string, unknown>> = result?.metrics ?? {};
  const problems: string[] = [];
  const metrics: Record<string, number | null> = {};
  for (const name of Object.keys(experiment.metrics)) {
    const value = returned[name];
    if (value === undefined) problems.push(`metric "${name}" is declared but missing (null means: not measured)`);
    else if (value !== null && typeof value !== "number") problems.push(`metric "${name}" is not a number: ${value}`);
    else metrics[name] = finiteOrNull(name, value, report);
  }
  for (const name of Object.keys(returned))
    if (!(name in experiment.metrics)) problems.push(`metric "${name}" is not declared`);
  const expectations = (result?.expectations ?? []).map((expectation) => {
    if (!(expectation.metric in experiment.metrics))
      problems.push(`an expectation is about "${expectation.metric}", which is no metric`);
    return checkExpectation(expectation, metrics);
  });
  if (problems.length === 0) return { metrics, expectations };
  return { metrics, expectations, failure: { code: "INVALID_RESULT", message: problems.join("; ") } };
}

function finiteOrNull(name: string, value: number | null, report: Report): number | null {
  if (value === null || Number.isFinite(value)) return value;
  report.note(`metric "${name}" is ${value}; it is recorded as not measured`);
  return null;
}
