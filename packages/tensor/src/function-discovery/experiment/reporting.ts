import type { Report } from "@ansatz/lab";
import type { Baseline } from "../baselines.ts";
import type { DiscoveryResult } from "../discover.ts";
import { toNumber } from "../double-double.ts";
import { type ErrorMeasure, weightOf } from "../error-measure.ts";
import type { Arithmetic } from "../evaluate.ts";
import { evaluate } from "../evaluate.ts";
import { exportSource } from "../export-source.ts";
import type { SearchState } from "../search.ts";
import type { Target } from "../targets.ts";

/** One line of the front, all errors in the search's measure. */
export interface FrontRow {
  readonly operations: number;
  readonly cost: number;
  readonly error: number;
  readonly verified: number;
  readonly code: string;
  /** The smallest error of a minimax polynomial of no more operations; null where there is none. */
  readonly horner: number | null;
}

export function reportGeneration(
  report: Report,
  { generation, candidates, front }: SearchState,
  generations: number,
): void {
  const best = front.at(-1);
  if (best) report.point("smallest error", generation, best.error);
  for (const { cost, error } of front)
    if (Number.isInteger(cost)) report.point(`error at ${cost} operations`, generation, error);
  report.progress(generation, generations, `${candidates} programs, front of ${front.length}`);
}

/** The front as a table, and beside textbook programs as curves over operations. */
export function reportFront(report: Report, rows: readonly FrontRow[], textbook: readonly Baseline[]): void {
  const columns = ["operations", "cost", "error", "verified error", "minimax polynomial", "ratio", "program"];
  report.table(
    "front",
    columns.map((name) => ({ name })),
    rows.map(({ operations, cost, error, verified, horner, code }) => [
      ...[operations, cost, error, verified, horner, horner === null ? null : error / horner, code],
    ]),
  );
  const byOperations = [...rows].sort((a, b) => a.operations - b.operations);
  for (const { operations, error } of byOperations) report.point("evolved, error over operations", operations, error);
  for (const name of new Set(textbook.map((each) => each.name))) {
    const own = textbook.filter((each) => each.name === name).sort((a, b) => a.operations - b.operations);
    for (const { operations, error } of own) report.point(`${name}, error over operations`, operations, error);
  }
}

const COLUMNS = 400;

/** The size of the error along the interval, a row for each program of the front. */
export function reportErrors(
  report: Report,
  { front }: DiscoveryResult,
  target: Target,
  { measure, arithmetic }: { readonly measure: ErrorMeasure; readonly arithmetic: Arithmetic },
): void {
  if (front.length === 0) return;
  const [lowest, highest] = target.interval;
  const values = new Float64Array(front.length * COLUMNS);
  for (let column = 0; column < COLUMNS; column++) {
    const x = lowest + ((highest - lowest) * (column + 0.5)) / COLUMNS;
    const argument = arithmetic.format === "float32" ? Math.fround(x) : x;
    const value = toNumber(target.evaluate([argument, 0]));
    for (const [row, { program }] of front.entries())
      values[row * COLUMNS + column] =
        Math.abs(evaluate(program, argument, arithmetic) - value) * weightOf(value, measure);
  }
  report.heatmap("errors", {
    ...{
      rows: front.length,
      columns: COLUMNS,
      values,
      rowLabel: "program, cheapest first",
      columnLabel: "x",
      scale: "log",
    },
    caption: `size of the error on [${lowest}, ${highest}]; dark lines are where a program is exact`,
  });
}

/** The best program as source code in all languages. */
export function reportSources(report: Report, { front }: DiscoveryResult, format: "float32" | "float64"): void {
  const best = front.at(-1);
  if (!best) return;
  const languages =
    format === "float32" ? (["typescript", "assemblyscript", "wgsl"] as const) : (["typescript"] as const);
  report.table(
    "sources",
    [{ name: "language" }, { name: "source" }],
    languages.map((language) => [language, exportSource(best.program, { language, name: "discovered", format })]),
  );
}
