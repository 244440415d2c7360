import { fromWire } from "../api/real.ts";
import type {
  HeatmapFactsFragment,
  ImageFactsFragment,
  NoteFactsFragment,
  RunFactsFragment,
  RunQuery,
  RunStatus,
  RunUpdatesSubscription,
  SeriesPointsFragment,
  TableContentsFragment,
} from "../generated/operations.ts";

/** A run as far as it is known here: its facts and everything it has observed up to `lastSequence`. */
export interface RunView {
  readonly facts: RunFactsFragment;
  readonly series: readonly RunSeries[];
  readonly tables: readonly TableContentsFragment[];
  readonly images: readonly ImageFactsFragment[];
  readonly heatmaps: readonly HeatmapFactsFragment[];
  readonly notes: readonly NoteFactsFragment[];
  readonly lastSequence: number;
}

export interface RunSeries {
  readonly name: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

export type RunUpdate = Exclude<RunUpdatesSubscription["runUpdates"], { readonly __typename: "UnknownRun" }>;

export function hasEnded(status: RunStatus): boolean {
  return status === "SUCCEEDED" || status === "FAILED" || status === "CANCELLED";
}

function seriesOf({ name, steps, values }: SeriesPointsFragment): RunSeries {
  return { name, steps: steps.map(fromWire), values: values.map(fromWire) };
}

export function viewOf(run: NonNullable<RunQuery["run"]>): RunView {
  const { lastSequence, series, tables, images, heatmaps, notes, ...facts } = run;
  return { facts, series: series.map(seriesOf), tables, images, heatmaps, notes, lastSequence };
}

function appendPoints(known: readonly RunSeries[], added: readonly SeriesPointsFragment[]): RunSeries[] {
  const series = new Map(known.map((each) => [each.name, each]));
  for (const addition of added) {
    const { name, steps, values } = seriesOf(addition);
    const before = series.get(name);
    series.set(
      name,
      before === undefined
        ? { name, steps, values }
        : { name, steps: [...before.steps, ...steps], values: [...before.values, ...values] },
    );
  }
  return [...series.values()];
}

/** A later observation of the same name takes the place of the earlier one. */
function replaceByName<Named extends { readonly name: string }>(known: readonly Named[], added: Named): Named[] {
  const index = known.findIndex(({ name }) => name === added.name);
  return index === -1 ? [...known, added] : known.with(index, added);
}

/** The view after an update. An update it already contains changes nothing, so that a repeated delivery is harmless. */
export function applyUpdate(view: RunView, update: RunUpdate): RunView {
  if (update.sequence <= view.lastSequence) return view;
  const next = { ...view, lastSequence: update.sequence };
  switch (update.__typename) {
    case "RunBegan":
    case "RunFinished":
      return { ...next, facts: update.run };
    case "RunProgressed":
      return { ...next, facts: { ...view.facts, progress: update.progress } };
    case "PointsAdded":
      return { ...next, series: appendPoints(view.series, update.series) };
    case "TableAdded":
      return { ...next, tables: replaceByName(view.tables, update.table) };
    case "ImageAdded":
      return { ...next, images: replaceByName(view.images, update.image) };
    case "HeatmapAdded":
      return { ...next, heatmaps: replaceByName(view.heatmaps, update.heatmap) };
    case "NoteAdded":
      return { ...next, notes: [...view.notes, update.note] };
  }
}
