import { formatNumber, formatSeconds } from "../command/text-table.ts";
import { falseAlarmRate, type HostErrorRates } from "./error-rates.ts";
import type { ExactChannel } from "./exact-channels.ts";
import type { GateResult, MeasuredWorkload, WorkloadResult } from "./gate-result.ts";

/** The same table for the terminal, for markdown and for XML. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** One row per workload, the worst first. */
export function timeTable({ workloads }: GateResult): Table {
  return {
    head: ["workload", "base", "head", "change", "at least", "at most", "p", "detectable", "processes", ""],
    rows: byGravity(workloads).map(rowOf),
  };
}

/** The worst first. */
export function byGravity(workloads: readonly WorkloadResult[]): WorkloadResult[] {
  return workloads.toSorted((a, b) => rank(a) - rank(b));
}

function rank(workload: WorkloadResult): number {
  return ["failed", "regression", "inconclusive", "no-regression", "unsupported"].indexOf(stateOf(workload));
}

/** Of a measured workload what was decided, of another why it was not measured. */
export function stateOf(workload: WorkloadResult): string {
  return workload.status === "measured" ? workload.decision.state : workload.status;
}

/** The cells of a workload's row. */
export function rowOf(workload: WorkloadResult): string[] {
  const name = workload.formerName ? `${workload.name} (was ${workload.formerName})` : workload.name;
  if (workload.status !== "measured")
    return [name, "–", "–", "–", "–", "–", "–", "–", "–", `${workload.status}: ${workload.reason}`];
  const { decision, ratios } = workload;
  return [
    name,
    formatSeconds(Math.min(...ratios.map(({ baseSeconds }) => baseSeconds))),
    formatSeconds(Math.min(...ratios.map(({ headSeconds }) => headSeconds))),
    signedPercent(decision.estimate),
    signedPercent(decision.lower),
    signedPercent(decision.upper),
    formatNumber(decision.p),
    signedPercent(decision.minimumDetectable),
    String(decision.processes),
    sentence(workload),
  ];
}

/** What was decided about a workload, in words. */
export function sentence({ decision, identical }: MeasuredWorkload): string {
  const { state, upper } = decision;
  const words =
    state === "regression"
      ? "REGRESSION"
      : state === "inconclusive"
        ? "inconclusive"
        : `no regression beyond ${percent(Math.max(0, upper))}`;
  return identical ? `A/A, same program: ${words}` : words;
}

/** What was counted, where it changed. */
export function channelTable({ workloads, packages, allowed }: GateResult): Table {
  const owners = [
    ...packages,
    ...workloads.filter((each): each is MeasuredWorkload => each.status === "measured" && !each.identical),
  ];
  const rows = owners.flatMap(({ name, channels }) =>
    channels
      .filter(({ state }) => state !== "same")
      .map((each) => [name, each.channel, formatNumber(each.base), formatNumber(each.head), stateWord(each, allowed)]),
  );
  return { head: ["", "count", "base", "head", ""], rows };
}

function stateWord({ channel, state }: ExactChannel, allowed: readonly string[]): string {
  if (state === "worse") return allowed.includes(channel) ? "worse, allowed" : "REGRESSION";
  return state === "varies" ? "varies from process to process: not gated" : state;
}

/** What was not decided, is in one build only, or was left alone because its program is the same. */
export function listLines(result: GateResult): string[] {
  const { added, removed, identical } = result;
  const line = (what: string, names: readonly string[]) => (names.length > 0 ? [`${what}: ${names.join(", ")}`] : []);
  return [
    ...line("Not decided", undecided(result)),
    ...line("New, nothing to compare with", added),
    ...line("Removed", removed),
    ...line("Same program on both sides, not measured", identical),
  ];
}

/** How far this host can be believed. */
export function errorRateLines(errorRates: HostErrorRates | null): string[] {
  if (errorRates === null) return ["This host's own error rates are not known: measure them with `ansatz aa`."];
  const { count, total, upper } = falseAlarmRate(errorRates);
  const detection = errorRates.rates
    .filter(({ rule, slowdown }) => rule === "gate" && slowdown > 0)
    .map(
      ({ slowdown, processes, count: found, total: tried }) =>
        `+${formatNumber(100 * slowdown)} % in ${percent(found / tried)} of ${tried} with ${processes} processes`,
    );
  return [
    `This host, measured ${errorRates.measuredAt.slice(0, 10)}: ${count} false alarms in ${total} comparisons of identical code (at most ${percent(upper)}, with 95 % confidence).`,
    ...(detection.length > 0 ? [`Slow-downs found: ${detection.join("; ")}.`] : []),
  ];
}

function undecided({ workloads }: GateResult): string[] {
  return workloads.filter((each) => !each.identical && stateOf(each) === "inconclusive").map(({ name }) => name);
}

/** The verdict in words, then its reasons. */
export function verdictLines(result: GateResult): string[] {
  const { verdict, reasons } = result;
  const words = {
    pass: undecided(result).length > 0 ? "No regression found, but not everything decided." : "No regression.",
    regression: "Regression.",
    broken: "Not everything could be measured.",
    "too-noisy": "This host is too noisy to say.",
  };
  return [words[verdict], ...reasons];
}

export function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "∞";
}

function signedPercent(share: number): string {
  if (share === -1) return "–";
  return share > 0 ? `+${percent(share)}` : percent(share).replace("-", "−");
}
