import { openDevice } from "@ansatz/tensor";
import { describeEnvironment } from "../environment.ts";
import { type AnalysedSeries, analyseHistory } from "../history/history.ts";
import { recordResults } from "../history/record-results.ts";
import { changeText } from "../pages/history-chart.ts";
import { readResults } from "../results/read-results.ts";
import { type Arguments, type Flag, flagValue, isOn, parseArguments } from "./arguments.ts";
import { type Command, HELP_FLAG, helpPage, JSON_FLAG, refuseExtra } from "./command.ts";
import { EXIT } from "./exit-code.ts";
import { positiveNumber } from "./numeric-flag.ts";
import { readResultsFile } from "./report.ts";
import { HISTORY_BRANCH_FLAG, historyFrom } from "./report-files.ts";
import { type Output, print, printJson, type Terminal } from "./terminal.ts";
import { textTable } from "./text-table.ts";
import { valueText } from "./value-text.ts";

const FLAGS: readonly Flag[] = [
  {
    name: "add",
    type: "value",
    repeatable: true,
    placeholder: "<file>",
    description: "add results (of whatever `ansatz report` reads) before showing the history",
  },
  HISTORY_BRANCH_FLAG,
  {
    name: "commit",
    type: "value",
    placeholder: "<ref>",
    description: "what was measured, for added results that do not tell (default: what is checked out)",
  },
  {
    name: "hardware",
    type: "value",
    placeholder: "<id>",
    description: "fingerprint of the machine, for added results that do not tell (default: this one), and to show",
  },
  { name: "metric", type: "value", placeholder: "<name>", description: "show only this one, for example time" },
  {
    name: "effect",
    type: "value",
    placeholder: "<number>",
    description: "per cent below which a change is nobody's business (default 5)",
  },
  { ...JSON_FLAG, description: "print the series with their changes as JSON on stdout, and nothing else there" },
  HELP_FLAG,
];

export const history: Command = {
  name: "history",
  usage: "history [pattern] [flags]",
  summary:
    "Keeps results commit by commit, and says which commits changed them. For looking back: nothing is gated on it.",
  flags: FLAGS,
  async run(line, terminal) {
    const arguments_ = parseArguments(line, FLAGS);
    refuseExtra(arguments_, 1);
    if (isOn(arguments_, "help")) {
      print(terminal.out, helpPage(history));
      return EXIT.ok;
    }
    await add(arguments_, terminal);
    const effect = positiveNumber(arguments_, "effect");
    const [metric, hardware] = ["metric", "hardware"].map((name) => flagValue(arguments_, name));
    const series = await analyseHistory(historyFrom(arguments_), {
      pattern: arguments_.positionals[0] ?? "",
      ...(metric !== undefined && { metric }),
      ...(hardware !== undefined && { hardware }),
      ...(effect !== undefined && { effect: effect / 100 }),
    });
    if (isOn(arguments_, "json")) printJson(terminal.out, series);
    else showHistory(series, terminal.out);
    return EXIT.ok;
  },
};

async function add(arguments_: Arguments, { err }: Terminal): Promise<void> {
  const files = arguments_.flags.get("add") ?? [];
  if (files.length === 0) return;
  const store = historyFrom(arguments_);
  const commit = flagValue(arguments_, "commit");
  const hardware = flagValue(arguments_, "hardware") ?? (await thisHardware());
  for (const file of files) {
    const results = readResults(await readResultsFile(file));
    const directory = process.cwd();
    const entry = await recordResults(store, results, { directory, hardware, ...(commit !== undefined && { commit }) });
    print(err, `${file}: ${entry.measurements.length} measurements of ${entry.commit.slice(0, 10)} by ${entry.source}`);
  }
}

async function thisHardware(): Promise<string> {
  await using device = await openDevice("cpu");
  return (await describeEnvironment(device.description)).hardware.id;
}

function showHistory(series: readonly AnalysedSeries[], out: Output): void {
  if (series.length === 0) {
    print(out, "There is no such history; `ansatz history --add <file>` begins one.");
    return;
  }
  const rows = series.map(({ workload, metric, hardware, points, unit, changes }) => [
    workload,
    metric,
    hardware,
    String(points.length),
    valueText(points[points.length - 1].value, unit),
    changes.map((change) => `${changeText(change)} at ${points[change.index].commit.slice(0, 10)}`).join(", "),
  ]);
  print(out, textTable(["workload", "metric", "machine", "points", "latest", "changes"], rows));
}
