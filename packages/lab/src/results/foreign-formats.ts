import { z } from "zod";
import { type Measurement, type Results, timeOf } from "./measurement.ts";

/** Reads what a tool writes; undefined when it is of another tool. */
export type ResultsReader = (json: unknown) => Results | undefined;

const MILLI = 1e-3;
const NANO = 1e-9;

function reader<Schema extends z.ZodType>(schema: Schema, read: (data: z.output<Schema>) => Results): ResultsReader {
  return (json) => {
    const { success, data } = schema.safeParse(json);
    return success ? read(data) : undefined;
  };
}

/** tinybench's statistics of a task, in milliseconds: below `latency` since version 3. */
const statistics = z.object({ mean: z.number(), p50: z.number().optional(), p75: z.number(), min: z.number() });

const tinybenchTask = z.object({
  name: z.string(),
  result: z.object({ latency: statistics.optional(), ...statistics.partial().shape }),
});

function tinybenchTime(name: string, { min, p50, mean, p75 }: z.output<typeof statistics>): Measurement {
  return timeOf(name, (p50 ?? mean) * MILLI, [min * MILLI, p75 * MILLI]);
}

/**
 * The tasks of a tinybench suite, as `JSON.stringify(bench.tasks.map(({ name, result }) => ({ name, result })))` writes them: medians, or means before version 3. Tasks that failed are left out.
 */
const tinybench = reader(z.array(tinybenchTask).min(1), (tasks) => ({
  source: "tinybench",
  measurements: tasks.flatMap(({ name, result }) => {
    const { data } = statistics.safeParse(result.latency ?? result);
    return data ? tinybenchTime(name, data) : [];
  }),
}));

/** `vitest bench --reporter=json`, version 5: tests with benchmarks in them. */
const vitest = reader(
  z.object({
    startTime: z.number(),
    testResults: z.array(
      z.object({
        assertionResults: z.array(
          z.object({
            benchmarks: z.array(
              z.object({ name: z.string(), tasks: z.array(z.object({ name: z.string(), latency: statistics })) }),
            ),
          }),
        ),
      }),
    ),
  }),
  ({ startTime, testResults }) => ({
    source: "vitest",
    measuredAt: new Date(startTime).toISOString(),
    measurements: testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .flatMap(({ benchmarks }) => benchmarks)
      .flatMap(({ name, tasks }) => tasks.map((task) => tinybenchTime(`${name} > ${task.name}`, task.latency))),
  }),
);

/** `vitest bench --outputJson`, up to version 4. */
const vitestOutputJson = reader(
  z.object({
    files: z.array(
      z.object({
        groups: z.array(
          z.object({
            fullName: z.string(),
            benchmarks: z.array(z.object({ name: z.string(), median: z.number(), min: z.number(), p75: z.number() })),
          }),
        ),
      }),
    ),
  }),
  ({ files }) => ({
    source: "vitest",
    measurements: files
      .flatMap(({ groups }) => groups)
      .flatMap(({ fullName, benchmarks }) =>
        benchmarks.map(({ name, median, min, p75 }) =>
          timeOf(`${fullName} > ${name}`, median * MILLI, [min * MILLI, p75 * MILLI]),
        ),
      ),
  }),
);

/** mitata's `run({ format: "json" })`; what failed has an error in place of statistics. */
const mitata = reader(
  z.object({
    layout: z.array(z.object({ name: z.string().nullable() })),
    benchmarks: z.array(
      z.object({
        group: z.int(),
        runs: z.array(
          z.object({
            name: z.string(),
            stats: z.object({ p25: z.number(), p50: z.number(), p75: z.number() }).optional(),
          }),
        ),
      }),
    ),
  }),
  ({ layout, benchmarks }) => ({
    source: "mitata",
    measurements: benchmarks.flatMap(({ group, runs }) => {
      const prefix = layout[group]?.name;
      return runs.flatMap(({ name, stats }) =>
        stats
          ? timeOf(prefix ? `${prefix} > ${name}` : name, stats.p50 * NANO, [stats.p25 * NANO, stats.p75 * NANO])
          : [],
      );
    }),
  }),
);

/** `hyperfine --export-json`. */
const hyperfine = reader(
  z.object({
    results: z.array(z.object({ command: z.string(), median: z.number(), min: z.number(), max: z.number() })),
  }),
  ({ results }) => ({
    source: "hyperfine",
    measurements: results.map(({ command, median, min, max }) => timeOf(command, median, [min, max])),
  }),
);

/** What asv measures, by the first word of a benchmark's name. */
const ASV_KINDS: Readonly<Record<string, Pick<Measurement, "metric" | "unit">>> = {
  time: { metric: "time", unit: "s" },
  timeraw: { metric: "time", unit: "s" },
  mem: { metric: "memory", unit: "B" },
  peakmem: { metric: "peak memory", unit: "B" },
};

/**
 * A result file of asv (`results/<machine>/<commit>-<environment>.json`, version 2): one measurement per combination of parameters. Tracked numbers count as less is better; asv's file does not tell.
 */
const asv = reader(
  z.object({
    commit_hash: z.string(),
    date: z.number(),
    result_columns: z.array(z.string()),
    results: z.record(z.string(), z.array(z.unknown())),
  }),
  ({ commit_hash: commit, date, result_columns: columns, results }) => ({
    source: "asv",
    commit,
    measuredAt: new Date(date).toISOString(),
    measurements: Object.entries(results).flatMap(([name, row]) => asvMeasurements(name, columns, row)),
  }),
);

function asvMeasurements(name: string, columns: readonly string[], row: readonly unknown[]): Measurement[] {
  const column = (title: string) => row[columns.indexOf(title)];
  const values = z.array(z.number().nullable()).safeParse(column("result")).data ?? [];
  const parameters = z.array(z.array(z.string())).safeParse(column("params")).data ?? [];
  const [lower, upper] = ["stats_q_25", "stats_q_75"].map(
    (title) => z.array(z.number().nullable()).safeParse(column(title)).data,
  );
  const kind = /(?:^|\.)([a-z]+)_[^.]*$/.exec(name)?.[1] ?? "";
  const { metric, unit } = ASV_KINDS[kind] ?? { metric: "value", unit: "" };
  return combinations(parameters).flatMap((combination, index) => {
    const value = values[index];
    // Null: it failed, or was not run.
    if (typeof value !== "number") return [];
    const workload = combination.length > 0 ? `${name}(${combination.join(", ")})` : name;
    const [low, high] = [lower?.[index], upper?.[index]];
    const spread = typeof low === "number" && typeof high === "number" ? { lower: low, upper: high } : {};
    return [{ workload, metric, unit, value, ...spread }];
  });
}

/** The last parameter changes fastest. */
function combinations(parameters: readonly (readonly string[])[]): string[][] {
  return parameters.reduce<string[][]>(
    (some, values) => some.flatMap((begun) => values.map((value) => [...begun, value])),
    [[]],
  );
}

/** hyperfine's is the least distinctive. */
export const FOREIGN_READERS: readonly ResultsReader[] = [tinybench, vitest, vitestOutputJson, mitata, asv, hyperfine];
