import type { AlarmRate, HostErrorRates } from "../gate/error-rates.ts";
import { brokenPromise } from "../gate/error-rates.ts";
import { errorRateLines, percent } from "../gate/gate-table.ts";
import { measureErrorRates } from "../gate/measure-error-rates.ts";
import { BuildError } from "../gate/measuring-process.ts";
import { type Arguments, type Flag, isOn, parseArguments } from "./arguments.ts";
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
import { positiveNumber } from "./numeric-flag.ts";
import { progressDisplay } from "./progress.ts";
import { type Output, print, printJson, type Terminal } from "./terminal.ts";
import { textTable } from "./text-table.ts";

const FLAGS: readonly Flag[] = [
  {
    name: "comparisons",
    type: "value",
    placeholder: "<number>",
    description: "of identical code, at least (default 200)",
  },
  {
    name: "milliseconds",
    type: "value",
    placeholder: "<number>",
    description: "time for each workload in a process (default 400)",
  },
  {
    name: "timeout",
    type: "value",
    placeholder: "<number>",
    description: "seconds after which a workload has hung (default 120)",
  },
  DEVICE_FLAG,
  { ...JSON_FLAG, description: "print the result with all ratios as JSON on stdout, and nothing else there" },
  QUIET_FLAG,
  HELP_FLAG,
];

export const aa: Command = {
  name: "aa",
  usage: "aa [pattern] [flags]",
  summary:
    "Measures how far this host can be believed: false alarms about identical code, and slow-downs that are found.",
  flags: FLAGS,
  async run(line, terminal) {
    const arguments_ = parseArguments(line, FLAGS);
    refuseExtra(arguments_, 1);
    if (isOn(arguments_, "help")) {
      print(terminal.out, helpPage(aa));
      return EXIT.ok;
    }
    using interrupt = listenForInterrupt(["SIGINT", "SIGTERM"]);
    try {
      const rates = await measure(arguments_, interrupt.signal, terminal);
      const broken = brokenPromise(rates, rates.settings.level);
      if (isOn(arguments_, "json")) printJson(terminal.out, rates);
      else showErrorRates(rates, terminal.out);
      if (broken) print(terminal.err, `ansatz: gating is refused here: ${broken}`);
      return broken ? EXIT.tooNoisy : EXIT.ok;
    } catch (error) {
      if (interrupt.signal.aborted) return EXIT.interrupted;
      if (!(error instanceof BuildError)) throw error;
      print(terminal.err, `ansatz: ${error.message}`);
      return EXIT.refused;
    }
  },
};

async function measure(arguments_: Arguments, signal: AbortSignal, { err }: Terminal): Promise<HostErrorRates> {
  const progress = progressDisplay(err, "aa", isOn(arguments_, "quiet"));
  const number = (flag: string, option: string) => {
    const value = positiveNumber(arguments_, flag);
    return value === undefined ? {} : { [option]: value };
  };
  try {
    return await measureErrorRates({
      pattern: arguments_.positionals[0] ?? "",
      devices: devicesFrom(arguments_),
      ...number("comparisons", "comparisons"),
      ...number("milliseconds", "milliseconds"),
      ...number("timeout", "timeoutSeconds"),
      signal,
      onProgress: ({ done, total, message }) => progress.update(done, total, message),
    });
  } finally {
    progress.finish();
  }
}

function showErrorRates(rates: HostErrorRates, out: Output): void {
  const { settings, hardware, workloads } = rates;
  print(out, `${hardware.cores} × ${hardware.cpu}, ${settings.processes} processes of ${workloads.length} workloads`);
  print(out, workloads.join(", "));
  const rules = new Map<string, AlarmRate[]>();
  for (const each of rates.rates) {
    const rule = each.rule === "gate" ? `gate, ${each.processes} processes` : each.rule;
    rules.set(rule, [...(rules.get(rule) ?? []), each]);
  }
  const slowdowns = [...new Set(rates.rates.map(({ slowdown }) => slowdown))];
  const head = ["alarms", ...slowdowns.map((slowdown) => (slowdown === 0 ? "identical" : `+${100 * slowdown} %`))];
  const rows = [...rules].map(([rule, list]) => [
    rule,
    ...slowdowns.map((slowdown) => cell(list.find((each) => each.slowdown === slowdown))),
  ]);
  print(out, textTable(head, rows));
  for (const line of errorRateLines(rates)) print(out, line);
}

function cell(rate: AlarmRate | undefined): string {
  return rate === undefined ? "" : `${rate.count}/${rate.total} = ${percent(rate.count / rate.total)}`;
}
