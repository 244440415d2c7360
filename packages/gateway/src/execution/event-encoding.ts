import { createHash } from "node:crypto";
import {
  type EncodedHeatmap,
  type EncodedImage,
  encodePng,
  type RunEvent,
  renderHeatmap,
  type TableCell,
} from "@ansatz/lab";
import type { NewArtefact, NewEvent } from "../storage/run-writer.ts";
import type { HeatmapPayload, ImagePayload, RunEventType } from "../storage/tables.ts";

/** An event as it is stored, with the bytes that it refers to. */
export interface EncodedEvent {
  readonly event: NewEvent;
  readonly artefacts: readonly NewArtefact[];
}

/** Above this an artefact strains the embedded database; a picture of 4 million values is more than a screen shows. */
const LARGEST_ARTEFACT_BYTES = 16 * 2 ** 20;

/** Turns what an experiment reports into what is stored. Number 1 of a run is its beginning, so the experiment's events follow from 2 on. */
export function encodeEvent(event: RunEvent): EncodedEvent {
  const encoded = encode(event);
  const tooLarge = encoded.artefacts.find(({ bytes }) => bytes.byteLength > LARGEST_ARTEFACT_BYTES);
  if (!tooLarge) return encoded;
  const size = `${(tooLarge.bytes.byteLength / 2 ** 20).toFixed(0)} MiB`;
  return note(
    event.sequence,
    `${event.type} "${encoded.event.name}" was left out: ${size} is more than the 16 MiB that are kept`,
  );
}

function encode(event: RunEvent): EncodedEvent {
  switch (event.type) {
    case "progress":
      return stored(event.sequence, "progress", { name: event.message ?? null, step: event.done, value: event.total });
    case "point":
      return stored(event.sequence, "point", { name: event.series, step: event.step, value: event.value });
    case "table": {
      const { name, columns, rows } = event;
      return stored(event.sequence, "table", {
        name,
        payload: { columns, rows: rows.map((row) => row.map(toJsonCell)) },
      });
    }
    case "image": {
      const png = pngArtefact(event.image);
      return stored(event.sequence, "image", { name: event.name, payload: imagePayload(event.image, png) }, [png]);
    }
    case "heatmap": {
      const png = pngArtefact(renderHeatmap(event.heatmap));
      const values = valuesArtefact(event.heatmap.values);
      const payload = heatmapPayload(event.heatmap, png, values);
      return stored(event.sequence, "heatmap", { name: event.name, payload }, [png, values]);
    }
    case "note":
      return note(event.sequence, event.message);
  }
}

function note(sequence: number, message: string): EncodedEvent {
  return stored(sequence, "note", { payload: { message, at: new Date().toISOString() } });
}

function stored(
  sequence: number,
  type: RunEventType,
  fields: Partial<NewEvent>,
  artefacts: readonly NewArtefact[] = [],
): EncodedEvent {
  const empty = { name: null, step: null, value: null, payload: null };
  return { event: { ...empty, ...fields, sequence: sequence + 1, type }, artefacts };
}

/** jsonb holds neither NaN nor infinities; their names are what a client would be sent anyway. */
function toJsonCell(cell: TableCell): TableCell {
  return typeof cell === "number" && !Number.isFinite(cell) ? String(cell) : cell;
}

function imagePayload({ width, height, caption }: EncodedImage, png: NewArtefact): ImagePayload {
  return { hash: png.hash, width, height, ...(caption !== undefined && { caption }) };
}

function heatmapPayload(heatmap: EncodedHeatmap, png: NewArtefact, values: NewArtefact): HeatmapPayload {
  const { values: numbers, ...description } = heatmap;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (const number of numbers) {
    if (!Number.isFinite(number)) continue;
    minimum = Math.min(minimum, number);
    maximum = Math.max(maximum, number);
  }
  const extremes = minimum <= maximum ? { minimum, maximum } : { minimum: null, maximum: null };
  return { ...description, ...extremes, hash: png.hash, valuesHash: values.hash };
}

function pngArtefact(image: EncodedImage): NewArtefact {
  // A copy, because small Buffers share their memory and cannot be handed to another thread.
  return artefact("image/png", new Uint8Array(encodePng(image)));
}

function valuesArtefact(values: Float32Array): NewArtefact {
  return artefact(
    "application/octet-stream",
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice(),
  );
}

function artefact(mediaType: string, bytes: Uint8Array): NewArtefact {
  return { hash: createHash("sha256").update(bytes).digest("hex"), mediaType, bytes };
}
