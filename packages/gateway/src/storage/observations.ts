import type { TableCell, TableColumn } from "@ansatz/lab";
import type { HeatmapPayload, ImagePayload, NotePayload, StoredEvent, TablePayload } from "./tables.ts";

/** What an experiment reported, as it is read back. `sequence` numbers the events of a run. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly message: string | null;
}

/** `values[i]` was observed at `steps[i]`. */
export interface Series {
  readonly name: string;
  readonly steps: number[];
  readonly values: number[];
}

export interface Table {
  readonly sequence: number;
  readonly name: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly TableCell[])[];
}

export interface Image {
  readonly sequence: number;
  readonly name: string;
  readonly caption: string | null;
  readonly width: number;
  readonly height: number;
  readonly hash: string;
}

export interface Heatmap {
  readonly sequence: number;
  readonly name: string;
  readonly caption: string | null;
  readonly rows: number;
  readonly columns: number;
  readonly rowLabel: string | null;
  readonly columnLabel: string | null;
  readonly scale: "linear" | "log";
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly hash: string;
  readonly valuesHash: string;
}

export interface Note {
  readonly sequence: number;
  readonly message: string;
  readonly at: Date;
}

/** The points among the events, curve by curve, in the order in which the curves begin. */
export function collectSeries(points: readonly Pick<StoredEvent, "name" | "step" | "value">[]): Series[] {
  const series = new Map<string, Series>();
  for (const { name, step, value } of points) {
    let curve = series.get(name!);
    if (!curve) series.set(name!, (curve = { name: name!, steps: [], values: [] }));
    curve.steps.push(step!);
    curve.values.push(value!);
  }
  return [...series.values()];
}

export function toProgress({ name, step, value }: StoredEvent): Progress {
  return { done: step!, total: value!, message: name };
}

export function toTable({ sequence, name, payload }: StoredEvent): Table {
  return { sequence, name: name!, ...(payload as TablePayload) };
}

export function toImage({ sequence, name, payload }: StoredEvent): Image {
  return { sequence, name: name!, caption: null, ...(payload as ImagePayload) };
}

export function toHeatmap({ sequence, name, payload }: StoredEvent): Heatmap {
  const labels = { caption: null, rowLabel: null, columnLabel: null };
  return { sequence, name: name!, ...labels, ...(payload as HeatmapPayload) };
}

export function toNote({ sequence, payload }: StoredEvent): Note {
  const { message, at } = payload as NotePayload;
  return { sequence, message, at: new Date(at) };
}
