import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { recordingReport } from "./recording-report.ts";
import type { RunEvent } from "./report.ts";

function recorded() {
  const events: RunEvent[] = [];
  return { events, report: recordingReport((event) => events.push(event)) };
}

describe("a report", () => {
  it("numbers its events from 1 and keeps their order", () => {
    const { events, report } = recorded();
    report.progress(1, 10, "warming up");
    report.progress(2, 10);
    report.point("error", 1, 0.5);
    report.note("halfway");
    expect(events).toEqual([
      { type: "progress", sequence: 1, done: 1, total: 10, message: "warming up" },
      { type: "progress", sequence: 2, done: 2, total: 10 },
      { type: "point", sequence: 3, series: "error", step: 1, value: 0.5 },
      { type: "note", sequence: 4, message: "halfway" },
    ]);
  });

  it("keeps NaN and infinities of points", () => {
    const { events, report } = recorded();
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) report.point("error", 1, value);
    expect(events.map((event) => event.type === "point" && event.value)).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it("copies what it is given", () => {
    const { events, report } = recorded();
    const values = new Float64Array([1, 2]);
    const pixels = new Uint8Array([1, 2]);
    const row: (string | number)[] = ["a", 1];
    report.heatmap("plan", { rows: 1, columns: 2, values });
    report.image("digit", { width: 2, height: 1, channels: 1, pixels });
    report.table("sizes", [{ name: "name" }, { name: "size" }], [row]);
    values.fill(9);
    pixels.fill(9);
    row[1] = 9;
    expect(events).toMatchObject([
      { heatmap: { values: Float32Array.of(1, 2), scale: "linear" } },
      { image: { pixels: Uint8Array.of(1, 2) } },
      { rows: [["a", 1]] },
    ]);
    expect(structuredClone(events)).toEqual(events);
  });

  it("encodes float pixels to bytes: rounded, cut to the range, NaN black", () => {
    const { events, report } = recorded();
    const pixels = Float32Array.of(0, 0.5, 1, -1, 2, Number.NaN);
    report.image("digit", { width: 3, height: 2, channels: 1, pixels, caption: "a digit" });
    expect(events).toMatchObject([{ image: { pixels: Uint8Array.of(0, 128, 255, 0, 255, 0), caption: "a digit" } }]);
  });

  it("refuses what cannot be shown and names it", () => {
    const { events, report } = recorded();
    const pixels = new Uint8Array(3);
    expect(() => report.image("digit", { width: 2, height: 2, channels: 1, pixels })).toThrow(
      /"digit".*4 values, got 3/,
    );
    expect(() => report.image("digit", { width: 3, height: 1, channels: 2 as never, pixels })).toThrow(
      InvalidInputError,
    );
    expect(() => report.image("digit", { width: 0, height: 1, channels: 1, pixels })).toThrow(InvalidInputError);
    expect(() => report.heatmap("plan", { rows: 2, columns: 2, values: new Float32Array(3) })).toThrow(/"plan"/);
    expect(() => report.table("sizes", [{ name: "name" }], [["a", 1]])).toThrow(/1 cells in every row/);
    expect(() => report.progress(Number.NaN, 1)).toThrow(InvalidInputError);
    expect(() => report.point("error", Number.NaN, 1)).toThrow(InvalidInputError);
    expect(events).toEqual([]);
  });

  it("refuses steps that go back, series by series", () => {
    const { report } = recorded();
    report.point("error", 5, 1);
    report.point("error", 5, 1);
    report.point("cost", 1, 1);
    expect(() => report.point("error", 4, 1)).toThrow(/a number ≥ 5/);
  });

  it("ignores what arrives after its end", () => {
    const { events, report } = recorded();
    report.close();
    report.note("too late");
    expect(events).toEqual([]);
  });
});
