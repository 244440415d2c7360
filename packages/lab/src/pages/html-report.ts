import { valueText } from "../command/value-text.ts";
import type { GateResult, WorkloadResult } from "../gate/gate-result.ts";
import {
  byGravity,
  channelTable,
  errorRateLines,
  listLines,
  rowOf,
  stateOf,
  verdictLines,
} from "../gate/gate-table.ts";
import type { AnalysedSeries } from "../history/history.ts";
import { type ForestScale, forestAxis, forestRow, forestScale } from "./forest-plot.ts";
import { changeText, historyChart } from "./history-chart.ts";
import { escapeHtml } from "./markup.ts";
import { STYLE } from "./style.ts";

export interface ReportContent {
  readonly gate?: GateResult;
  readonly history?: readonly AnalysedSeries[];
}

/** A page with a forest plot of the gate and charts of the history: one file, light or dark as the reader has it, and nothing fetched from anywhere. */
export function htmlReport({ gate, history }: ReportContent): string {
  const title = gate ? `${gate.base.ref} → ${gate.head.ref}` : "History";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${gate ? gateSection(gate) : ""}
${history && history.length > 0 ? historySection(history) : ""}
</main>
</body>
</html>
`;
}

function gateSection(result: GateResult): string {
  const { base, head, hardware, settings, versions } = result;
  const [verdict, ...reasons] = verdictLines(result);
  const commit = ({ ref, commit: hash }: GateResult["base"]) =>
    `<b>${escapeHtml(ref)}</b> <code>${escapeHtml(hash.slice(0, 10))}</code>`;
  const machine = `${hardware.cores} × ${hardware.cpu}; Node ${versions.node}; ${result.finishedAt.slice(0, 16).replace("T", " ")} UTC`;
  const rules = `Margin ${100 * settings.margin} %, level ${100 * settings.level} % over all workloads (Holm); one ratio per process.`;
  return `<header class="${result.verdict}">
<h1>${escapeHtml(verdict)}</h1>
${list(reasons)}
<p>${commit(base)} → ${commit(head)}</p>
</header>
${result.workloads.length > 0 ? timeSection(result) : ""}
${channelSection(result)}
${list(listLines(result))}
<section><h2>This host</h2>
<p>${escapeHtml(machine)}</p>
${errorRateLines(result.errorRates)
  .map((line) => `<p>${escapeHtml(line).replaceAll(/`([^`]+)`/g, "<code>$1</code>")}</p>`)
  .join("\n")}
<p>${escapeHtml(rules)}</p></section>`;
}

function list(lines: readonly string[]): string {
  return lines.length > 0 ? `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>` : "";
}

function timeSection(result: GateResult): string {
  const scale = forestScale(result);
  const rows = byGravity(result.workloads).map((workload) => timeRow(workload, scale));
  return `<section><h2>Time</h2>
<div class="wide"><table>
<thead><tr><th>workload</th><th>base</th><th>head</th><th>change</th><th class="plot">${forestAxis(scale)}</th><th>detectable</th><th>processes</th><th></th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div>
<p class="legend">Diamond: estimate; bar: bounds, 97.5 % each; dots: processes; dashed: the margin. To the right is slower.</p></section>`;
}

function timeRow(workload: WorkloadResult, scale: ForestScale): string {
  const [name, base, head, change, , , , detectable, processes, words] = rowOf(workload).map(escapeHtml);
  const state = stateOf(workload);
  if (workload.status !== "measured") return `<tr class="${state}"><th>${name}</th><td colspan="7">${words}</td></tr>`;
  const kind = workload.identical ? "identical" : state;
  return `<tr class="${kind}"><th>${name}</th><td>${base}</td><td>${head}</td><td>${change}</td><td class="plot">${forestRow(workload, scale)}</td><td>${detectable}</td><td>${processes}</td><td class="words">${words}</td></tr>`;
}

function channelSection(result: GateResult): string {
  const { rows } = channelTable(result);
  if (rows.length === 0) return "";
  const lines = rows.map(([owner, channel, base, head, words]) => {
    const kind = words === "REGRESSION" ? "regression" : words === "better" ? "no-regression" : "inconclusive";
    const cells = [channel, base, head].map((cell) => `<td>${escapeHtml(cell)}</td>`).join("");
    return `<tr class="${kind}"><th>${escapeHtml(owner)}</th>${cells}<td class="words">${escapeHtml(words)}</td></tr>`;
  });
  return `<section><h2>Counted</h2>
<div class="wide"><table><thead><tr><th></th><th>count</th><th>base</th><th>head</th><th></th></tr></thead><tbody>
${lines.join("\n")}
</tbody></table></div></section>`;
}

/** Those that changed first. */
function historySection(history: readonly AnalysedSeries[]): string {
  const ordered = history.toSorted((a, b) => b.changes.length - a.changes.length);
  const charts = ordered.map((series) => {
    const { workload, metric, hardware, points, changes, unit } = series;
    const latest = valueText(points[points.length - 1].value, unit);
    const words = changes.length === 0 ? "steady" : changes.map(changeText).join(", ");
    return `<figure><figcaption><b>${escapeHtml(workload)}</b> ${escapeHtml(metric)} <span>${latest}, ${escapeHtml(words)}; machine <code>${escapeHtml(hardware)}</code></span></figcaption>
${historyChart(series)}</figure>`;
  });
  return `<section><h2>History</h2>
${charts.join("\n")}</section>`;
}
