import { join } from "node:path";
import { writeFileAtomically } from "../atomic-write.ts";
import { dataFolder } from "../data-folder.ts";
import type { GateResult } from "../gate/gate-result.ts";
import { junitReport } from "../gate/junit-report.ts";
import { markdownReport } from "../gate/markdown-report.ts";
import { analyseHistory } from "../history/history.ts";
import type { HistoryStore } from "../history/history-entry.ts";
import { BranchHistory, FolderHistory } from "../history/history-store.ts";
import { htmlReport } from "../pages/html-report.ts";
import type { Results } from "../results/measurement.ts";
import { bencherMetrics, customSmallerIsBetter } from "../results/tracker-formats.ts";
import { type Arguments, type Flag, flagValue, UsageError } from "./arguments.ts";

export const HISTORY_BRANCH_FLAG: Flag = {
  name: "history-branch",
  type: "value",
  placeholder: "<branch>",
  description: "git branch with the history (default: a folder in .ansatz)",
};

/** Files that a result is written to. */
export const REPORT_FLAGS: readonly Flag[] = [
  fileFlag("markdown", "for a step summary or a comment"),
  fileFlag("junit", "as JUnit XML"),
  fileFlag("html", "as a page with a forest plot and the history of its workloads"),
  fileFlag("bencher", "in Bencher's metric format"),
  fileFlag("github-action-benchmark", "in github-action-benchmark's format, customSmallerIsBetter"),
  HISTORY_BRANCH_FLAG,
];

function fileFlag(name: string, description: string): Flag {
  return { name, type: "value", placeholder: "<file>", description: `write a report ${description}` };
}

/** The history that was asked for. */
export function historyFrom(arguments_: Arguments): HistoryStore {
  const branch = flagValue(arguments_, "history-branch");
  return branch === undefined
    ? new FolderHistory(join(dataFolder(), "history"))
    : new BranchHistory(process.cwd(), branch);
}

interface Reported {
  /** Where the results are a gate's. */
  readonly gate?: GateResult;
  readonly results: Results;
}

/** Writes the files that were asked for. @throws UsageError for one that only a gate's result can fill. */
export async function writeReports(arguments_: Arguments, { gate, results }: Reported): Promise<void> {
  const gated = (write: (result: GateResult) => string) => (name: string) => {
    if (gate === undefined) throw new UsageError(`--${name}: a result of ${results.source} has no verdict to report`);
    return write(gate);
  };
  const writers: Readonly<Record<string, (name: string) => string | Promise<string>>> = {
    markdown: gated(markdownReport),
    junit: gated(junitReport),
    html: async () => htmlReport({ ...(gate && { gate }), history: await historyOf(results, historyFrom(arguments_)) }),
    bencher: () => json(bencherMetrics(results.measurements)),
    "github-action-benchmark": () => json(customSmallerIsBetter(results.measurements)),
  };
  for (const [name, write] of Object.entries(writers)) {
    const file = flagValue(arguments_, name);
    if (file !== undefined) await writeFileAtomically(file, await write(name));
  }
}

/** Of the machine that measured, and of what was measured. */
async function historyOf({ hardware, measurements }: Results, store: HistoryStore) {
  const known = new Set(measurements.map(({ workload, metric }) => `${workload}\n${metric}`));
  const series = await analyseHistory(store, hardware === undefined ? {} : { hardware });
  return series.filter(({ workload, metric }) => known.has(`${workload}\n${metric}`));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
