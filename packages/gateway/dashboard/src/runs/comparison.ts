import { fromWire } from "../api/real.ts";
import type { MetricDirection, RunFactsFragment } from "../generated/operations.ts";

/** A metric with its value in each run; null where it is not known. */
export interface MergedMetric {
  readonly name: string;
  readonly label: string;
  readonly unit: string | null;
  readonly better: MetricDirection | null;
  readonly values: readonly (number | null)[];
}

type Facts = Pick<RunFactsFragment, "metrics"> & {
  readonly experiment: Pick<NonNullable<RunFactsFragment["experiment"]>, "metrics"> | null;
};

/** Every metric that any of the runs has or will have, in declared order. */
export function mergeMetrics(runs: readonly Facts[]): MergedMetric[] {
  const declared = new Map(
    runs
      .flatMap(({ metrics, experiment }) => [...(experiment?.metrics ?? []), ...metrics])
      .map(({ name, label, unit, better }) => [name, { name, label, unit, better }]),
  );
  return [...declared.values()].map((metric) => ({
    ...metric,
    values: runs.map(({ metrics }) => {
      const value = metrics.find(({ name }) => name === metric.name)?.value;
      return value === undefined || value === null ? null : fromWire(value);
    }),
  }));
}

/** Which values are the best: none where no direction is, where fewer than two are finite, or where all are equal. */
export function bestOf(values: readonly (number | null)[], better: MetricDirection | null): ReadonlySet<number> {
  const finite = values.filter((value): value is number => value !== null && Number.isFinite(value));
  if (better === null || finite.length < 2 || new Set(finite).size === 1) return new Set();
  const best = better === "LOWER" ? Math.min(...finite) : Math.max(...finite);
  return new Set(values.flatMap((value, index) => (value === best ? [index] : [])));
}
