import uPlot from "uplot";
import { chosen, type NumberParts, numberText } from "../display/number-parts.ts";
import { resolveColour, seriesColour, seriesDash } from "./colour.ts";
import { decadeRange, decadeTicks, type Level, type StyledCurve, type ValueScale } from "./curve-data.ts";

const FONT = `"IBM Plex Sans", system-ui, sans-serif`;
const LOGARITHMIC = 3;
const VALUE_AXIS_WIDTH = 58;
/** Distances between step ticks: 1, 2 and 5 times a power of ten. */
const STEP_STRIDES = Array.from({ length: 24 }, (_, index) => index - 8).flatMap((exponent) =>
  [1, 2, 5].map((factor) => Number(`${factor}e${exponent}`)),
);
/** Points closer than this, in CSS pixels, are not marked: a chain of beads hides the curve. */
const LEAST_MARKER_DISTANCE = 14;
/** Between value ticks, in CSS pixels. */
const LEAST_TICK_DISTANCE = 28;
/** A log axis over at least so many decades writes every tick as a power of ten. */
const DECADES_IN_POWERS = 3;

export interface PlotOptions {
  readonly width: number;
  readonly height: number;
  readonly scale: ValueScale;
  readonly stepLabel: string;
  readonly curves: readonly Omit<StyledCurve, "steps" | "values">[];
  readonly level: Level | null;
  /** Steps with a value that cannot be drawn, asked for at every drawing. */
  readonly undrawable: () => readonly number[];
  /** Told which step the reader points at; null when at none. */
  readonly onPoint: (index: number | null) => void;
}

function colour(plot: uPlot, property: string): string {
  return resolveColour(plot.root, property);
}

/** Writes a number right-aligned at `right`, its exponent raised, after `words`; in canvas pixels. */
function writeNumber(
  plot: uPlot,
  { mantissa, exponent }: NumberParts,
  right: number,
  middle: number,
  words = "",
): void {
  const { ctx } = plot;
  const pixel = uPlot.pxRatio;
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  let edge = right;
  if (exponent !== null) {
    const raised = String(exponent).replace("-", "−");
    ctx.font = `${9 * pixel}px ${FONT}`;
    ctx.fillText(raised, edge, middle - 4 * pixel);
    edge -= ctx.measureText(raised).width + pixel;
  }
  ctx.font = `${12 * pixel}px ${FONT}`;
  const base = exponent === null ? mantissa : mantissa === "" ? "10" : `${mantissa} × 10`;
  ctx.fillText(words + base, edge, middle);
}

function power(tick: number): NumberParts {
  return { mantissa: "", exponent: Math.round(Math.log10(tick)) };
}

function valueTicks(plot: uPlot, scale: ValueScale): number[] {
  const { min, max } = plot.scales.y;
  if (min === undefined || max === undefined || min === null || max === null) return [];
  const count = Math.max(2, Math.floor(plot.bbox.height / uPlot.pxRatio / LEAST_TICK_DISTANCE));
  if (scale === "log") return decadeTicks(min, max, count);
  const rough = (max - min) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const stride = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  const first = Math.ceil(min / stride - 1e-9);
  const last = Math.floor(max / stride + 1e-9);
  // Rounded to the stride's own digits: 3 × 0.1 shall read 0.3.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * stride).toPrecision(12)));
}

function drawValueTicks(plot: uPlot, scale: ValueScale): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.fillStyle = colour(plot, "--ink-faint");
  const ticks = valueTicks(plot, scale);
  const inPowers = scale === "log" && ticks[ticks.length - 1] / ticks[0] >= 10 ** DECADES_IN_POWERS;
  for (const tick of ticks)
    writeNumber(
      plot,
      inPowers ? power(tick) : chosen(tick),
      bbox.left - 8 * uPlot.pxRatio,
      plot.valToPos(tick, "y", true),
    );
  ctx.restore();
}

function drawLevel(plot: uPlot, level: Level): void {
  const { min, max } = plot.scales.y;
  if (min === undefined || max === undefined || level.value < min || level.value > max) return;
  const { ctx, bbox } = plot;
  const pixel = uPlot.pxRatio;
  const y = Math.round(plot.valToPos(level.value, "y", true));
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour(plot, "--good");
  ctx.lineWidth = pixel;
  ctx.setLineDash([4 * pixel, 4 * pixel]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  const roomAbove = y - bbox.top > 20 * pixel;
  writeNumber(
    plot,
    chosen(level.value),
    bbox.left + bbox.width - 4 * pixel,
    y + (roomAbove ? -10 : 11) * pixel,
    `${level.label} `,
  );
  ctx.restore();
}

/** A cross at the foot of the plot for each step with a value that cannot be drawn. */
function drawUndrawable(plot: uPlot, steps: readonly number[]): void {
  const { ctx, bbox } = plot;
  const pixel = uPlot.pxRatio;
  const arm = 3.5 * pixel;
  const y = bbox.top + bbox.height - 8 * pixel;
  ctx.save();
  ctx.strokeStyle = colour(plot, "--bad");
  ctx.lineWidth = 1.75 * pixel;
  ctx.beginPath();
  for (const step of steps) {
    const x = plot.valToPos(step, "x", true);
    ctx.moveTo(x - arm, y - arm);
    ctx.lineTo(x + arm, y + arm);
    ctx.moveTo(x - arm, y + arm);
    ctx.lineTo(x + arm, y - arm);
  }
  ctx.stroke();
  ctx.restore();
}

function linearRange(least: number | null, most: number | null): [number, number] {
  if (least === null || most === null) return [0, 1];
  if (least === most) return least === 0 ? [-1, 1] : [Math.min(0, 2 * least), Math.max(0, 2 * least)];
  const pad = 0.06 * (most - least);
  return [least >= 0 && least < pad * 4 ? 0 : least - pad, most + pad];
}

/** The range shows the level too when it lies at most three decades below the data: farther away it would squash the curves. */
function withLevel(least: number | null, most: number | null, level: Level | null): [number | null, number | null] {
  if (level === null || least === null || most === null || !(level.value > 0)) return [least, most];
  return level.value < least && level.value >= least * 1e-3
    ? [level.value, most]
    : [least, Math.max(most, level.value)];
}

function hasRoomForMarkers(plot: uPlot, index: number): boolean {
  const values = plot.data[index];
  const drawn = plot.data[0].filter((_, at) => typeof values[at] === "number");
  const width = plot.valToPos(drawn[drawn.length - 1], "x") - plot.valToPos(drawn[0], "x");
  // A single point is nothing but its marker.
  return drawn.length === 1 || width / drawn.length >= LEAST_MARKER_DISTANCE;
}

function series({ label, colour: index, dash }: PlotOptions["curves"][number]): uPlot.Series {
  const stroke = (plot: uPlot) => colour(plot, seriesColour(index));
  return {
    label,
    stroke,
    width: 2,
    pxAlign: 0,
    dash: seriesDash(dash),
    points: {
      show: hasRoomForMarkers,
      size: 5,
      width: 1.5,
      stroke,
      fill: (plot) => colour(plot, "--surface"),
      dash: [],
    },
  };
}

export function plotOptions(options: PlotOptions): uPlot.Options {
  const { width, height, scale, stepLabel, curves, level, undrawable, onPoint } = options;
  const grid = { stroke: (plot: uPlot) => colour(plot, "--rule"), width: 1 };
  return {
    width,
    height,
    padding: [10, 22, 0, 0],
    series: [{ label: stepLabel }, ...curves.map(series)],
    scales: {
      x: { time: false },
      y:
        scale === "log"
          ? { distr: LOGARITHMIC, range: (_, least, most) => decadeRange(...withLevel(least, most, level)) }
          : { range: (_, least, most) => linearRange(least, most) },
    },
    axes: [
      {
        stroke: (plot) => colour(plot, "--ink-faint"),
        font: `12px ${FONT}`,
        label: stepLabel,
        labelFont: `12px ${FONT}`,
        labelSize: 20,
        size: 30,
        gap: 8,
        space: 48,
        incrs: (plot) => (plot.data[0].every(Number.isInteger) ? STEP_STRIDES.filter(Number.isInteger) : STEP_STRIDES),
        values: (_, splits) => splits.map((step) => numberText(chosen(step))),
        grid,
        ticks: { show: false },
      },
      {
        stroke: (plot) => colour(plot, "--ink-faint"),
        size: VALUE_AXIS_WIDTH,
        grid,
        ticks: { show: false },
        splits: (plot) => valueTicks(plot, scale),
        filter: (_, splits) => splits,
        values: (_, splits) => splits.map(() => ""),
      },
    ],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: {
        size: 9,
        width: 2,
        fill: (plot, index) => colour(plot, seriesColour(curves[index - 1].colour)),
        stroke: (plot) => colour(plot, "--surface"),
      },
    },
    hooks: {
      drawAxes: [
        (plot) => drawValueTicks(plot, scale),
        ...(level === null ? [] : [(plot: uPlot) => drawLevel(plot, level)]),
      ],
      draw: [(plot) => drawUndrawable(plot, undrawable())],
      setLegend: [(plot) => onPoint(plot.cursor.idx ?? null)],
    },
  };
}
