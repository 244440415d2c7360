import { describe, expect, it } from "vitest";
import { renderHeatmap } from "./heatmap.ts";

function coloursOf(values: number[], scale: "linear" | "log" = "linear"): number[][] {
  const { pixels } = renderHeatmap({ rows: 1, columns: values.length, values: Float32Array.from(values), scale });
  return values.map((_, index) => [...pixels.subarray(4 * index, 4 * index + 4)]);
}

const DARKEST = [0x44, 0x01, 0x54, 255];
const BRIGHTEST = [0xfd, 0xe7, 0x25, 255];
const EMPTY = [0, 0, 0, 0];

/** Relative luminance of sRGB, near enough for an ordering. */
function luminance([red, green, blue]: number[]): number {
  return 0.2126 * red ** 2.2 + 0.7152 * green ** 2.2 + 0.0722 * blue ** 2.2;
}

describe("renderHeatmap", () => {
  it("has one opaque pixel per value, rows from top to bottom", () => {
    const image = renderHeatmap({ rows: 2, columns: 3, values: Float32Array.of(0, 1, 2, 3, 4, 5), scale: "linear" });
    expect(image).toMatchObject({ width: 3, height: 2, channels: 4 });
    expect([...image.pixels.subarray(0, 4)]).toEqual(DARKEST);
    expect([...image.pixels.subarray(20, 24)]).toEqual(BRIGHTEST);
  });

  it("grows brighter with the value at every step", () => {
    const ramp = coloursOf(Array.from({ length: 200 }, (_, index) => index)).map(luminance);
    for (let index = 1; index < ramp.length; index++) expect(ramp[index]).toBeGreaterThanOrEqual(ramp[index - 1]);
  });

  it("spaces powers of ten equally on a log scale and leaves values ≤ 0 empty", () => {
    const [one, ten, hundred, zero, negative] = coloursOf([1, 10, 100, 0, -1], "log");
    expect([one, hundred]).toEqual([DARKEST, BRIGHTEST]);
    expect(ten).toEqual(coloursOf([0, 1, 2])[1]);
    expect([zero, negative]).toEqual([EMPTY, EMPTY]);
  });

  it("leaves NaN empty and puts infinities at the ends without stretching the scale", () => {
    const { NaN: nan, POSITIVE_INFINITY: high, NEGATIVE_INFINITY: low } = Number;
    expect(coloursOf([0, 1, nan, high, low])).toEqual([DARKEST, BRIGHTEST, EMPTY, BRIGHTEST, DARKEST]);
  });

  it("draws a constant matrix in one colour", () => {
    const [first, second] = coloursOf([3, 3]);
    expect(first).toEqual(second);
    expect(first[3]).toBe(255);
  });
});
