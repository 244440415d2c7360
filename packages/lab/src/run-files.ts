import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderHeatmap } from "./images/heatmap.ts";
import { encodePng } from "./images/png.ts";
import type { RunEvent, TableCell } from "./report.ts";
import type { RunRecord } from "./run-record.ts";

/**
 * Writes a run into a folder: `record.json`, `notes.txt`, `series/*.csv` (step, value), `tables/*.csv`, `images/*.png` and `heatmaps/*.png`.
 * Of a table, image or heatmap reported more than once, the last one counts.
 */
export async function writeRunFiles(folder: string, record: RunRecord, events: readonly RunEvent[]): Promise<void> {
  const files = new Map<string, string | Uint8Array>();
  files.set("record.json", `${JSON.stringify(record, null, 2)}\n`);
  const notes = events.flatMap((event) => (event.type === "note" ? [`${event.message}\n`] : []));
  if (notes.length > 0) files.set("notes.txt", notes.join(""));
  const nameFile = fileNames();
  for (const [series, points] of seriesOf(events))
    files.set(nameFile("series", series, "csv"), csv(["step", "value"], points));
  for (const event of events) {
    if (event.type === "table") files.set(nameFile("tables", event.name, "csv"), csv(columnHeads(event), event.rows));
    if (event.type === "image") files.set(nameFile("images", event.name, "png"), encodePng(event.image));
    if (event.type === "heatmap")
      files.set(nameFile("heatmaps", event.name, "png"), encodePng(renderHeatmap(event.heatmap)));
  }
  for (const [path, content] of files) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** Gives every name of a kind its own file, the same one each time. */
function fileNames(): (kind: string, name: string, extension: string) => string {
  const owners = new Map<string, string>();
  return (kind, name, extension) => {
    const base =
      name
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, "-")
        .replace(/^-|-$/g, "") || "unnamed";
    for (let number = 1; ; number++) {
      const path = join(kind, `${base}${number === 1 ? "" : `-${number}`}.${extension}`);
      const owner = owners.get(path) ?? name;
      owners.set(path, owner);
      if (owner === name) return path;
    }
  };
}

function seriesOf(events: readonly RunEvent[]): Map<string, [number, number][]> {
  const series = new Map<string, [number, number][]>();
  for (const event of events) {
    if (event.type !== "point") continue;
    const points = series.get(event.series) ?? [];
    points.push([event.step, event.value]);
    series.set(event.series, points);
  }
  return series;
}

function columnHeads({ columns }: Extract<RunEvent, { type: "table" }>): string[] {
  return columns.map(({ name, unit }) => (unit === undefined ? name : `${name} (${unit})`));
}

/** RFC 4180. */
function csv(head: readonly TableCell[], rows: readonly (readonly TableCell[])[]): string {
  const line = (cells: readonly TableCell[]) => `${cells.map(csvCell).join(",")}\r\n`;
  return [head, ...rows].map(line).join("");
}

function csvCell(cell: TableCell): string {
  const text = cell === null ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
