import { describe, expect, it } from "vitest";
import {
  align,
  type Curve,
  decadeRange,
  decadeTicks,
  suitableScale,
  undrawable,
  undrawableSteps,
} from "../../dashboard/src/chart/curve-data.ts";

const curve = (label: string, values: readonly number[], steps = values.map((_, index) => index)): Curve => ({
  label,
  steps,
  values,
});

describe("curves on common steps", () => {
  it("tell a step that a curve does not have from a value that cannot be drawn", () => {
    const first = curve("first", [1, Number.NaN, 4]);
    const second = curve("second", [10, 20], [1, 5]);
    expect(align([first, second], "linear")).toEqual([
      [0, 1, 2, 5],
      [1, null, 4, undefined],
      [undefined, 10, undefined, 20],
    ]);
  });

  it("have no place for zero and negative values on a log axis, and say so", () => {
    const falling = curve("error", [1, 0.1, 0, -1, Number.POSITIVE_INFINITY]);
    const aligned = align([falling], "log");
    expect(aligned[1]).toEqual([1, 0.1, null, null, null]);
    expect(undrawableSteps(aligned)).toEqual([2, 3, 4]);
    expect(undrawable(falling, "log")).toBe("error: 1 not finite, 2 zero or negative, which a log axis cannot show");
    expect(undrawable(curve("fine", [1, 2]), "log")).toBeNull();
  });

  it("take the last value where a step is repeated", () => {
    expect(align([curve("twice", [1, 2, 3], [0, 0, 1])], "linear")).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });
});

describe("the axis that suits", () => {
  it("is a log one for an error, from its first point", () => {
    expect(suitableScale("marginal error", [curve("a", [0.3])])).toBe("log");
  });

  it("is a log one for whatever spans two decades", () => {
    expect(suitableScale("loss", [curve("a", [5, 0.04])])).toBe("log");
    expect(suitableScale("loss", [curve("a", [5, 0.06])])).toBe("linear");
  });

  it("is a linear one for negative values and for much that is zero", () => {
    expect(suitableScale("error", [curve("a", [1, -1e-5])])).toBe("linear");
    expect(suitableScale("error", [curve("a", [1, 0, 0, 1e-5])])).toBe("linear");
  });
});

describe("a log axis", () => {
  it("spans whole decades, one at least", () => {
    expect(decadeRange(3e-15, 0.02)).toEqual([1e-15, 0.1]);
    expect(decadeRange(1, 1)).toEqual([1, 10]);
    expect(decadeRange(0.1, 100)).toEqual([0.1, 100]);
    expect(decadeRange(null, null)).toEqual([0.1, 1]);
  });

  it("has ticks at powers of ten, thinned when there is no room, finer when there are few", () => {
    expect(decadeTicks(1e-3, 1, 10)).toEqual([1e-3, 1e-2, 0.1, 1]);
    expect(decadeTicks(1e-15, 1, 6)).toEqual([1e-15, 1e-12, 1e-9, 1e-6, 1e-3, 1]);
    expect(decadeTicks(1e-5, 1, 3)).toEqual([1e-4, 1e-2, 1]);
    expect(decadeTicks(1, 10, 6)).toEqual([1, 2, 5, 10]);
  });
});
