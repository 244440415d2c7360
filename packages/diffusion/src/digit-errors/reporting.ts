import type { Report } from "@ansatz/lab";
import { openDevice } from "@ansatz/tensor";
import { THREE_GAUSSIANS } from "../models/index.ts";
import type { Grid, Solver } from "../sampling/index.ts";
import { testErrors } from "../sampling/test-errors.ts";
import type { DigitErrors } from "./digit-errors.ts";
import { digitPicture } from "./digit-picture.ts";

/** A solver as a line of a plot and a row of a table. */
export interface Contestant {
  readonly name: string;
  readonly solver: Solver;
  readonly grid?: Grid;
}

/** 10, 20, 40, … up to `most`. */
export function doubledSteps(most: number): number[] {
  return Array.from({ length: 1 + Math.max(0, Math.floor(Math.log2(most / 10))) }, (_, index) => 10 * 2 ** index);
}

/** Errors on three Gaussians against steps, one curve per solver, in float64 on the cpu: they go below what float32 resolves. */
export async function reportErrorCurves(
  report: Report,
  contestants: readonly Contestant[],
  counts: readonly number[],
  signal: AbortSignal,
): Promise<Map<string, readonly number[]>> {
  await using device = await openDevice("cpu", { threads: 1 });
  const found = new Map<string, readonly number[]>();
  for (const [index, { name, solver, grid }] of contestants.entries()) {
    if (signal.aborted) break;
    const errors = await testErrors(device, THREE_GAUSSIANS, solver, counts, grid ? { grid } : {});
    for (const [place, error] of errors.entries())
      report.point(`error on three Gaussians: ${name}`, counts[place], error);
    found.set(name, errors);
    report.progress(index + 1, contestants.length, `errors of ${name}`);
  }
  const rows = [...found].map(([name, errors]) => [name, ...errors]);
  report.table(
    "errors on three Gaussians",
    [{ name: "solver" }, ...counts.map((steps) => ({ name: `${steps} steps` }))],
    rows,
  );
  return found;
}

/** Errors on digits for each number of evaluations; and a picture of the first few, the reference above them. */
export async function reportDigits(
  report: Report,
  digits: DigitErrors,
  contestants: readonly Contestant[],
  options: { readonly budgets: readonly number[]; readonly shown: number; readonly signal: AbortSignal },
): Promise<Map<string, readonly number[]>> {
  const { budgets, shown, signal } = options;
  const found = new Map<string, readonly number[]>();
  const rows = [digits.reference];
  for (const { name, solver, grid } of contestants) {
    const errors: number[] = [];
    for (const evaluations of budgets) {
      if (signal.aborted) return found;
      errors.push(await digits.error(solver, evaluations, grid));
    }
    found.set(name, errors);
    rows.push(await digits.run(solver, shown, grid));
  }
  report.table(
    "errors on digits (root mean square)",
    [{ name: "solver" }, ...budgets.map((evaluations) => ({ name: `${evaluations} evaluations` }))],
    [...found].map(([name, errors]) => [name, ...errors]),
  );
  const names = ["exact", ...contestants.map(({ name }) => name)].join(", ");
  const columns = Math.min(12, digits.reference.length / 64);
  report.image("digits", digitPicture(rows, columns, `after ${shown} evaluations, from the top: ${names}`));
  return found;
}
