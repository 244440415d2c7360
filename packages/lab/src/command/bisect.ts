import { type BisectOptions, type BisectResult, bisect as bisectCommits } from "../gate/bisect.ts";
import { percent } from "../gate/gate-table.ts";
import { BuildError } from "../gate/measuring-process.ts";
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
import { listenForInterrupt } from "./interrupt.ts";
import { positiveNumber } from "./numeric-flag.ts";
import { progressDisplay } from "./progress.ts";
import { type Output, print, printJson, type Terminal } from "./terminal.ts";
import { textTable } from "./text-table.ts";

const FLAGS: readonly Flag[] = [
  { name: "good", type: "value", placeholder: "<ref>", description: "commit where it was still fine" },
  { name: "bad", type: "value", placeholder: "<ref>", description: "commit where it is worse (default HEAD)" },
  {
    name: "channel",
    type: "value",
    placeholder: "<name>",
    description: "what got worse: time (default), allocation, accuracy or a workload's own count",
  },
  { name: "processes", type: "value", placeholder: "<number>", description: "for each commit (default 20)" },
  {
    name: "milliseconds",
    type: "value",
    placeholder: "<number>",
    description: "time for the workload in a process (default 400)",
  },
  { name: "install", type: "value", placeholder: "<command>", description: "as of ansatz gate" },
  { name: "build", type: "value", placeholder: "<command>", description: "as of ansatz gate" },
  { ...DEVICE_FLAG, repeatable: false, description: "where to compute (default cpu)" },
  { ...JSON_FLAG, description: "print the result as JSON on stdout, and nothing else there" },
  QUIET_FLAG,
  HELP_FLAG,
];

export const bisect: Command = {
  name: "bisect",
  usage: "bisect <workload> --good <ref> [--bad <ref>] [flags]",
  summary: "Finds the commit that made a workload worse, between two.",
  flags: FLAGS,
  async run(line, terminal) {
    const arguments_ = parseArguments(line, FLAGS);
    refuseExtra(arguments_, 1);
    if (isOn(arguments_, "help")) {
      print(terminal.out, helpPage(bisect));
      return EXIT.ok;
    }
    const options = optionsFrom(arguments_);
    using interrupt = listenForInterrupt(["SIGINT", "SIGTERM"]);
    try {
      const result = await search(options, interrupt.signal, isOn(arguments_, "quiet"), terminal);
      if (isOn(arguments_, "json")) printJson(terminal.out, result);
      else showBisect(result, terminal.out);
      return result.suspects.length === 1 ? EXIT.ok : EXIT.tooNoisy;
    } catch (error) {
      if (interrupt.signal.aborted) return EXIT.interrupted;
      if (!(error instanceof BuildError)) throw error;
      print(terminal.err, `ansatz: ${error.message}`);
      return EXIT.refused;
    }
  },
};

function optionsFrom(arguments_: Arguments): BisectOptions {
  const [workload] = arguments_.positionals;
  if (workload === undefined) throw new UsageError("bisect: which workload?");
  const good = flagValue(arguments_, "good");
  if (good === undefined) throw new UsageError("--good: where was it still fine?");
  const text = (name: string) => {
    const value = flagValue(arguments_, name);
    return value === undefined ? {} : { [name]: value };
  };
  const number = (name: string) => {
    const value = positiveNumber(arguments_, name);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    workload,
    good,
    bad: flagValue(arguments_, "bad") ?? "HEAD",
    device: devicesFrom(arguments_)[0],
    commands: { ...text("install"), ...text("build") },
    ...text("channel"),
    ...number("processes"),
    ...number("milliseconds"),
  };
}

async function search(
  options: BisectOptions,
  signal: AbortSignal,
  quiet: boolean,
  { err }: Terminal,
): Promise<BisectResult> {
  const progress = progressDisplay(err, "bisect", quiet);
  try {
    return await bisectCommits({
      ...options,
      signal,
      onProgress: ({ done, total, message }) => progress.update(done, total, message),
    });
  } finally {
    progress.finish();
  }
}

function showBisect({ workload, channel, change, steps, suspects }: BisectResult, out: Output): void {
  const rows = steps.map(({ commit, state, change: own, reason }) => [
    commit.slice(0, 10),
    state,
    own === null ? "–" : percent(own),
    (reason ?? "").split("\n")[0],
  ]);
  if (rows.length > 0) print(out, `${textTable(["commit", "", channel, ""], rows)}\n`);
  const names = suspects.map((commit) => commit.slice(0, 10)).join(", ");
  print(
    out,
    `${workload}: ${channel} got ${percent(change)} worse in ${suspects.length === 1 ? "" : "one of "}${names}`,
  );
}
