import { type PointerEvent, useCallback, useEffect, useState } from "react";
import { Num } from "../display/number.tsx";
import type { HeatmapFactsFragment, ImageFactsFragment } from "../generated/operations.ts";

/** Small pictures are blown up, pixel by pixel, to about this height and to no more than the widest. */
const COMFORTABLE_HEIGHT = 168;
const LARGEST_WIDTH = 600;
const LARGEST_HEATMAP_WIDTH = 440;
/** A strip of frames wants a row of its own where there is little room. */
const WIDE = 2;

function shownWidth(width: number, height: number, largest: number): number {
  const factor = Math.min(Math.round(COMFORTABLE_HEIGHT / height), Math.floor(largest / width));
  return Math.min(width * Math.max(1, factor), largest);
}

/** Averaging keeps sparse entries visible when there are more pixels than room for them. */
function rendering(width: number, largest: number): "pixelated" | "auto" {
  return width > largest ? "auto" : "pixelated";
}

export function ImageFigure({ image }: { readonly image: ImageFactsFragment }) {
  const { name, caption, width, height, url } = image;
  return (
    <figure className={width > WIDE * height ? "picture wide" : "picture"}>
      <img
        src={url}
        alt={caption ?? name}
        width={width}
        height={height}
        style={{ width: shownWidth(width, height, LARGEST_WIDTH), imageRendering: rendering(width, LARGEST_WIDTH) }}
      />
      <figcaption>
        <strong>{name}</strong>
        {caption !== null && caption !== name && <> · {caption}</>}
      </figcaption>
    </figure>
  );
}

async function fetchValues(url: string): Promise<Float32Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`status ${response.status}`);
  return new Float32Array(await response.arrayBuffer());
}

interface Cell {
  readonly row: number;
  readonly column: number;
}

function Reading({
  heatmap,
  cell,
  values,
}: {
  readonly heatmap: HeatmapFactsFragment;
  readonly cell: Cell | null;
  readonly values: Float32Array | null;
}) {
  const size = `${heatmap.rows} × ${heatmap.columns}`;
  if (cell === null) return <>{size}</>;
  const value = values?.[cell.row * heatmap.columns + cell.column];
  return (
    <>
      {heatmap.rowLabel ?? "row"} {cell.row}, {heatmap.columnLabel ?? "column"} {cell.column}:{" "}
      {value === undefined ? "…" : <Num value={value} digits={4} />}
    </>
  );
}

/** On a log scale the darkest colour belongs to the smallest positive value. */
function leastPositive(values: Float32Array | null): number | null {
  const least = values?.reduce(
    (found, value) => (value > 0 && value < found ? value : found),
    Number.POSITIVE_INFINITY,
  );
  return least !== undefined && Number.isFinite(least) ? least : null;
}

function ColourBar({
  heatmap,
  values,
}: {
  readonly heatmap: HeatmapFactsFragment;
  readonly values: Float32Array | null;
}) {
  const { minimum, maximum, scale } = heatmap;
  if (minimum === null || maximum === null) return <p className="colour-bar-empty">no finite value</p>;
  const least = scale === "LOG" && minimum <= 0 ? leastPositive(values) : minimum;
  return (
    <div className="colour-bar">
      <span className="colour-bar-gradient" aria-hidden="true" />
      {least === null ? <span>&gt; 0</span> : <Num value={least} digits={3} />}
      <span className="faint">{scale === "LOG" && "log"}</span>
      <Num value={maximum} digits={3} />
    </div>
  );
}

function useValues(url: string): readonly [Float32Array | null, () => void] {
  const [loaded, setLoaded] = useState<{ readonly url: string; readonly values: Float32Array } | null>(null);
  const load = useCallback(() => {
    // The picture says the most; without the values only the readings stay open.
    void fetchValues(url).then(
      (values) => setLoaded({ url, values }),
      () => {},
    );
  }, [url]);
  return [loaded?.url === url ? loaded.values : null, load];
}

/** A matrix as a picture with its colour scale; pointing at it reads the value. */
export function HeatmapFigure({ heatmap }: { readonly heatmap: HeatmapFactsFragment }) {
  const { name, caption, rows, columns, rowLabel, columnLabel, url, valuesUrl, scale, minimum } = heatmap;
  const [cell, setCell] = useState<Cell | null>(null);
  const [values, load] = useValues(valuesUrl);
  const scaleNeedsValues = scale === "LOG" && minimum !== null && minimum <= 0;

  useEffect(() => {
    if (scaleNeedsValues) load();
  }, [scaleNeedsValues, load]);

  const point = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    setCell(row >= 0 && row < rows && column >= 0 && column < columns ? { row, column } : null);
  };

  return (
    <figure className="picture heatmap">
      <span className="heatmap-row-label">{rowLabel}</span>
      <img
        src={url}
        alt={`${caption ?? name}: ${rows} by ${columns} matrix`}
        width={columns}
        height={rows}
        style={{
          width: shownWidth(columns, rows, LARGEST_HEATMAP_WIDTH),
          imageRendering: rendering(columns, LARGEST_HEATMAP_WIDTH),
        }}
        onPointerEnter={() => values ?? load()}
        onPointerMove={point}
        onPointerLeave={() => setCell(null)}
      />
      <span className="heatmap-column-label">{columnLabel}</span>
      <ColourBar heatmap={heatmap} values={values} />
      <p className="heatmap-reading">
        <Reading heatmap={heatmap} cell={cell} values={values} />
      </p>
      <figcaption>
        <strong>{name}</strong>
        {caption !== null && caption !== name && <> · {caption}</>}
      </figcaption>
    </figure>
  );
}
