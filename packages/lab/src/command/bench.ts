import { type Device, type DeviceKind, DeviceUnavailableError, openDevice } from "@ansatz/tensor";
import type { Benchmark } from "../benchmark.ts";
import type { BenchmarkResult } from "../benchmarking/benchmark-result.ts";
import { measureCeilings } from "../benchmarking/ceilings.ts";
import { runBenchmark } from "../benchmarking/run-benchmark.ts";
import { discoverPackages } from "../discovery/discover-packages.ts";
import { type Arguments, type Flag, isOn, parseArguments, UsageError } from "./arguments.ts";
import { showBenchmark } from "./bench-summary.ts";
import {
  type Command,
  DEVICE_FLAG,
  devicesFrom,
  HELP_FLAG,
  helpPage,
  JSON_FLAG,
  QUIET_FLAG,
  refuseExtra,
} from "./command.ts";
import { EXIT } from "./exit-code.ts";
import { listenForInterrupt } from "./interrupt.ts";
import { printProblems } from "./list.ts";
import { positiveNumber } from "./numeric-flag.ts";
import { progressDisplay } from "./progress.ts";
import { print, printJson, type Terminal } from "./terminal.ts";

const MILLISECONDS_FLAG: Flag = {
  name: "milliseconds",
  type: "value",
  placeholder: "<number>",
  description: "time for each workload (default 1000)",
};

const FRESH_FLAG: Flag = {
  name: "fresh",
  type: "switch",
  description: "measure this machine's copy bandwidth and matmul peak again",
};

export const bench: Command = {
  name: "bench",
  usage: "bench [pattern] [flags]",
  summary:
    "Times the benchmarks whose `<id> <case>` contains the pattern, beside their peers and as a share of what this machine can do.",
  flags: [DEVICE_FLAG, MILLISECONDS_FLAG, FRESH_FLAG, JSON_FLAG, QUIET_FLAG, HELP_FLAG],
  async run(line, terminal) {
    const arguments_ = parseArguments(line, bench.flags);
    refuseExtra(arguments_, 1);
    if (isOn(arguments_, "help")) {
      print(terminal.out, helpPage(bench));
      return EXIT.ok;
    }
    const kinds = devicesFrom(arguments_);
    const milliseconds = positiveNumber(arguments_, "milliseconds") ?? 1000;
    const selections = await select(arguments_.positionals[0] ?? "", terminal);
    using interrupt = listenForInterrupt();
    const results: BenchmarkResult[] = [];
    let exitCode: number = EXIT.ok;
    for (const kind of kinds) {
      try {
        const settings = { kind, milliseconds, signal: interrupt.signal, arguments_ };
        results.push(...(await benchOnDevice(selections, settings, terminal)));
      } catch (error) {
        if (!(error instanceof DeviceUnavailableError)) throw error;
        print(terminal.err, error.message);
        exitCode = EXIT.refused;
      }
    }
    if (isOn(arguments_, "json")) printJson(terminal.out, results);
    return interrupt.signal.aborted ? EXIT.interrupted : Math.max(exitCode, exitCodeOf(results));
  },
};

/** A benchmark with the names of the cases asked for. */
interface Selection {
  readonly benchmark: Benchmark;
  readonly cases: readonly string[];
}

async function select(pattern: string, { err }: Terminal): Promise<Selection[]> {
  const packages = await discoverPackages({ load: ["benchmarks"] });
  printProblems(packages, err);
  const benchmarks = packages.flatMap((each) => each.benchmarks);
  const wanted = pattern.toLowerCase();
  const selections = benchmarks
    .map((benchmark) => ({
      benchmark,
      cases: benchmark.cases
        .map(({ name }) => name)
        .filter((name) => `${benchmark.id} ${name}`.toLowerCase().includes(wanted)),
    }))
    .filter(({ cases }) => cases.length > 0);
  if (selections.length > 0) return selections;
  const ids = benchmarks.map(({ id }) => id).join(", ") || "none";
  throw new UsageError(`no benchmark matches ${JSON.stringify(pattern)}; there are ${ids}`);
}

interface BenchSettings {
  readonly kind: DeviceKind;
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  readonly arguments_: Arguments;
}

async function benchOnDevice(
  selections: readonly Selection[],
  { kind, milliseconds, signal, arguments_ }: BenchSettings,
  { out, err }: Terminal,
): Promise<BenchmarkResult[]> {
  const able = selections.filter(({ benchmark }) => benchmark.devices.includes(kind));
  for (const { benchmark } of selections)
    if (!benchmark.devices.includes(kind)) print(err, `${benchmark.id} has no implementation for ${kind}`);
  if (able.length === 0) return [];
  await using device: Device = await openDevice(kind);
  const progress = progressDisplay(err, kind, isOn(arguments_, "quiet"));
  progress.update(0, 1, "measuring what this machine can do");
  const ceilings = await measureCeilings(device, { fresh: isOn(arguments_, "fresh") });
  const results: BenchmarkResult[] = [];
  for (const { benchmark, cases } of able) {
    if (signal.aborted) break;
    const result = await runBenchmark(benchmark, {
      device,
      cases,
      milliseconds,
      ceilings,
      signal,
      onProgress: ({ done, total, message }) => progress.update(done, total, message),
    });
    progress.finish();
    results.push(result);
    if (!isOn(arguments_, "json")) showBenchmark(result, benchmark, out);
  }
  return results;
}

function exitCodeOf(results: readonly BenchmarkResult[]): number {
  const cases = results.flatMap((result) => result.cases);
  if (cases.some(({ status }) => status === "failed")) return EXIT.notMet;
  return cases.some(({ status }) => status === "measured") ? EXIT.ok : EXIT.refused;
}
