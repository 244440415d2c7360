import { type Change, type ChangepointOptions, findChanges } from "./changepoints.ts";
import { type HistoryStore, type Series, seriesOf } from "./history-entry.ts";

/** A series and where it changed. */
export interface AnalysedSeries extends Series {
  readonly hardware: string;
  readonly changes: readonly Change[];
}

export interface HistoryOptions extends ChangepointOptions {
  /** Only workloads whose name contains it, in any case. Default: all. */
  readonly pattern?: string;
  /** Only this metric. Default: all. */
  readonly metric?: string;
  /** Only this machine. Default: all, each by itself. */
  readonly hardware?: string;
}

/** Most points of a series that are looked at, the newest: the time for finding changes grows with their square. */
const MOST_POINTS = 500;

/** Reads a history and finds where its series changed. A point is one measurement; several of one commit count as several. */
export async function analyseHistory(store: HistoryStore, options: HistoryOptions = {}): Promise<AnalysedSeries[]> {
  const { pattern = "", metric, hardware } = options;
  const analysed: AnalysedSeries[] = [];
  for (const machine of hardware === undefined ? await store.machines() : [hardware]) {
    const series = seriesOf(await store.read(machine));
    for (const each of series) {
      if (!each.workload.toLowerCase().includes(pattern.toLowerCase())) continue;
      if (metric !== undefined && each.metric !== metric) continue;
      const points = each.points.slice(-MOST_POINTS);
      const changes = findChanges(
        points.map(({ value }) => value),
        options,
      );
      analysed.push({ ...each, points, hardware: machine, changes });
    }
  }
  return analysed;
}
