import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  EXIT,
  formatNumber,
  formatSeconds,
  listenForInterrupt,
  type Output,
  print,
  printJson,
  progressDisplay,
  type Terminal,
  textTable,
} from "@ansatz/lab/terminal";
import { createSecret } from "../access/tokens.ts";
import { createGateway } from "../gateway.ts";
import {
  CANCEL_RUN,
  DEVICES_AND_EXPERIMENT,
  type DevicesAndExperiment,
  type EndedRun,
  type Metric,
  RUN_UPDATES,
  type RunUpdate,
  START_RUN,
  type StartedRun,
} from "./demo-documents.ts";
import { GraphQLClient } from "./graphql-client.ts";

export interface DemoOptions extends Terminal {
  /** Which experiment to run, with its defaults. */
  readonly experiment: string;
  /** Print one JSON document instead of the table. */
  readonly json: boolean;
  /** Where experiments are looked for. Default: the working directory. */
  readonly packagesFrom?: string;
}

/** Columns of the table, where the experiment measures them. */
const SHOWN_METRICS = ["newtonSteps", "sinkhornSweeps", "seconds", "marginalError", "transportCost"];
/** By this factor the method was faster than its baseline, measured in the same run. */
const COMPARISON_METRIC = "speedupOverSinkhorn";

/**
 * Runs an experiment on every available device through the API of a temporary gateway, as any client would.
 * @returns the exit code: 0, or 1 when a run failed or an expectation is not met.
 */
export async function demo({
  experiment: id,
  json,
  out,
  err,
  packagesFrom = process.cwd(),
}: DemoOptions): Promise<number> {
  using interrupt = listenForInterrupt();
  await using folder = await temporaryFolder();
  const launchToken = createSecret();
  await using gateway = await createGateway({ dataFolder: folder.path, packagesFrom, port: 0, launchToken });
  const client = new GraphQLClient(gateway.url, launchToken);
  const { devices, experiment } = await client.request<DevicesAndExperiment>(DEVICES_AND_EXPERIMENT, {
    experiment: id,
  });
  if (!experiment) {
    print(err, `The experiment ${id} is not installed here.`);
    return EXIT.refused;
  }
  print(err, `${experiment.title} (${id}), asked for at ${gateway.url}/graphql`);
  const runs: EndedRun[] = [];
  // One after the other: runs that share a machine spoil each other's times.
  for (const { kind, available, name, reason } of devices) {
    if (interrupt.signal.aborted) return EXIT.interrupted;
    print(err, available ? `${name}` : `${kind.toLowerCase()}: not available, ${reason}`);
    if (available) runs.push(await runOn(kind, id, client, err, interrupt.signal));
  }
  if (interrupt.signal.aborted) return EXIT.interrupted;
  if (json) printJson(out, { experiment: id, runs });
  else print(out, summary(runs));
  return runs.every(({ expectationsMet }) => expectationsMet) ? EXIT.ok : EXIT.notMet;
}

/** Starts a run and follows it to its end. An interrupt cancels it. */
async function runOn(
  device: string,
  experiment: string,
  client: GraphQLClient,
  err: Output,
  signal: AbortSignal,
): Promise<EndedRun> {
  const { startRun } = await client.request<StartedRun>(START_RUN, { input: { experiment, device } });
  if (startRun.__typename !== "RunStarted") throw new Error(startRun.message);
  const { id } = startRun.run;
  const cancel = () => {
    client.request(CANCEL_RUN, { id }).catch((error) => print(err, String(error)));
  };
  signal.addEventListener("abort", cancel, { once: true });
  const progress = progressDisplay(err, device.toLowerCase(), false);
  try {
    for await (const { runUpdates: update } of client.subscribe<RunUpdate>(RUN_UPDATES, { id })) {
      if (update.__typename === "RunProgressed")
        progress.update(
          Number(update.progress.done),
          Number(update.progress.total),
          update.progress.message ?? undefined,
        );
      if (update.__typename === "RunFinished") return update.run;
    }
  } finally {
    progress.finish();
    signal.removeEventListener("abort", cancel);
  }
  throw new Error("The gateway ended the subscription before the run.");
}

/** The table, and how the method compares with its baseline. */
function summary(runs: readonly EndedRun[]): string {
  const columns = SHOWN_METRICS.flatMap((name) => metricsNamed(name, runs).slice(0, 1));
  const rows = runs.map((run) => [
    run.device.kind.toLowerCase(),
    ...columns.map(({ name }) => formatMetric(metricsNamed(name, [run])[0])),
    expectationsOf(run),
  ]);
  const table = textTable(["device", ...columns.map(({ label }) => label), "expectations met"], rows);
  const comparisons = runs.flatMap((run) =>
    metricsNamed(COMPARISON_METRIC, [run]).map(
      (metric) => `${formatMetric(metric)} on ${run.device.kind.toLowerCase()}`,
    ),
  );
  if (comparisons.length === 0) return table;
  return `${table}\n\n${metricsNamed(COMPARISON_METRIC, runs)[0].label}: ${comparisons.join(", ")}`;
}

function metricsNamed(name: string, runs: readonly EndedRun[]): Metric[] {
  return runs.flatMap(({ metrics }) => metrics.filter((metric) => metric.name === name));
}

function formatMetric(metric: Metric | undefined): string {
  if (metric?.value == null) return "–";
  const value = Number(metric.value);
  return metric.unit === "s" ? formatSeconds(value) : `${formatNumber(value)}${metric.unit ? ` ${metric.unit}` : ""}`;
}

/** `"7 of 7"`, or why there are none, or which are not met. */
function expectationsOf({ status, failure, expectations }: EndedRun): string {
  if (status !== "SUCCEEDED") return `${status.toLowerCase()}: ${failure?.message ?? ""}`;
  const missed = expectations.filter(({ met }) => !met);
  const count = `${expectations.length - missed.length} of ${expectations.length}`;
  if (missed.length === 0) return count;
  return `${count}; not: ${missed.map(({ metric, actual, source }) => `${metric} ${actual} (${source})`).join(", ")}`;
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "ansatz-demo-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
