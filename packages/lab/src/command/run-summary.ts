import { type CheckedExpectation, printExpectation } from "../expectation.ts";
import type { Experiment } from "../experiment.ts";
import type { RunRecord } from "../run-record.ts";
import { type Output, print } from "./terminal.ts";
import { formatNumber, formatSeconds, textTable } from "./text-table.ts";

const STATUS_WORDS = { SUCCEEDED: "succeeded", FAILED: "failed", CANCELLED: "cancelled" } as const;

/** Prints a record for people: what was run and where, the numbers, and what the paper says about them. */
export function showRecord(record: RunRecord, { title, metrics }: Experiment, out: Output): void {
  const labelOf = (name: string) => metrics[name]?.label ?? name;
  print(out, `${record.experiment}: ${title}`);
  print(
    out,
    `${STATUS_WORDS[record.status]} after ${formatSeconds(record.seconds)} on ${record.device.name}, seed ${record.seed}`,
  );
  if (record.failure) print(out, `${record.failure.code}: ${record.failure.stack ?? record.failure.message}`);
  const numbers = Object.entries(record.metrics).map(([name, value]) => [
    `  ${labelOf(name)}`,
    formatNumber(value),
    value === null ? "" : (metrics[name].unit ?? ""),
  ]);
  if (numbers.length > 0) print(out, textTable([], numbers));
  if (record.expectations.length > 0) {
    print(out, "expected");
    print(
      out,
      textTable(
        [],
        record.expectations.map((expectation) => expectationRow(expectation, labelOf)),
      ),
    );
  }
  print(out);
}

function expectationRow(expectation: CheckedExpectation, labelOf: (name: string) => string): string[] {
  return [
    `  ${expectation.met ? "✓" : "✗"} ${labelOf(expectation.metric)}`,
    formatNumber(expectation.actual),
    printExpectation(expectation),
    expectation.source,
  ];
}
