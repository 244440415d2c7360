import { type DeviceKind, InvalidInputError } from "@ansatz/tensor";
import { openRepository, type Revision, resolveRevision } from "./checkout.ts";
import { DEFAULT_RULES } from "./decision.ts";
import type { GateResult, MeasuredWorkload } from "./gate-result.ts";
import { BuildError } from "./measuring-process.ts";
import { type GateOptions, type GateProgress, runGate } from "./run-gate.ts";
import { runProgramFile } from "./shell.ts";

export interface BisectOptions
  extends Omit<GateOptions, "base" | "head" | "uncommitted" | "pattern" | "devices" | "maxProcesses"> {
  /** Name of the workload, as the gate prints it. */
  readonly workload: string;
  /** Where it was still fine: an ancestor of `bad`. */
  readonly good: string;
  /** Where it is worse. */
  readonly bad: string;
  /** What got worse: `"time"`, or a channel of the gate. Default `"time"`. */
  readonly channel?: string;
  /** Default cpu. */
  readonly device?: DeviceKind;
  /** For each commit. Default 20: one workload has them quickly. */
  readonly processes?: number;
}

/** What was found out about one commit. `skipped`: it could not be built or run, or not be decided. */
interface BisectStep {
  readonly commit: string;
  readonly state: "good" | "bad" | "skipped";
  /** head / base − 1 against the good end; null where it was not measured. */
  readonly change: number | null;
  /** Why it was skipped. */
  readonly reason?: string;
}

export interface BisectResult {
  readonly workload: string;
  readonly channel: string;
  readonly good: Revision;
  readonly bad: Revision;
  /** From good to bad, relative to good. */
  readonly change: number;
  readonly steps: readonly BisectStep[];
  /** In order; one of them did it. A single one where every step could be decided. */
  readonly suspects: readonly string[];
}

/**
 * Finds the commit between two that made a workload worse, comparing each with the good end as the gate does. A commit counts as bad when it has more than half of the whole change, with the certainty of the
 * gate's bounds; one that cannot be decided, built or run is skipped, and the ones beside it are tried.
 *
 * @throws InvalidInputError when a commit does not exist, `good` is no ancestor of `bad`, or `bad` is not worse.
 * @throws BuildError when an end cannot be built or measured; the signal's reason when it fires.
 */
export async function bisect(options: BisectOptions): Promise<BisectResult> {
  const { directory = process.cwd(), workload, channel = "time" } = options;
  const repository = await openRepository(directory);
  const good = await resolveRevision(repository, options.good);
  const bad = await resolveRevision(repository, options.bad);
  const path = await commitsBetween(repository.topLevel, good, bad);
  const whole = await changeFrom(good, bad.commit, options, "the whole change");
  const { margin = DEFAULT_RULES.margin } = options;
  if (!(whole.lower > (channel === "time" ? margin : 0)))
    throw new InvalidInputError("bad", `a commit whose ${channel} of "${workload}" is worse`, options.bad);
  const steps: BisectStep[] = [];
  // Every commit before `first` is good, and the one at `last` is bad.
  let [first, last] = [0, path.length - 1];
  const skipped = new Set<number>();
  for (;;) {
    const at = middle(first, last, skipped);
    if (at === undefined) break;
    const step = await judge(good, path[at], whole.estimate, options, `${last - first + 1} commits left`);
    steps.push(step);
    if (step.state === "skipped") skipped.add(at);
    else if (step.state === "bad") last = at;
    else first = at + 1;
  }
  return { workload, channel, good, bad, change: whole.estimate, steps, suspects: path.slice(first, last + 1) };
}

/** From the first after `good` to `bad`, along first parents: a merge counts as one change. */
async function commitsBetween(topLevel: string, good: Revision, bad: Revision): Promise<string[]> {
  const range = ["rev-list", "--first-parent", "--reverse", `${good.commit}..${bad.commit}`];
  const commits = (await runProgramFile("git", range, { cwd: topLevel })).trim().split("\n").filter(Boolean);
  const parent = commits.length > 0 ? `${commits[0]}^1` : bad.commit;
  const before = (await runProgramFile("git", ["rev-parse", parent], { cwd: topLevel })).trim();
  if (commits.length === 0 || before !== good.commit)
    throw new InvalidInputError("good", `an ancestor of ${bad.ref} along first parents, before it`, good.ref);
  return commits;
}

/** Nearest to the middle of what is open: `last` itself is known to be bad. */
function middle(first: number, last: number, skipped: ReadonlySet<number>): number | undefined {
  const center = (first + last - 1) / 2;
  const open = Array.from({ length: last - first }, (_, index) => first + index).filter((at) => !skipped.has(at));
  return open.sort((a, b) => Math.abs(a - center) - Math.abs(b - center))[0];
}

/** How much worse, at least and at most. */
interface Change {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

async function judge(
  good: Revision,
  commit: string,
  whole: number,
  options: BisectOptions,
  left: string,
): Promise<BisectStep> {
  try {
    const change = await changeFrom(good, commit, options, left);
    const half = whole / 2;
    if (change.lower > half) return { commit, state: "bad", change: change.estimate };
    if (change.upper < half) return { commit, state: "good", change: change.estimate };
    const reason = `between ${change.lower} and ${change.upper}, and the line is at ${half}`;
    return { commit, state: "skipped", change: change.estimate, reason };
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    return { commit, state: "skipped", change: null, reason: error.message };
  }
}

async function changeFrom(good: Revision, commit: string, options: BisectOptions, left: string): Promise<Change> {
  const { workload, channel = "time", device = "cpu", processes = 20, onProgress, ...rest } = options;
  const result = await runGate({
    ...rest,
    base: good.commit,
    head: commit,
    pattern: workload,
    devices: [device],
    processes,
    maxProcesses: processes,
    onProgress: (progress: GateProgress) =>
      onProgress?.({ ...progress, message: `${left}: ${commit.slice(0, 10)}, ${progress.message}` }),
  });
  return changeOf(result, workload, channel);
}

function changeOf(result: GateResult, workload: string, channel: string): Change {
  const same = { estimate: 0, lower: 0, upper: 0 };
  if (result.identical.includes(workload)) return same;
  const found = result.workloads.find(({ name, formerName }) => name === workload || formerName === workload);
  if (found === undefined && result.workloads.length === 0 && result.reasons.length > 0)
    throw new BuildError(result.reasons.join("\n"));
  if (found === undefined) throw new BuildError(`there is no workload "${workload}" on both sides`);
  if (found.status !== "measured") throw new BuildError(`${workload} ${found.status}: ${found.reason}`);
  if (found.identical) return same;
  return channel === "time" ? found.decision : channelChange(found, channel);
}

function channelChange({ name, channels }: MeasuredWorkload, channel: string): Change {
  const found = channels.find((each) => each.channel === channel);
  if (found === undefined) {
    const known = ["time", ...channels.map((each) => each.channel)].join(", ");
    throw new InvalidInputError("channel", `one of ${known}`, `${channel} of ${name}`);
  }
  const { base, head, state } = found;
  // From nothing to something is a whole change however much it is.
  const change = state === "same" ? 0 : base === 0 ? head : head / base - 1;
  return { estimate: change, lower: change, upper: change };
}
