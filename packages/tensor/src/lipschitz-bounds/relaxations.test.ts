import { describe, expect, it } from "vitest";
import { drawUniform } from "../random/host-draws.ts";
import { freeProduct, intervalProduct, mcCormick, signedProduct } from "./products.ts";
import {
  bellRelaxation,
  CURVES,
  type Relaxation,
  rectifierRelaxation,
  sigmoidalRelaxation,
  slopeRange,
} from "./relaxations.ts";

/** 10⁶ triples for the smooth functions together. */
const COUNT = 250_000;
const FEW = 30_000;

/** Intervals of all widths about all places, ends of 0 and points that coincide among them. */
function forIntervals(seed: number, check: (lower: number, upper: number, z: number) => void, count = COUNT): void {
  const uniforms = drawUniform([seed, 0, 0, 0], 4 * count, "float64");
  for (let k = 0; k < count; k++) {
    const [place, width, at, kind] = uniforms.subarray(4 * k, 4 * k + 4);
    const centre = kind < 0.1 ? 0 : 12 * (place - 0.5);
    const radius = 10 ** (8 * width - 7);
    const lower = kind > 0.95 ? 0 : centre - radius;
    const upper = kind > 0.9 && kind < 0.95 ? 0 : centre + radius;
    if (lower > upper) continue;
    check(lower, upper, at < 0.05 ? lower : at > 0.95 ? upper : Math.min(upper, lower + at * (upper - lower)));
  }
}

/** How far a function gets out of its relaxation; rounding of the line's own evaluation is allowed for. */
function excess({ upper, lower }: Relaxation, value: number, z: number): number {
  const rounding =
    4 *
    Number.EPSILON *
    (Math.abs(upper.slope * z) + Math.abs(lower.slope * z) + Math.abs(upper.intercept) + Math.abs(lower.intercept));
  return Math.max(value - upper.slope * z - upper.intercept, lower.slope * z + lower.intercept - value) - rounding;
}

/** The largest excess over many intervals and points, 10⁶ for all functions together. */
function largestExcess(
  seed: number,
  relax: (lower: number, upper: number) => Relaxation,
  f: (z: number) => number,
  count = COUNT,
): number {
  let most = Number.NEGATIVE_INFINITY;
  forIntervals(
    seed,
    (lower, upper, z) => {
      most = Math.max(most, excess(relax(lower, upper), f(z), z));
    },
    count,
  );
  return most;
}

describe.each(["tanh", "sigmoid"] as const)("lines about %s", (name) => {
  const curve = CURVES[name];

  it("hold everywhere", () => {
    expect(
      largestExcess(1, (lower, upper) => sigmoidalRelaxation(curve, lower, upper), curve.value),
    ).toBeLessThanOrEqual(0);
  });

  it("hold everywhere about its derivative", () => {
    expect(largestExcess(2, (lower, upper) => bellRelaxation(curve, lower, upper), curve.slope)).toBeLessThanOrEqual(0);
  });

  it("touch it on short intervals: their gap falls as the square of the width", () => {
    for (const z of [-2.1, -0.6, 0.3, 1.4])
      for (const relaxation of [sigmoidalRelaxation, bellRelaxation]) {
        const gap = (width: number) => {
          const { upper, lower } = relaxation(curve, z - width, z + width);
          return (upper.slope - lower.slope) * z + upper.intercept - lower.intercept;
        };
        expect(gap(1e-2)).toBeLessThan(1e-3);
        expect(gap(1e-3) / gap(1e-2)).toBeLessThan(0.02);
      }
  });

  it("has a derivative within the interval given", () => {
    forIntervals(
      3,
      (lower, upper, z) => {
        const [least, most] = slopeRange(curve, lower, upper);
        if (!(least <= curve.slope(z) && curve.slope(z) <= most)) throw new Error(`${lower} ${upper} ${z}`);
      },
      FEW,
    );
    expect(slopeRange(curve, -1, 2)[1]).toBeCloseTo(curve.slope(0), 12);
  });
});

describe("lines about a ReLU", () => {
  it.each([0, 0.1, 1])("hold everywhere with slope %d below 0", (slope) => {
    const f = (z: number) => Math.max(z, slope * z);
    expect(largestExcess(4, (lower, upper) => rectifierRelaxation(lower, upper, slope), f, FEW)).toBeLessThanOrEqual(0);
  });
});

describe("planes about products of gradients and slopes", () => {
  const rules = { freeProduct, mcCormick, signedProduct, intervalProduct };

  it.each(Object.entries(rules))("hold everywhere: %s", (_, relax) => {
    const uniforms = drawUniform([5, 0, 0, 0], 6 * 50_000, "float64");
    let most = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < uniforms.length; k += 6) {
      const [a, b, c, e, s, t] = uniforms.subarray(k, k + 6);
      const gradient = [Math.min(a, b) - 0.5, Math.max(a, b) - 0.5] as const;
      const slope = [Math.min(c, e), k % 4 === 0 ? Math.min(c, e) : Math.max(c, e)] as const;
      const g = gradient[0] + s * (gradient[1] - gradient[0]);
      const d = slope[0] + t * (slope[1] - slope[0]);
      const { upper, lower } = relax({ gradient, slope });
      most = Math.max(most, d * g - (upper.ofGradient * g + upper.ofSlope * d + upper.constant));
      most = Math.max(most, lower.ofGradient * g + lower.ofSlope * d + lower.constant - d * g);
    }
    // Rounding of numbers below 1; the propagation adds its own.
    expect(most).toBeLessThanOrEqual(8 * Number.EPSILON);
  });
});
