import { describe, expect, it } from "vitest";
import { eventfulGate } from "../fixtures/gate-result.ts";
import { findChanges } from "../history/changepoints.ts";
import type { AnalysedSeries } from "../history/history.ts";
import { htmlReport } from "./html-report.ts";

function series(workload: string, values: readonly number[]): AnalysedSeries {
  const points = values.map((value, index) => ({
    commit: `${index % 10}`.repeat(40),
    committedAt: new Date(Date.UTC(2026, 0, 1 + index)).toISOString(),
    value,
  }));
  const changes = findChanges(values);
  return { source: "tool", workload, metric: "time", unit: "s", hardware: "0123456789ab", points, changes };
}

describe("the page of a gate and a history", () => {
  const steps = Array.from({ length: 30 }, (_, index) => (index < 18 ? 1e-5 : 1.2e-5) * (1 + 0.002 * (index % 5)));
  const html = htmlReport({ gate: eventfulGate(), history: [series("toy/loops victim", steps)] });

  it("fetches nothing, and runs nothing", () => {
    expect(html).not.toMatch(/https?:|src=|url\(|@import|<script|<link/);
  });

  it("shows every workload in words, the worst first", () => {
    const rows = [...html.matchAll(/<tr class="([a-z-]+)"><th>([^<]+)<\/th>/g)].map(([, state, name]) => [name, state]);
    expect(rows).toEqual([
      ["toy/crash only", "failed"],
      ["toy/loops victim", "regression"],
      ["toy/loops noisy", "inconclusive"],
      ["toy/loops steady", "no-regression"],
      ["toy/loops faster", "no-regression"],
      ["toy/loops control", "identical"],
      ["toy", "inconclusive"],
      ["toy/loops victim", "regression"],
    ]);
    expect(html).toContain("worse, allowed");
    expect(html).toContain("Not decided: toy/loops noisy");
    expect(html).toMatch(/New, nothing to compare with: toy\/loops fresh/);
  });

  it("draws one dot per process, and marks the commit that changed a series", () => {
    expect(html.match(/class="process"/g)).toHaveLength(5 * 8);
    expect(html).toMatch(/<g class="worse">.*88888888 \+20\.1 %/);
  });

  it("takes names as text, not as markup", () => {
    expect(html).toContain("&lt;b&gt;branch&lt;/b&gt;");
    expect(html).not.toContain("<b>branch</b>");
  });

  it("draws what has no bounds, no spread, or no size", () => {
    const [measured] = eventfulGate().workloads;
    if (measured.status !== "measured") throw new Error("the fixture has changed");
    const unbounded = { ...measured, decision: { ...measured.decision, lower: -1, upper: Number.POSITIVE_INFINITY } };
    const page = htmlReport({
      gate: { ...eventfulGate(), workloads: [unbounded] },
      history: [series("constant", [1, 1, 1]), series("nothing", [0, 0]), series("single", [5])],
    });
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
  });
});
