import { existsSync } from "node:fs";
import { join } from "node:path";
import { type DeviceKind, DeviceUnavailableError } from "@ansatz/tensor";
import { writeFolderAtomically } from "../atomic-write.ts";
import { discoverPackages } from "../discovery/discover-packages.ts";
import type { Experiment } from "../experiment.ts";
import { describeParameters, type ParameterDescription } from "../parameters.ts";
import type { RunEvent } from "../report.ts";
import { runExperiment } from "../run.ts";
import { writeRunFiles } from "../run-files.ts";
import type { RunRecord } from "../run-record.ts";
import { type Arguments, type Flag, flagValue, isOn, parseArguments, positionalsOf, UsageError } from "./arguments.ts";
import {
  type Command,
  DEVICE_FLAG,
  devicesFrom,
  flagTable,
  HELP_FLAG,
  helpPage,
  hintAt,
  JSON_FLAG,
  QUIET_FLAG,
  refuseExtra,
} from "./command.ts";
import { EXIT } from "./exit-code.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { printProblems } from "./list.ts";
import { parameterFlags, parametersFrom } from "./parameter-flags.ts";
import { progressDisplay } from "./progress.ts";
import { showRecord } from "./run-summary.ts";
import { print, printJson, type Terminal } from "./terminal.ts";

const SEED_FLAG: Flag = {
  name: "seed",
  type: "value",
  placeholder: "<integer>",
  description: "root of all random numbers, in [0, 2^53) (default 0)",
};

const OUT_FLAG: Flag = {
  name: "out",
  type: "value",
  placeholder: "<dir>",
  description: "write record, series, tables, images and heatmaps into this new folder",
};

export const run: Command = {
  name: "run",
  usage: "run <experiment> [flags]",
  summary:
    "Runs an experiment and holds its numbers against the paper's. `ansatz run <experiment> --help` shows its parameters.",
  flags: [DEVICE_FLAG, SEED_FLAG, OUT_FLAG, JSON_FLAG, QUIET_FLAG, HELP_FLAG],
  async run(line, terminal) {
    const id = experimentIdIn(line);
    if (id === undefined) {
      const arguments_ = parseArguments(line, run.flags);
      if (!isOn(arguments_, "help")) throw new UsageError("which experiment? `ansatz list` shows them");
      print(terminal.out, helpPage(run));
      return EXIT.ok;
    }
    const experiment = await findExperiment(id, terminal);
    const parameters = describeParameters(experiment);
    const arguments_ = parseArguments(line, [...run.flags, ...parameterFlags(parameters)]);
    refuseExtra(arguments_, 1);
    if (isOn(arguments_, "help")) {
      print(terminal.out, experimentHelp(experiment, parameters));
      return EXIT.ok;
    }
    return runOnDevices(experiment, parameters, arguments_, terminal);
  },
};

/** The positional that looks like an id: a value of a parameter flag, unknown so far, may stand before it. */
function experimentIdIn(line: readonly string[]): string | undefined {
  const positionals = positionalsOf(line, run.flags);
  return positionals.find((positional) => positional.includes("/")) ?? positionals[0];
}

async function findExperiment(id: string, { err }: Terminal): Promise<Experiment> {
  const packages = await discoverPackages({ load: ["experiments"] });
  const experiments = packages.flatMap((each) => each.experiments);
  const found = experiments.find((experiment) => experiment.id === id);
  if (found) return found;
  printProblems(packages, err);
  const ids = experiments.map((experiment) => experiment.id);
  throw new UsageError(`unknown experiment "${id}"${hintAt(id, ids)}`);
}

function experimentHelp(experiment: Experiment, parameters: readonly ParameterDescription[]): string {
  const { id, title, summary, paper } = experiment;
  const page = helpPage({ usage: `run ${id} [flags]`, summary: `${title}\n${summary}`, flags: run.flags });
  const source = [`"${paper.title}"`, paper.section, paper.url].filter(Boolean).join(", ");
  return `${page}\n\nParameters:\n${flagTable(parameterFlags(parameters))}\n\nPaper: ${source}`;
}

async function runOnDevices(
  experiment: Experiment,
  parameters: readonly ParameterDescription[],
  arguments_: Arguments,
  terminal: Terminal,
): Promise<number> {
  const { out, err } = terminal;
  const kinds = devicesFrom(arguments_);
  const seed = seedFrom(arguments_);
  const folder = flagValue(arguments_, "out");
  if (folder !== undefined && existsSync(folder)) throw new UsageError(`--out: ${folder} exists already`);
  using interrupt = listenForInterrupt();
  let exitCode: number = EXIT.ok;
  const runs: FinishedRun[] = [];
  for (const kind of kinds) {
    if (interrupt.signal.aborted) break;
    try {
      const options = { kind, seed, signal: interrupt.signal, quiet: isOn(arguments_, "quiet") };
      const finished = await runOnDevice(experiment, parametersFrom(arguments_, parameters), options, terminal);
      runs.push(finished);
      exitCode = Math.max(exitCode, exitCodeOf(finished.record));
      if (!isOn(arguments_, "json")) showRecord(finished.record, experiment, out);
    } catch (error) {
      // One device that is not there is no reason to keep the results of the others back.
      if (!(error instanceof DeviceUnavailableError)) throw error;
      print(err, error.message);
      exitCode = Math.max(exitCode, EXIT.refused);
    }
  }
  const records = runs.map(({ record }) => record);
  if (isOn(arguments_, "json")) printJson(out, records);
  if (folder !== undefined && runs.length > 0) {
    await writeFolderAtomically(folder, async (temporary) => {
      for (const { record, events } of runs)
        await writeRunFiles(kinds.length > 1 ? join(temporary, record.device.kind) : temporary, record, events);
    });
    print(err, `written to ${folder}`);
  }
  return exitCode;
}

interface FinishedRun {
  readonly record: RunRecord;
  readonly events: readonly RunEvent[];
}

async function runOnDevice(
  experiment: Experiment,
  parameters: Record<string, unknown>,
  options: { readonly kind: DeviceKind; readonly seed: number; readonly signal: AbortSignal; readonly quiet: boolean },
  { err }: Terminal,
): Promise<FinishedRun> {
  const events: RunEvent[] = [];
  const progress = progressDisplay(err, `${experiment.id} ${options.kind}`, options.quiet);
  try {
    const record = await runExperiment(experiment, {
      parameters,
      device: options.kind,
      seed: options.seed,
      signal: options.signal,
      onEvent(event) {
        events.push(event);
        if (event.type === "progress") progress.update(event.done, event.total, event.message);
        if (event.type === "note") progress.note(event.message);
      },
    });
    return { record, events };
  } finally {
    progress.finish();
  }
}

function seedFrom(arguments_: Arguments): number {
  const text = flagValue(arguments_, "seed") ?? "0";
  const seed = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError(`--seed: expected an integer in [0, 2^53), got ${JSON.stringify(text)}`);
  return seed;
}

function exitCodeOf({ status, expectations }: RunRecord): number {
  if (status === "CANCELLED") return EXIT.interrupted;
  return status === "SUCCEEDED" && expectations.every(({ met }) => met) ? EXIT.ok : EXIT.notMet;
}
