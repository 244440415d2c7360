import { readFile } from "node:fs/promises";
import { readGateResult, readResults } from "../results/read-results.ts";
import { type Flag, flagValue, isOn, parseArguments, UsageError } from "./arguments.ts";
import { type Command, HELP_FLAG, helpPage, refuseExtra } from "./command.ts";
import { EXIT } from "./exit-code.ts";
import { showGate } from "./gate-summary.ts";
import { REPORT_FLAGS, writeReports } from "./report-files.ts";
import { print } from "./terminal.ts";
import { textTable } from "./text-table.ts";
import { valueText } from "./value-text.ts";

const FLAGS: readonly Flag[] = [...REPORT_FLAGS, HELP_FLAG];

export const report: Command = {
  name: "report",
  usage: "report <file> [flags]",
  summary:
    "Shows results of `gate --json`, `bench --json`, tinybench, vitest, mitata, hyperfine or asv, or writes them in another form.",
  flags: FLAGS,
  async run(line, { out }) {
    const arguments_ = parseArguments(line, FLAGS);
    refuseExtra(arguments_, 1);
    if (isOn(arguments_, "help")) {
      print(out, helpPage(report));
      return EXIT.ok;
    }
    const [file] = arguments_.positionals;
    if (file === undefined) throw new UsageError("report: of which file?");
    const text = await readResultsFile(file);
    const results = readResults(text);
    const gate = readGateResult(text);
    await writeReports(arguments_, { ...(gate && { gate }), results });
    if (REPORT_FLAGS.some(({ name }) => flagValue(arguments_, name) !== undefined)) return EXIT.ok;
    if (gate) showGate(gate, out);
    else {
      const rows = results.measurements.map(({ workload, metric, value, unit }) => [
        workload,
        metric,
        valueText(value, unit),
      ]);
      print(out, textTable(["workload", "metric", "value"], rows));
    }
    return EXIT.ok;
  },
};

/** @throws UsageError when the file cannot be read. */
export async function readResultsFile(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
