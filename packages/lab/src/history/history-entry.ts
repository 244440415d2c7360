import { InvalidInputError } from "@ansatz/tensor";
import type { Measurement } from "../results/measurement.ts";

/** What was measured of one commit on one machine: a line of a history. */
export interface HistoryEntry {
  readonly commit: string;
  /** ISO 8601. Entries are ordered by it: old commits may be measured later. */
  readonly committedAt: string;
  readonly measuredAt: string;
  /** `id` of the hardware fingerprint. Numbers of different machines are never compared. */
  readonly hardware: string;
  /** The tool that measured. */
  readonly source: string;
  readonly measurements: readonly Measurement[];
}

/** A place that lines are added to and never changed in. */
export interface HistoryStore {
  /** All entries of one machine, in the order they were added. */
  read(hardware: string): Promise<HistoryEntry[]>;
  append(entry: HistoryEntry): Promise<void>;
  /** Fingerprints there are entries of. */
  machines(): Promise<string[]>;
}

/** One number of one workload, commit by commit. */
export interface Series {
  /** The tool that measured. */
  readonly source: string;
  readonly workload: string;
  readonly metric: string;
  readonly unit: Measurement["unit"];
  readonly points: readonly SeriesPoint[];
}

interface SeriesPoint {
  readonly commit: string;
  readonly committedAt: string;
  readonly value: number;
}

export function lineOf(entry: HistoryEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** @throws InvalidInputError naming a line that is none. */
export function parseLines(text: string, file: string): HistoryEntry[] {
  return text.split("\n").flatMap((line, index) => {
    if (line === "") return [];
    try {
      return [JSON.parse(line) as HistoryEntry];
    } catch {
      throw new InvalidInputError("history", "lines of JSON", `line ${index + 1} of ${file}: ${line.slice(0, 60)}`);
    }
  });
}

/** The entries' numbers as series in the order of their commits; those of tools that measure the same names differently are kept apart. */
export function seriesOf(entries: readonly HistoryEntry[]): Series[] {
  const series = new Map<string, Series & { readonly points: SeriesPoint[] }>();
  const ordered = entries.toSorted(
    (a, b) =>
      Date.parse(a.committedAt) - Date.parse(b.committedAt) || Date.parse(a.measuredAt) - Date.parse(b.measuredAt),
  );
  for (const { commit, committedAt, source, measurements } of ordered)
    for (const { workload, metric, unit, value } of measurements) {
      const key = JSON.stringify([source, workload, metric]);
      const known = series.get(key) ?? { source, workload, metric, unit, points: [] };
      known.points.push({ commit, committedAt, value });
      series.set(key, known);
    }
  return [...series.values()];
}
