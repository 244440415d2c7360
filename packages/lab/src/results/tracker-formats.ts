import type { Measurement } from "./measurement.ts";

/** Names and units that Bencher has of its own: a latency is in nanoseconds. */
const BENCHER_MEASURES: Readonly<Record<string, readonly [slug: string, factor: number]>> = { time: ["latency", 1e9] };

/** Bencher Metric Format: benchmark to measure to metric, for `bencher run --adapter json`. */
export function bencherMetrics(measurements: readonly Measurement[]): Record<string, Record<string, object>> {
  const benchmarks: Record<string, Record<string, object>> = {};
  for (const { workload, metric, value, lower, upper } of measurements) {
    const [slug, factor] = BENCHER_MEASURES[metric] ?? [metric.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase(), 1];
    const bounds = lower !== undefined && upper !== undefined;
    benchmarks[workload] = {
      ...benchmarks[workload],
      [slug]: {
        value: value * factor,
        ...(bounds && { lower_value: lower * factor, upper_value: upper * factor }),
      },
    };
  }
  return benchmarks;
}

interface CustomBenchmark {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly range?: string;
}

/** The list that github-action-benchmark takes as `customSmallerIsBetter`. */
export function customSmallerIsBetter(measurements: readonly Measurement[]): CustomBenchmark[] {
  return measurements.map(({ workload, metric, unit, value, lower, upper }) => {
    const factor = unit === "s" ? 1e9 : 1;
    const bounds = lower !== undefined && upper !== undefined;
    return {
      name: metric === "time" ? workload : `${workload}: ${metric}`,
      unit: { s: "ns/iter", B: "bytes", "": "1" }[unit],
      value: value * factor,
      ...(bounds && { range: `± ${Number((((upper - lower) / 2) * factor).toPrecision(4))}` }),
    };
  });
}
