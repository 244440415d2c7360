import { describe, expect, it } from "vitest";
import { formatNumber, formatSeconds, textTable } from "./text-table.ts";

describe("textTable", () => {
  it("aligns text left and numbers right", () => {
    const table = textTable(
      ["name", "size"],
      [
        ["a", "1"],
        ["longer", "100"],
      ],
    );
    expect(table).toBe("name    size\na          1\nlonger   100");
  });

  it("bears rows of different lengths", () => {
    expect(textTable([], [["a"], ["b", "c"]])).toBe("a\nb  c");
  });
});

describe("formatNumber", () => {
  it.each([
    [null, "–"],
    [500, "500"],
    [0, "0"],
    [0.253_149, "0.2531"],
    [0.25, "0.25"],
    [1.100_02e-13, "1.1e-13"],
    [5.761e-10, "5.761e-10"],
    [2.000_01e20, "2e20"],
    [1000.3, "1000"],
    [3.000_01, "3"],
    [1_234_567.8, "1.235e6"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-∞"],
  ])("prints %s as %s", (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

describe("formatSeconds", () => {
  it.each([
    [2, "2 s"],
    [0.0123, "12.3 ms"],
    [4.56e-6, "4.56 µs"],
    [7e-10, "0.7 ns"],
  ])("prints %d as %s", (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
