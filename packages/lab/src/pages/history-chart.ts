import { valueText } from "../command/value-text.ts";
import type { Change } from "../history/changepoints.ts";
import type { AnalysedSeries } from "../history/history.ts";
import { coordinate, escapeHtml } from "./markup.ts";

const WIDTH = 720;
const HEIGHT = 160;
const LEFT = 76;
const RIGHT = 14;
const TOP = 38;
/** Labels that would run into each other stand on lines of their own. */
const LABEL_LINES = [12, 24, 36];
const LABEL_LETTER = 7;
const BOTTOM = 20;

/** The points of a series, the levels between its changes, and the commits that changed it. */
export function historyChart(series: AnalysedSeries): string {
  const { points, changes, unit } = series;
  const values = points.map(({ value }) => value);
  const { low, high } = rangeOf(values, changes);
  const x = (index: number) => LEFT + (index / Math.max(1, points.length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) =>
    HEIGHT - BOTTOM - ((Math.min(high, value) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const dots = points.map(({ value, commit, committedAt }, index) => {
    const title = `${commit.slice(0, 10)}, ${committedAt.slice(0, 10)}: ${valueText(value, unit)}`;
    const beyond = value > high ? ' class="beyond"' : "";
    return `<circle cx="${coordinate(x(index))}" cy="${coordinate(y(value))}" r="2.5"${beyond}><title>${escapeHtml(title)}</title></circle>`;
  });
  const axis = [low, (low + high) / 2, high].map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${coordinate(y(value))}" y2="${coordinate(y(value))}" class="grid"/><text x="${LEFT - 8}" y="${coordinate(y(value) + 4)}" text-anchor="end">${valueText(value, unit)}</text>`,
  );
  const words = `${series.workload}, ${series.metric}: ${points.length} measurements, ${changes.length} found to differ`;
  const ends = [points[0], points[points.length - 1]].map(({ committedAt }) => committedAt.slice(0, 10));
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" class="history" role="img"><title>${escapeHtml(words)}</title>
${axis.join("")}${changeMarks(series, x)}
<g class="points">${dots.join("")}</g>${levels(values, changes, x, y)}
<text x="${LEFT}" y="${HEIGHT - 4}">${ends[0]}</text><text x="${WIDTH - RIGHT}" y="${HEIGHT - 4}" text-anchor="end">${ends[1]}</text></svg>`;
}

/** An outlier is drawn at the upper edge, not given the whole height. */
function rangeOf(values: readonly number[], changes: readonly Change[]): { low: number; high: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const fence = at(0.75) + 3 * (at(0.75) - at(0.25));
  const levels = changes.flatMap(({ before, after }) => [before, after]);
  const high = Math.max(Math.min(sorted[sorted.length - 1], fence), ...levels);
  const low = sorted[0];
  const room = 0.08 * (high - low) || 0.05 * high || 1;
  return { low: Math.max(0, low - room), high: high + room };
}

type Scale = (value: number) => number;

/** A line at the median between two steps, a slanted one along a drift. */
function levels(values: readonly number[], changes: readonly Change[], x: Scale, y: Scale): string {
  const lines: string[] = [];
  const line = (from: number, to: number, start: number, end: number) =>
    lines.push(
      `<line x1="${coordinate(x(from))}" x2="${coordinate(x(to))}" y1="${coordinate(y(start))}" y2="${coordinate(y(end))}" class="level"/>`,
    );
  let start = 0;
  const flat = (end: number) => {
    if (end > start) line(start, end - 1, middleOf(values, start, end), middleOf(values, start, end));
    start = end;
  };
  for (const change of changes) {
    flat(change.index);
    if (change.kind === "step") continue;
    line(change.index, change.last, change.before, change.after);
    start = change.last + 1;
  }
  flat(values.length);
  return lines.join("");
}

function middleOf(values: readonly number[], start: number, end: number): number {
  const sorted = values.slice(start, end).sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function changeMarks({ points, changes }: AnalysedSeries, x: Scale): string {
  const free = LABEL_LINES.map(() => 0);
  return changes
    .map((change) => {
      const text = `${points[change.index].commit.slice(0, 8)} ${changeText(change)}`;
      const place = x(change.kind === "step" ? change.index - 0.5 : change.index);
      const width = LABEL_LETTER * text.length;
      // At the right end there is no room to the right.
      const start = place + 4 + width <= WIDTH - RIGHT ? place + 4 : place - 4 - width;
      const line = Math.max(
        0,
        free.findIndex((end) => end <= start),
      );
      free[line] = start + width;
      const name = change.change > 0 ? "worse" : "better";
      const top = LABEL_LINES[line];
      return `<g class="${name}"><line x1="${coordinate(place)}" x2="${coordinate(place)}" y1="${top - 10}" y2="${HEIGHT - BOTTOM}"/><text x="${coordinate(start)}" y="${top}">${escapeHtml(text)}</text></g>`;
    })
    .join("");
}

/** `"+12.1 %"`, or `"drifts by +30 %"`. */
export function changeText({ kind, change }: Change): string {
  const size = Number.isFinite(change) ? `${(100 * Math.abs(change)).toFixed(1)} %` : "∞";
  const signed = `${change < 0 ? "−" : "+"}${size}`;
  return kind === "drift" ? `drifts by ${signed}` : signed;
}
