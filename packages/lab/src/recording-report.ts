import { InvalidInputError } from "@ansatz/tensor";
import type { EncodedHeatmap, EncodedImage, Report, ReportedHeatmap, ReportedImage, RunEvent } from "./report.ts";

/** An event before it has its number. */
type Unnumbered<Event> = Event extends RunEvent ? Omit<Event, "sequence"> : never;

export interface RecordingReport extends Report {
  /** Ends the recording: later calls, from work the run did not wait for, are ignored. */
  close(): void;
}

/** A report that checks and copies what it is given and hands it on as numbered events. */
export function recordingReport(onEvent: (event: RunEvent) => void): RecordingReport {
  let sequence = 0;
  let open = true;
  const lastSteps = new Map<string, number>();
  const emit = (event: Unnumbered<RunEvent>): void => {
    if (open) onEvent({ ...event, sequence: ++sequence });
  };
  return {
    progress(done, total, message) {
      if (!(done >= 0) || !(total >= 0)) throw new InvalidInputError("report.progress", "numbers ≥ 0", [done, total]);
      emit({ type: "progress", done, total, ...(message !== undefined && { message }) });
    },
    point(series, step, value) {
      const argument = `report.point(${JSON.stringify(series)})`;
      const last = lastSteps.get(series) ?? Number.NEGATIVE_INFINITY;
      if (!(step >= last)) throw new InvalidInputError(`${argument}: step`, `a number ≥ ${last}, the last step`, step);
      if (typeof value !== "number") throw new InvalidInputError(`${argument}: value`, "a number", value);
      lastSteps.set(series, step);
      emit({ type: "point", series, step, value });
    },
    table(name, columns, rows) {
      const wrong = rows.find((row) => row.length !== columns.length);
      if (wrong)
        throw new InvalidInputError(`report.table("${name}"): rows`, `${columns.length} cells in every row`, wrong);
      emit({
        type: "table",
        name,
        columns: columns.map((column) => ({ ...column })),
        rows: rows.map((row) => [...row]),
      });
    },
    image(name, image) {
      emit({ type: "image", name, image: encodeImage(`report.image("${name}")`, image) });
    },
    heatmap(name, heatmap) {
      emit({ type: "heatmap", name, heatmap: encodeHeatmap(`report.heatmap("${name}")`, heatmap) });
    },
    note(message) {
      emit({ type: "note", message });
    },
    close() {
      open = false;
    },
  };
}

/** Copies an image to bytes: floats are cut to [0, 1] and scaled; NaN is drawn black. */
function encodeImage(argument: string, image: ReportedImage): EncodedImage {
  const { width, height, channels, pixels, caption } = image;
  checkExtent(`${argument}: width`, width);
  checkExtent(`${argument}: height`, height);
  if (channels !== 1 && channels !== 3 && channels !== 4)
    throw new InvalidInputError(`${argument}: channels`, "1, 3 or 4", channels);
  checkLength(`${argument}: pixels`, pixels, width * height * channels);
  // Uint8ClampedArray rounds to nearest and cuts, which is what pixels want; a Uint8Array would wrap around.
  const bytes =
    pixels instanceof Uint8Array
      ? pixels.slice()
      : new Uint8Array(Uint8ClampedArray.from(pixels, (value) => 255 * value).buffer);
  return { width, height, channels, pixels: bytes, ...(caption !== undefined && { caption }) };
}

function encodeHeatmap(argument: string, heatmap: ReportedHeatmap): EncodedHeatmap {
  checkExtent(`${argument}: rows`, heatmap.rows);
  checkExtent(`${argument}: columns`, heatmap.columns);
  checkLength(`${argument}: values`, heatmap.values, heatmap.rows * heatmap.columns);
  return { ...heatmap, scale: heatmap.scale ?? "linear", values: Float32Array.from(heatmap.values) };
}

function checkExtent(argument: string, extent: number): void {
  if (!Number.isInteger(extent) || extent < 1) throw new InvalidInputError(argument, "an integer ≥ 1", extent);
}

function checkLength(argument: string, values: ArrayLike<number>, expected: number): void {
  if (values.length !== expected) throw new InvalidInputError(argument, `${expected} values`, values.length);
}
