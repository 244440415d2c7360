import type { Experiment } from "../experiment.ts";
import type { RunEvent } from "../report.ts";
import { runExperiment } from "../run.ts";
import type { RunRecord } from "../run-record.ts";

/** What a run left behind. */
export interface ObservedRun {
  readonly record: RunRecord;
  /** In the order in which they were reported. */
  readonly events: readonly RunEvent[];
  /** Of all tables, pictures, heat maps and series. */
  readonly names: ReadonlySet<string>;
}

/**
 * Runs an experiment as its tests do, on one thread of the cpu with seed 1, and keeps what it reports.
 *
 * @throws InvalidParametersError as `runExperiment`.
 */
export async function observeExperiment(
  experiment: Experiment,
  parameters: object,
  signal?: AbortSignal,
): Promise<ObservedRun> {
  const events: RunEvent[] = [];
  const record = await runExperiment(experiment, {
    parameters,
    device: "cpu",
    deviceOptions: { threads: 1 },
    seed: 1,
    onEvent: (event) => void events.push(event),
    ...(signal && { signal }),
  });
  const names = events.flatMap((event) => ("name" in event ? [event.name] : "series" in event ? [event.series] : []));
  return { record, events, names: new Set(names) };
}
