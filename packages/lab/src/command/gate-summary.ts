import type { GateResult } from "../gate/gate-result.ts";
import { channelTable, errorRateLines, listLines, timeTable, verdictLines } from "../gate/gate-table.ts";
import { type Output, print } from "./terminal.ts";
import { textTable } from "./text-table.ts";

/** Prints the result of a gate for people. */
export function showGate(result: GateResult, out: Output): void {
  const { base, head, workloads } = result;
  print(out, `${base.ref} (${base.commit.slice(0, 10)}) → ${head.ref} (${head.commit.slice(0, 10)})`);
  if (workloads.length > 0) {
    const { head: titles, rows } = timeTable(result);
    print(out, textTable(titles, rows));
  }
  const channels = channelTable(result);
  if (channels.rows.length > 0) print(out, `\n${textTable(channels.head, channels.rows)}`);
  for (const line of [...listLines(result), "", ...errorRateLines(result.errorRates), "", ...verdictLines(result)])
    print(out, line);
}
