import { fromWire } from "../api/real.ts";
import type { Level, StyledCurve } from "../chart/curve-data.ts";
import type { RunFactsFragment } from "../generated/operations.ts";
import type { RunSeries, RunView } from "./run-view.ts";

/** Curves that belong into one plot. */
export interface Quantity {
  readonly name: string;
  readonly curves: readonly StyledCurve[];
}

interface Variant extends RunSeries {
  /** Null: the only one. */
  readonly variant: string | null;
}

/** Series by quantity, in the order of their first appearance: `"marginal error, plain Sinkhorn"` is a variant of `marginal error`. */
function byQuantity(series: readonly RunSeries[]): ReadonlyMap<string, readonly Variant[]> {
  const groups = new Map<string, Variant[]>();
  for (const each of series) {
    const [, quantity, variant = null] = /^(.+?)(?:[,:] (.+))?$/.exec(each.name) ?? [];
    const name = quantity ?? each.name;
    groups.set(name, [...(groups.get(name) ?? []), { ...each, variant }]);
  }
  return groups;
}

/** The curves of one run; variants of a quantity share a plot. */
export function quantitiesOf(series: readonly RunSeries[]): Quantity[] {
  return [...byQuantity(series)].map(([name, variants]) => ({
    name,
    curves: variants.map(({ variant, steps, values }, index) => ({
      label: variant ?? name,
      steps,
      values,
      colour: index,
      dash: index,
    })),
  }));
}

/** The curves of several runs, a quantity of all of them in one plot: colours tell the runs apart, dashes the variants too. */
export function overlay(runs: readonly { readonly view: RunView; readonly label: string }[]): Quantity[] {
  const merged = new Map<string, StyledCurve[]>();
  for (const [run, { view, label }] of runs.entries())
    for (const [name, variants] of byQuantity(view.series)) {
      const curves = variants.map(({ variant, steps, values }, index) => ({
        label: variant === null ? label : `${label}, ${variant}`,
        steps,
        values,
        colour: run,
        dash: run + index * runs.length,
      }));
      merged.set(name, [...(merged.get(name) ?? []), ...curves]);
    }
  return [...merged].map(([name, curves]) => ({ name, curves }));
}

/** Puts the quantity that the run is judged by, because a metric bears its name, before the others. */
export function mainFirst(quantities: readonly Quantity[], metrics: readonly { readonly label: string }[]): Quantity[] {
  const main = quantities.find(({ name }) => metrics.some(({ label }) => label === name));
  return main === undefined ? [...quantities] : [main, ...quantities.filter((quantity) => quantity !== main)];
}

/** The paper's bound on a quantity, where one of the run's metrics bears its name. */
export function levelOf(quantity: string, facts: Pick<RunFactsFragment, "metrics" | "expectations">): Level | null {
  const metric = facts.metrics.find(({ label }) => label === quantity);
  const expectation = facts.expectations.find(
    ({ metric: name, relation }) => name === metric?.name && relation !== "WITHIN",
  );
  if (expectation === undefined) return null;
  return { label: expectation.relation === "AT_MOST" ? "target ≤" : "target ≥", value: fromWire(expectation.target) };
}
