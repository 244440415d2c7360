import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { progressDisplay } from "./progress.ts";
import type { Output } from "./terminal.ts";

function output(isTTY: boolean) {
  let text = "";
  const written: Output = { isTTY, columns: 60, write: (more) => (text += more) };
  return { written, text: () => text };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

describe("progressDisplay", () => {
  it("prints plain lines at most once a second where there is no terminal", () => {
    const { written, text } = output(false);
    const progress = progressDisplay(written, "ot/sinkhorn", false);
    for (let step = 0; step <= 30; step++) {
      progress.update(step, 30, "newton");
      vi.advanceTimersByTime(100);
    }
    progress.finish();
    expect(text().split("\n")).toEqual([
      "ot/sinkhorn   0 % newton",
      "ot/sinkhorn  33 % newton",
      "ot/sinkhorn  67 % newton",
      "ot/sinkhorn 100 % newton",
      "",
    ]);
  });

  it("redraws one line on a terminal, no wider than it, and clears it at the end", () => {
    const { written, text } = output(true);
    const progress = progressDisplay(written, "ot/sinkhorn", false);
    progress.update(1, 2, "a message that is far too long for a line this narrow");
    progress.finish();
    const [, drawn] = text().split("\r\x1b[K");
    expect(drawn).toMatch(/^ot\/sinkhorn █{15}░{15} {2}50 % a/);
    expect(drawn.length).toBeLessThan(60);
    expect(text().endsWith("\r\x1b[K")).toBe(true);
    expect(text()).not.toContain("\n");
  });

  it("puts notes above the bar", () => {
    const { written, text } = output(true);
    const progress = progressDisplay(written, "run", false);
    progress.update(1, 1);
    progress.note("a note");
    expect(text()).toContain("\r\x1b[Ka note\nrun █");
  });

  it("shows nothing when quiet", () => {
    const { written, text } = output(true);
    const progress = progressDisplay(written, "run", true);
    progress.update(1, 2);
    progress.note("a note");
    progress.finish();
    expect(text()).toBe("");
  });
});
