import {
  collectSeries,
  type Heatmap,
  type Image,
  type Note,
  type Progress,
  type Series,
  type Table,
  toHeatmap,
  toImage,
  toNote,
  toProgress,
  toTable,
} from "../storage/observations.ts";
import type { RunDoorbells } from "../storage/run-doorbells.ts";
import type { RunReader } from "../storage/run-reader.ts";
import type { StoredEvent, StoredRun } from "../storage/tables.ts";
import { type UnknownRun, unknownRun } from "./unknown-run.ts";

/** What a watcher is told. After an update, everything up to `sequence` has been told. */
export type RunUpdate =
  | { readonly type: "RunBegan"; readonly sequence: number; readonly run: StoredRun }
  | { readonly type: "RunProgressed"; readonly sequence: number; readonly progress: Progress }
  | { readonly type: "PointsAdded"; readonly sequence: number; readonly series: Series[] }
  | { readonly type: "TableAdded"; readonly sequence: number; readonly table: Table }
  | { readonly type: "ImageAdded"; readonly sequence: number; readonly image: Image }
  | { readonly type: "HeatmapAdded"; readonly sequence: number; readonly heatmap: Heatmap }
  | { readonly type: "NoteAdded"; readonly sequence: number; readonly note: Note }
  | { readonly type: "RunFinished"; readonly sequence: number; readonly run: StoredRun };

/** Events read at once; also the most points in one update. */
const PAGE = 2000;

/**
 * Follows a run: what has happened since the event `after`, then the rest as it is stored, until the run has ended or `signal` fires.
 * Only the database is read, so whoever comes back with the last `sequence` has missed nothing, whichever process wrote it.
 */
export async function* watchRun(
  runs: RunReader,
  doorbells: RunDoorbells,
  id: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<RunUpdate | UnknownRun, void> {
  using doorbell = doorbells.watch(id);
  let run = await runs.find(id);
  if (!run) {
    yield unknownRun(id);
    return;
  }
  let known = Math.max(0, after);
  while (!signal.aborted) {
    const events = await runs.eventsAfter(run.id, known, PAGE);
    if (events.some(({ type }) => type === "began" || type === "finished")) run = (await runs.find(id))!;
    yield* toUpdates(events, run);
    known = events.at(-1)?.sequence ?? known;
    if (run.finishedAt !== null && run.lastSequence <= known) return;
    if (events.length < PAGE) await doorbell.wait(signal);
  }
}

/** Few updates for many events: between two other events, all points travel together and only the newest progress is told. */
export function* toUpdates(events: readonly StoredEvent[], run: StoredRun): Generator<RunUpdate> {
  let start = 0;
  while (start < events.length) {
    let end = start;
    while (end < events.length && (events[end].type === "point" || events[end].type === "progress")) end++;
    if (end > start) yield* mergeUpdates(events.slice(start, end));
    if (end < events.length) yield toUpdate(events[end], run);
    start = end + 1;
  }
}

/** Points and progress of one stretch. The update that comes last carries the last sequence, so that neither loses the other. */
function* mergeUpdates(stretch: readonly StoredEvent[]): Generator<RunUpdate> {
  const points = stretch.filter(({ type }) => type === "point");
  const progress = stretch.findLast(({ type }) => type === "progress");
  const last = stretch.at(-1)!;
  const pointsAdded = (): RunUpdate => ({
    type: "PointsAdded",
    sequence: points.at(-1)!.sequence,
    series: collectSeries(points),
  });
  if (points.length > 0 && last !== progress) {
    if (progress) yield { type: "RunProgressed", sequence: stretch[0].sequence - 1, progress: toProgress(progress) };
    yield pointsAdded();
  } else {
    if (points.length > 0) yield pointsAdded();
    if (progress) yield { type: "RunProgressed", sequence: progress.sequence, progress: toProgress(progress) };
  }
}

function toUpdate(event: StoredEvent, run: StoredRun): RunUpdate {
  const { sequence } = event;
  switch (event.type) {
    case "began":
      return { type: "RunBegan", sequence, run };
    case "table":
      return { type: "TableAdded", sequence, table: toTable(event) };
    case "image":
      return { type: "ImageAdded", sequence, image: toImage(event) };
    case "heatmap":
      return { type: "HeatmapAdded", sequence, heatmap: toHeatmap(event) };
    case "note":
      return { type: "NoteAdded", sequence, note: toNote(event) };
    case "finished":
      return { type: "RunFinished", sequence, run };
    case "point":
    case "progress":
      throw new TypeError(`${event.type} events are merged`);
  }
}
