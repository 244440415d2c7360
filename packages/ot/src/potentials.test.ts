import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gridFor, largestMagnitude, packPotentials, unpackPotentials } from "./potentials.ts";

const potentials = fc
  .array(
    fc.oneof(
      fc.constant(0),
      fc.double({ min: 1e-9, max: 1e3, noNaN: true }),
      fc.double({ min: -1e3, max: -1e-9, noNaN: true }),
    ),
    { minLength: 1, maxLength: 20 },
  )
  .map((values) => Float64Array.from(values));

describe("packed potentials", () => {
  it("are the potentials themselves in float64", () => {
    const values = Float64Array.of(1, -2, 3);
    expect([...packPotentials(values, "float64", 1)]).toEqual([1, -2, 3]);
    expect([...unpackPotentials(values, 3)]).toEqual([1, -2, 3]);
  });

  it("lose less than 2⁻⁴⁶ of the largest in float32, far less than one float32 would", () => {
    fc.assert(
      fc.property(potentials, (values) => {
        const grid = gridFor(largestMagnitude(values));
        const back = unpackPotentials(packPotentials(values, "float32", grid), values.length);
        const largest = largestMagnitude(values);
        for (const [index, value] of values.entries())
          expect(Math.abs(back[index] - value)).toBeLessThanOrEqual(largest * 2 ** -46);
      }),
    );
  });

  it("have coarse parts of which float32 adds any two exactly", () => {
    fc.assert(
      fc.property(potentials, (values) => {
        const packed = packPotentials(values, "float32", gridFor(largestMagnitude(values)));
        const coarse = packed.subarray(0, values.length);
        for (const a of coarse) for (const b of coarse) expect(Math.fround(a + b)).toBe(a + b);
      }),
    );
  });
});
