import { describe, expect, it } from "vitest";
import type { Decision, DecisionState } from "./decision.ts";
import type { ExactChannel } from "./exact-channels.ts";
import type { MeasuredWorkload, WorkloadResult } from "./gate-result.ts";
import { judge } from "./verdict.ts";

function workload(name: string, state: DecisionState, extra: Partial<MeasuredWorkload> = {}): MeasuredWorkload {
  const decision: Decision = {
    state,
    processes: 8,
    estimate: 0.123,
    lower: 0.1,
    upper: 0.2,
    p: 0.01,
    minimumDetectable: 0.05,
  };
  return {
    name,
    package: "toy",
    identical: false,
    status: "measured",
    decision,
    statistic: "minimum",
    channels: [],
    ratios: [],
    ...extra,
  };
}

const worse: ExactChannel = { channel: "iterations", base: 12, head: 13, state: "worse" };
const failed: WorkloadResult = {
  name: "f",
  package: "toy",
  identical: false,
  status: "failed",
  side: "head",
  reason: "fell",
};

function verdictOf(workloads: readonly WorkloadResult[], more: Partial<Parameters<typeof judge>[0]> = {}) {
  return judge({ workloads, packages: [], added: [], removed: [], problems: [], allow: [], strict: false, ...more });
}

describe("judge", () => {
  it("passes what did not get worse", () => {
    expect(verdictOf([workload("a", "no-regression"), workload("b", "inconclusive")])).toEqual({
      verdict: "pass",
      reasons: [],
    });
  });

  it("names what got slower and what grew", () => {
    const { verdict, reasons } = verdictOf([
      workload("a", "regression"),
      workload("b", "no-regression", { channels: [worse] }),
      workload("c", "no-regression"),
    ]);
    expect(verdict).toBe("regression");
    expect(reasons).toEqual(["a is 12.3 % slower", "b: iterations went from 12 to 13"]);
  });

  it("lets grow what is allowed to", () => {
    const grown = [workload("b", "no-regression", { channels: [worse] })];
    expect(verdictOf(grown, { allow: ["iterations"] }).verdict).toBe("pass");
  });

  it("never passes what failed, could not be loaded, or measured nothing", () => {
    expect(verdictOf([failed, workload("a", "no-regression")])).toEqual({
      verdict: "broken",
      reasons: ["f failed in the head: fell"],
    });
    expect(verdictOf([failed, workload("a", "regression")]).verdict).toBe("broken");
    expect(verdictOf([workload("a", "no-regression")], { problems: ["rotten"] }).verdict).toBe("broken");
    expect(verdictOf([])).toEqual({ verdict: "broken", reasons: ["nothing was measured"] });
    expect(verdictOf([{ ...failed, status: "unsupported" }]).verdict).toBe("broken");
  });

  it("does not believe a host that cannot decide anything, or tells equal programs apart", () => {
    const undecided = [workload("a", "inconclusive"), workload("b", "inconclusive")];
    expect(verdictOf(undecided).verdict).toBe("too-noisy");
    expect(verdictOf([undecided[0], workload("c", "no-regression")], { strict: true }).verdict).toBe("too-noisy");
    const alarm = workload("same", "regression", { identical: true });
    expect(verdictOf([alarm, workload("a", "regression")]).verdict).toBe("too-noisy");
  });

  it("keeps a certain finding where the rest could not be decided", () => {
    expect(verdictOf([workload("a", "inconclusive", { channels: [worse] })]).verdict).toBe("regression");
    expect(verdictOf([workload("a", "inconclusive"), failed]).verdict).toBe("broken");
  });
});
