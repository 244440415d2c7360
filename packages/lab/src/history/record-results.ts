import { InvalidInputError } from "@ansatz/tensor";
import { runProgramFile, ShellError } from "../gate/shell.ts";
import type { Results } from "../results/measurement.ts";
import type { HistoryEntry, HistoryStore } from "./history-entry.ts";

export interface RecordOptions {
  /** Folder in the repository that was measured. */
  readonly directory: string;
  /** What was measured, for results that do not tell. Default: what is checked out. */
  readonly commit?: string;
  /** `id` of the machine's fingerprint, for results that do not tell. */
  readonly hardware: string;
}

/**
 * Adds results to a history.
 *
 * @returns the line that was added.
 * @throws InvalidInputError for results without a number, or of a commit that the repository does not have.
 */
export async function recordResults(
  store: HistoryStore,
  results: Results,
  { directory, commit: fallback = "HEAD", hardware }: RecordOptions,
): Promise<HistoryEntry> {
  if (results.measurements.length === 0) throw new InvalidInputError("results", "at least one measurement", "none");
  const [commit, committedAt] = await commitAndDate(directory, results.commit ?? fallback);
  const entry: HistoryEntry = {
    commit,
    committedAt,
    measuredAt: results.measuredAt ?? new Date().toISOString(),
    hardware: results.hardware ?? hardware,
    source: results.source,
    measurements: results.measurements,
  };
  await store.append(entry);
  return entry;
}

async function commitAndDate(directory: string, ref: string): Promise<string[]> {
  try {
    const format = ["--no-patch", "--format=%H %cI"];
    const line = await runProgramFile("git", ["show", ...format, "--end-of-options", `${ref}^{commit}`], {
      cwd: directory,
    });
    return line.trim().split(" ");
  } catch (error) {
    if (!(error instanceof ShellError)) throw error;
    throw new InvalidInputError("commit", "a commit of this repository", ref);
  }
}
