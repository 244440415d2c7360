import type { GateResult } from "./gate-result.ts";
import { channelTable, errorRateLines, listLines, type Table, timeTable, verdictLines } from "./gate-table.ts";

/** The result as GitHub's markdown, for a step summary or a comment; begins with a marker that a comment can be found again by. */
export function markdownReport(result: GateResult): string {
  const { base, head, hardware, settings } = result;
  const [verdict, ...reasons] = verdictLines(result);
  const channels = channelTable(result);
  const blocks = [
    "<!-- ansatz gate -->",
    `### ${verdict}`,
    reasons.map((reason) => `- ${escapeMarkup(reason)}`).join("\n"),
    `\`${base.ref}\` (${base.commit.slice(0, 10)}) → \`${head.ref}\` (${head.commit.slice(0, 10)})`,
    result.workloads.length > 0 ? table(timeTable(result)) : "",
    channels.rows.length > 0 ? table(channels) : "",
    listLines(result).map(escapeMarkup).join("\n\n"),
    errorRateLines(result.errorRates).join(" "),
    `${hardware.cores} × ${escapeMarkup(hardware.cpu)}; margin ${100 * settings.margin} %, level ${100 * settings.level} % over all workloads (Holm), one ratio per process.`,
  ];
  return `${blocks.filter(Boolean).join("\n\n")}\n`;
}

function table({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkup).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A cell, or a line, is one line, and what it names is not markup. */
function escapeMarkup(text: string): string {
  return text.replaceAll(/[|<>*_`]/g, "\\$&").replaceAll(/\s*\n\s*/g, " ");
}
