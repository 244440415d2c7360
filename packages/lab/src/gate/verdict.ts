import type { ExactChannel } from "./exact-channels.ts";
import type { GateResult, MeasuredWorkload, UnmeasuredWorkload, Verdict } from "./gate-result.ts";

interface Case extends Required<Pick<GateResult, "packages" | "workloads" | "added" | "removed">> {
  /** What could not be loaded. */
  readonly problems: readonly string[];
  readonly allow: readonly string[];
  readonly strict: boolean;
}

/** From the mildest to the gravest: of several reasons the last one counts. */
const GRAVITY: readonly Verdict[] = ["pass", "regression", "broken", "too-noisy"];

/** What all findings together come to, and why. */
export function judge(findings: Case): { readonly verdict: Verdict; readonly reasons: readonly string[] } {
  const certain = [...regressions(findings), ...failures(findings)];
  // What is certain stays so, whatever could not be decided beside it.
  const undecided = certain.length === 0 ? undecidable(findings) : [];
  const found = [...certain, ...undecided, ...falseAlarms(findings)];
  const verdict = GRAVITY.findLast((each) => found.some(([kind]) => kind === each)) ?? "pass";
  return { verdict, reasons: found.map(([, reason]) => reason) };
}

type Reason = readonly [kind: Verdict, reason: string];

function measured({ workloads }: Pick<Case, "workloads">): MeasuredWorkload[] {
  return workloads.filter((each) => each.status === "measured");
}

function regressions(findings: Case): Reason[] {
  const reasons: Reason[] = [];
  for (const { name, identical, decision, channels } of measured(findings)) {
    if (identical) continue;
    if (decision.state === "regression")
      reasons.push(["regression", `${name} is ${percent(decision.estimate)} slower`]);
    for (const worse of worsened(channels, findings.allow)) reasons.push(["regression", `${name}: ${worse}`]);
  }
  for (const { name, channels } of findings.packages)
    for (const worse of worsened(channels, findings.allow)) reasons.push(["regression", `${name}: ${worse}`]);
  return reasons;
}

function worsened(channels: readonly ExactChannel[], allow: readonly string[]): string[] {
  return channels
    .filter(({ channel, state }) => state === "worse" && !allow.includes(channel))
    .map(({ channel, base, head }) => `${channel} went from ${base} to ${head}`);
}

function failures(findings: Case): Reason[] {
  const { problems, workloads } = findings;
  const reasons: Reason[] = problems.map((problem) => ["broken", problem]);
  for (const each of workloads)
    if (each.status === "failed") reasons.push(["broken", `${each.name} failed${whose(each)}: ${each.reason}`]);
  if (measured(findings).length === 0) reasons.push(["broken", "nothing was measured"]);
  return reasons;
}

function whose({ side }: UnmeasuredWorkload): string {
  return side === "both" ? "" : ` in the ${side}`;
}

function undecidable(findings: Case): Reason[] {
  const gated = measured(findings).filter(({ identical }) => !identical);
  const undecided = gated.filter(({ decision }) => decision.state === "inconclusive");
  const enough = findings.strict ? undecided.length > 0 : undecided.length === gated.length && gated.length > 0;
  if (!enough) return [];
  return [["too-noisy", `${undecided.length} of ${gated.length} workloads could not be decided on this host`]];
}

function falseAlarms(findings: Case): Reason[] {
  return measured(findings)
    .filter(({ identical, decision }) => identical && decision.state === "regression")
    .map(({ name }) => ["too-noisy", `${name} is the same program on both sides, and yet looked like a regression`]);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
