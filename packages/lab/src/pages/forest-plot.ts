import type { GateResult, MeasuredWorkload } from "../gate/gate-result.ts";
import { percent, sentence } from "../gate/gate-table.ts";
import { coordinate, escapeHtml } from "./markup.ts";

/** Size of a row's drawing. */
const WIDTH = 360;
const HEIGHT = 28;
const PADDING = 10;

/** Wider changes are drawn at the edge: one slow-down of a factor of ten must not hide the others. */
const WIDEST = Math.log(2);

/** From log-ratio to place, the same for all rows. */
export interface ForestScale {
  readonly limit: number;
  place(logRatio: number): number;
  readonly margin: number;
}

/** A scale about zero that everything of these workloads fits in, up to a factor of two. */
export function forestScale({ workloads, settings }: GateResult): ForestScale {
  const seen = workloads.flatMap((each) => {
    if (each.status !== "measured") return [];
    const { lower, upper } = each.decision;
    return [...each.ratios.map(({ logRatio }) => logRatio), ...[lower, upper].map((share) => Math.log1p(share))];
  });
  const largest = Math.max(2.5 * Math.log1p(settings.margin), ...seen.filter(Number.isFinite).map(Math.abs));
  const limit = Math.min(WIDEST, 1.05 * largest);
  const place = (logRatio: number) => {
    const share = Math.max(-1, Math.min(1, logRatio / limit));
    return WIDTH / 2 + share * (WIDTH / 2 - PADDING);
  };
  return { limit, place, margin: Math.log1p(settings.margin) };
}

/** A row: dots for the processes, a bar from bound to bound, a diamond for the estimate. */
export function forestRow(workload: MeasuredWorkload, scale: ForestScale): string {
  const { decision, ratios } = workload;
  const middle = HEIGHT / 2;
  const [lower, estimate, upper] = [decision.lower, decision.estimate, decision.upper].map((share) =>
    scale.place(Math.log1p(share)),
  );
  const dots = ratios.map(
    ({ logRatio }) => `<circle cx="${coordinate(scale.place(logRatio))}" cy="${middle}" r="2.5" class="process"/>`,
  );
  const diamond = [
    [estimate - 5, middle],
    [estimate, middle - 6],
    [estimate + 5, middle],
    [estimate, middle + 6],
  ];
  const words = `${workload.name}: ${percent(decision.estimate)} slower, from ${percent(decision.lower)} to ${percent(decision.upper)}; ${sentence(workload)}`;
  return drawing(
    words,
    `${guides(scale)}
<line x1="${coordinate(lower)}" x2="${coordinate(upper)}" y1="${middle}" y2="${middle}" class="bounds"/>
${dots.join("")}
<polygon points="${diamond.map((corner) => corner.map(coordinate).join(",")).join(" ")}" class="estimate"/>`,
  );
}

/** Numbers along the scale. */
export function forestAxis(scale: ForestScale): string {
  const marks = ticks(scale.limit).map((share) => {
    const text = share === 0 ? "0" : `${share > 0 ? "+" : "−"}${Number((100 * Math.abs(share)).toPrecision(2))} %`;
    const x = coordinate(scale.place(Math.log1p(share)));
    return `<text x="${x}" y="${HEIGHT - 10}" text-anchor="middle">${text}</text>`;
  });
  return drawing("slow-down of the head against the base", marks.join(""));
}

/** Round shares, at most three a side. */
function ticks(limit: number): number[] {
  const largest = Math.expm1(limit);
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].find((each) => largest / each < 3) ?? 1;
  const positive = [1, 2].map((count) => count * step).filter((share) => share <= largest);
  // On a logarithmic scale −x lies further out than +x.
  const negative = positive.map((share) => -share).filter((share) => -Math.log1p(share) <= limit);
  return [...negative, 0, ...positive];
}

function guides({ place, margin }: ForestScale): string {
  const line = (x: number, name: string) =>
    `<line x1="${coordinate(x)}" x2="${coordinate(x)}" y1="0" y2="${HEIGHT}" class="${name}"/>`;
  return line(place(0), "zero") + line(place(margin), "margin");
}

function drawing(title: string, content: string): string {
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img"><title>${escapeHtml(title)}</title>${content}</svg>`;
}
