import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../atomic-write.ts";
import type { HardwareFingerprint } from "../run-record.ts";
import { type Proportion, proportion } from "./clopper-pearson.ts";

/** A way to decide from measurements whether a build is slower. */
export type DecisionRule = "gate" | "stored baseline" | "Welch's t" | "Mann–Whitney";

/** How often a rule raised an alarm. */
export interface AlarmRate extends Proportion {
  readonly rule: DecisionRule;
  /** That a comparison takes. */
  readonly processes: number;
  /** True slow-down, by real extra work; 0: identical code. */
  readonly slowdown: number;
}

/** How a host decides about equal code and about known slow-downs. */
export interface HostErrorRates {
  readonly hardware: HardwareFingerprint;
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
  readonly workloads: readonly string[];
  readonly settings: {
    readonly margin: number;
    readonly level: number;
    readonly milliseconds: number;
    /** Processes measured in all. */
    readonly processes: number;
  };
  readonly rates: readonly AlarmRate[];
  /** ln(head / base) per slow-down, workload and process, in the order measured. */
  readonly logRatios: readonly {
    readonly slowdown: number;
    readonly workload: string;
    readonly values: readonly number[];
  }[];
}

/** Processes of the comparisons that the promise is about: those of the screening. */
export const PROMISED_PROCESSES = 8;

function pathOf(folder: string, hardware: HardwareFingerprint): string {
  return join(folder, "error-rates", `${hardware.id}.json`);
}

/** What was measured on this hardware; null when nothing was. */
export async function readErrorRates(folder: string, hardware: HardwareFingerprint): Promise<HostErrorRates | null> {
  try {
    return JSON.parse(await readFile(pathOf(folder, hardware), "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Keeps them for the reports and refusals of later gates. @returns the file. */
export async function storeErrorRates(folder: string, rates: HostErrorRates): Promise<string> {
  const path = pathOf(folder, rates.hardware);
  await writeFileAtomically(path, `${JSON.stringify(rates, null, 1)}\n`);
  return path;
}

/** Of the gate's own rule, on identical code. */
export function falseAlarmRate({ rates }: HostErrorRates): AlarmRate {
  const found = rates.find(
    ({ rule, processes, slowdown }) => rule === "gate" && processes === PROMISED_PROCESSES && slowdown === 0,
  );
  return found ?? { rule: "gate", processes: PROMISED_PROCESSES, slowdown: 0, ...proportion(0, 0) };
}

/** Why a gate on this host would not keep its promise; undefined when it does. */
export function brokenPromise(rates: HostErrorRates, level: number): string | undefined {
  const { count, total, upper } = falseAlarmRate(rates);
  if (upper <= level) return undefined;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  return (
    `this host raised ${count} false alarms in ${total} comparisons of identical code: the rate may be up to ${percent(upper)}, ` +
    `and ${percent(level)} is promised; make it quieter, or measure more comparisons with \`ansatz aa\``
  );
}
