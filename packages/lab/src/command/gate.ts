import type { GateResult, Verdict } from "../gate/gate-result.ts";
import { BuildError } from "../gate/measuring-process.ts";
import { DEFAULT_SETTINGS, type GateOptions, runGate } from "../gate/run-gate.ts";
import { gateMeasurements } from "../results/own-formats.ts";
import { type Arguments, type Flag, flagValue, isOn, parseArguments, UsageError } from "./arguments.ts";
import {
  type Command,
  DEVICE_FLAG,
  devicesFrom,
  HELP_FLAG,
  helpPage,
  JSON_FLAG,
  QUIET_FLAG,
  refuseExtra,
} from "./command.ts";
import { EXIT } from "./exit-code.ts";
import { showGate } from "./gate-summary.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { positiveNumber } from "./numeric-flag.ts";
import { progressDisplay } from "./progress.ts";
import { REPORT_FLAGS, writeReports } from "./report-files.ts";
import { print, printJson, type Terminal } from "./terminal.ts";

const { processes, maxProcesses, milliseconds, timeoutSeconds, margin, level, resolution } = DEFAULT_SETTINGS;

/** Flags that are numbers of `GateSettings`. */
const SETTING_FLAGS = [
  ["processes", "processes", `processes of the screening (default ${processes})`, 1],
  ["max-processes", "maxProcesses", `most processes of a suspicious workload (default ${maxProcesses})`, 1],
  ["milliseconds", "milliseconds", `time for each workload in a process (default ${milliseconds})`, 1],
  ["timeout", "timeoutSeconds", `seconds after which a workload has hung (default ${timeoutSeconds})`, 1],
  ["margin", "margin", `per cent that are nobody's business (default ${100 * margin})`, 0.01],
  ["level", "level", `per cent of comparisons with any false alarm, at most (default ${100 * level})`, 0.01],
  [
    "resolution",
    "resolution",
    `per cent beyond which a slow-down must be excluded (default ${100 * resolution})`,
    0.01,
  ],
] as const;

const FLAGS: readonly Flag[] = [
  { name: "base", type: "value", placeholder: "<ref>", description: "commit, branch or tag to compare with" },
  { name: "head", type: "value", placeholder: "<ref>", description: "what is compared (default: what is checked out)" },
  { name: "uncommitted", type: "switch", description: "measure changes that are not committed, too" },
  {
    name: "install",
    type: "value",
    placeholder: "<command>",
    description: "in place of the lock file's installation; none: no installation",
  },
  {
    name: "build",
    type: "value",
    placeholder: "<command>",
    description: "in place of the build script; none: no build",
  },
  {
    name: "allow",
    type: "value",
    repeatable: true,
    placeholder: "<count>",
    description: "what may get worse: bundle, webassembly, allocation, accuracy or a workload's own count",
  },
  {
    name: "strict",
    type: "switch",
    description: "exit 3 when any workload could not be decided, not only when none could",
  },
  ...SETTING_FLAGS.map(
    ([name, , description]): Flag => ({ name, type: "value", placeholder: "<number>", description }),
  ),
  ...REPORT_FLAGS,
  DEVICE_FLAG,
  { ...JSON_FLAG, description: "print the result with all ratios as JSON on stdout, and nothing else there" },
  QUIET_FLAG,
  HELP_FLAG,
];

export const gate: Command = {
  name: "gate",
  usage: "gate --base <ref> [pattern] [flags]",
  summary: "Builds two commits and says which workloads got slower, with the certainty that was asked for.",
  flags: FLAGS,
  async run(line, terminal) {
    const arguments_ = parseArguments(line, FLAGS);
    refuseExtra(arguments_, 1);
    if (isOn(arguments_, "help")) {
      print(terminal.out, helpPage(gate));
      return EXIT.ok;
    }
    // A CI job that is cancelled must not leave checkouts behind either.
    using interrupt = listenForInterrupt(["SIGINT", "SIGTERM"]);
    try {
      const result = await compare(arguments_, interrupt.signal, terminal);
      await writeReports(arguments_, { gate: result, results: gateMeasurements(result) });
      if (isOn(arguments_, "json")) printJson(terminal.out, result);
      else showGate(result, terminal.out);
      return EXIT_OF_VERDICT[result.verdict];
    } catch (error) {
      if (interrupt.signal.aborted) {
        print(terminal.err, "interrupted; the checkouts are removed");
        return EXIT.interrupted;
      }
      if (!(error instanceof BuildError)) throw error;
      print(terminal.err, `ansatz: ${error.message}`);
      return EXIT.refused;
    }
  },
};

const EXIT_OF_VERDICT: Readonly<Record<Verdict, number>> = {
  pass: EXIT.ok,
  regression: EXIT.notMet,
  broken: EXIT.refused,
  "too-noisy": EXIT.tooNoisy,
};

async function compare(arguments_: Arguments, signal: AbortSignal, { err }: Terminal): Promise<GateResult> {
  const progress = progressDisplay(err, "gate", isOn(arguments_, "quiet"));
  try {
    return await runGate({
      ...optionsFrom(arguments_),
      signal,
      onProgress: ({ done, total, message }) => progress.update(done, total, message),
    });
  } finally {
    progress.finish();
  }
}

function optionsFrom(arguments_: Arguments): GateOptions {
  const base = flagValue(arguments_, "base");
  if (base === undefined) throw new UsageError("--base: which commit to compare with?");
  const text = (name: string) => {
    const value = flagValue(arguments_, name);
    return value === undefined ? {} : { [name]: value };
  };
  const settings = SETTING_FLAGS.flatMap(([name, setting, , unit]) => {
    const value = positiveNumber(arguments_, name);
    return value === undefined ? [] : [[setting, value * unit] as const];
  });
  return {
    base,
    ...text("head"),
    pattern: arguments_.positionals[0] ?? "",
    devices: devicesFrom(arguments_),
    uncommitted: isOn(arguments_, "uncommitted"),
    commands: { ...text("install"), ...text("build") },
    allow: arguments_.flags.get("allow") ?? [],
    strict: isOn(arguments_, "strict"),
    ...Object.fromEntries(settings),
  };
}
