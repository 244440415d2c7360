import { child, InvalidInputError, key, openDevice } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { LightBridge } from "./bridge.ts";
import { HostExponents } from "./host-exponents.ts";
import { lightBridge } from "./index.ts";
import { gaussianPoints, knownBridge } from "./known-bridges.ts";
import { driftTables, type MixturePotential, normalizedLogWeights } from "./potential.ts";
import { rotate } from "./rotation.ts";

/** s and r of the bridge from N(m₀, σ₀²) to N(m₁, σ₁²). */
function gaussianBridge(epsilon: number, mean0: number, variance0: number, mean1: number, variance1: number) {
  const s = (-epsilon + Math.sqrt(epsilon ** 2 + 4 * variance0 * variance1)) / (2 * variance0);
  return { s, r: mean1 - s * mean0 };
}

/** A two-dimensional potential with three components that have neither equal weights nor, with `rotated`, axes along the coordinates. */
function potentialOf(rotated: boolean): MixturePotential {
  const components = 3;
  const dimension = 2;
  const rotations = Float64Array.from({ length: components * 4 }, (_, index) =>
    index % 4 === 0 || index % 4 === 3 ? 1 : 0,
  );
  for (let k = 0; k < components; k++) rotate(rotations.subarray(4 * k, 4 * k + 4), dimension, [0.4 + k]);
  return {
    regularization: 0.3,
    dimension,
    components,
    logWeights: Float64Array.of(0.2, -1, 0.5),
    centers: Float64Array.of(1, -0.5, 0.3, 2, -1.2, 0.1),
    logEigenvalues: Float64Array.of(-1, 0.4, 0, -2, 0.9, -0.3),
    ...(rotated && { rotations }),
  };
}

describe("the bridge between two normal distributions", () => {
  it("has the slope of the closed form", () => {
    expect(gaussianBridge(0.1, 0, 1, 1, 0.25).s).toBeCloseTo(0.4524937811, 10);
    expect(gaussianBridge(1, 0, 1, 1, 0.25).s).toBeCloseTo(0.2071067812, 10);
    expect(gaussianBridge(10, 0, 1, 1, 0.25).s).toBeCloseTo(0.0249378106, 10);
  });

  it("is found to 1e-6 by one component from points with just these moments", async () => {
    // Two points each: with one component the loss depends on means and variances alone.
    for (const epsilon of [0.1, 1, 10]) {
      const exact = gaussianBridge(epsilon, 0, 1, 1, 0.25);
      const { bridge, reason } = await lightBridge(
        { source: [[-1], [1]], target: [[0.5], [1.5]], regularization: epsilon },
        {
          components: 1,
          batchSize: "all",
          steps: 20_000,
          tolerance: 1e-9,
          learningRate: (step) => 0.03 * 0.999 ** step,
        },
      );
      expect(reason).toBe("converged");
      expect(Math.abs(Math.exp(bridge.potential.logEigenvalues[0]) / exact.s - 1)).toBeLessThan(1e-6);
      expect(Math.abs(bridge.potential.centers[0] / exact.r - 1)).toBeLessThan(1e-6);
    }
  });

  it("is found from samples within 1 %", async () => {
    const source = await gaussianPoints(key(1), 100_000, 1);
    const target = await gaussianPoints(key(2), 100_000, 1);
    const { bridge } = await lightBridge(
      { source, target: { data: target.data.map((x) => 1 + x / 2), shape: target.shape }, regularization: 1 },
      { components: 1, batchSize: 512, steps: 1500, learningRate: (step) => 0.03 * 0.997 ** step },
    );
    const exact = gaussianBridge(1, 0, 1, 1, 0.25);
    expect(Math.abs(Math.exp(bridge.potential.logEigenvalues[0]) / exact.s - 1)).toBeLessThan(0.01);
    expect(Math.abs(bridge.potential.centers[0] / exact.r - 1)).toBeLessThan(0.01);
  });

  it("is found in full covariances, whatever their axes", async () => {
    // Four points with covariance C₁ of axes at 30 degrees; the source has covariance 1. S solves S² + ε S = C₁.
    const [cos, sin] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    const [long, short] = [1.5, 0.4];
    const corner = (a: number, b: number) => [a * long * cos - b * short * sin, a * long * sin + b * short * cos];
    const square = [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ];
    const { bridge, reason } = await lightBridge(
      { source: square, target: square.map(([a, b]) => corner(a, b)), regularization: 0.5 },
      {
        components: 1,
        covariance: "full",
        batchSize: "all",
        steps: 20_000,
        tolerance: 1e-9,
        learningRate: (step) => 0.03 * 0.999 ** step,
      },
    );
    expect(reason).toBe("converged");
    const { covariances } = await bridge.conditionalPlan([[0, 0]]);
    const along = (u: number, v: number) =>
      covariances[0] * u * u + 2 * covariances[1] * u * v + covariances[3] * v * v;
    const s = (variance: number) => (-0.5 + Math.sqrt(0.25 + 4 * variance)) / 2;
    expect(along(cos, sin) / 0.5).toBeCloseTo(s(long ** 2), 6);
    expect(along(-sin, cos) / 0.5).toBeCloseTo(s(short ** 2), 6);
  });
});

describe("the closed form of the process", () => {
  it("has a normaliser that quadrature agrees with", async () => {
    const bridge = new LightBridge({
      regularization: 0.4,
      dimension: 1,
      components: 3,
      logWeights: Float64Array.of(0.2, -1, 0.5),
      centers: Float64Array.of(1, -0.5, 0.3),
      logEigenvalues: Float64Array.of(-1, 0.4, 0),
    });
    const step = 1 / 256;
    const grid = Array.from({ length: 20_001 }, (_, index) => [(index - 10_000) * step]);
    const logV = await bridge.logPotential(grid);
    for (const x of [-1.3, 0, 0.7]) {
      let integral = 0;
      // The trapezoidal rule on a function that vanishes at both ends with all derivatives is exact to rounding.
      for (const [index, [y]] of grid.entries()) integral += Math.exp((x * y) / 0.4 + logV[index]) * step;
      const [logC] = await bridge.logNormalizer([[x]]);
      expect(Math.abs(integral / Math.exp(logC) - 1)).toBeLessThan(1e-9);
    }
  });

  for (const rotated of [false, true])
    it(`has a drift that is ε times the gradient of the propagated potential, ${rotated ? "full" : "diagonal"} covariances`, async () => {
      const potential = potentialOf(rotated);
      const bridge = new LightBridge(potential);
      const points = [
        [0.4, -0.8],
        [-1.5, 0.2],
        [2, 2],
      ];
      const { data } = await bridge.drift(points, 0.37);
      const h = 1e-4;
      for (const [b, point] of points.entries())
        for (const i of [0, 1]) {
          const shifted = (by: number) =>
            logPropagated(
              potential,
              point.map((x, j) => (i === j ? x + by : x)),
              0.37,
            );
          // Five points: the error is of order h⁴.
          const slope = (8 * (shifted(h) - shifted(-h)) - (shifted(2 * h) - shifted(-2 * h))) / (12 * h);
          expect(Math.abs(data[2 * b + i] - potential.regularization * slope)).toBeLessThan(1e-8);
        }
    });

  it("has a drift that is finite and continuous up to both ends", async () => {
    for (const rotated of [false, true]) {
      const bridge = new LightBridge(potentialOf(rotated));
      const point = [[0.4, -0.8]];
      const [atEnd, before, atStart, after] = await Promise.all(
        [1, 1 - 1e-9, 0, 1e-9].map(async (time) => (await bridge.drift(point, time)).data),
      );
      for (const i of [0, 1]) {
        expect(Number.isFinite(atEnd[i]) && Number.isFinite(atStart[i])).toBe(true);
        // The drift changes by some tens per unit of time.
        expect(Math.abs(atEnd[i] - before[i])).toBeLessThan(1e-7);
        expect(Math.abs(atStart[i] - after[i])).toBeLessThan(1e-7);
      }
    }
  });

  it("has a drift at the start that points to the mean end point", async () => {
    const bridge = new LightBridge(potentialOf(true));
    const points = [
      [0.4, -0.8],
      [-1.5, 0.2],
    ];
    const { data } = await bridge.drift(points, 0);
    const { means } = await bridge.conditionalMoments(points);
    for (const [index, x] of points.flat().entries()) expect(data[index]).toBeCloseTo(means[index] - x, 12);
  });

  it("does not change when all weights are multiplied by a number", async () => {
    const potential = potentialOf(true);
    const scaled = { ...potential, logWeights: potential.logWeights.map((value) => value + 3) };
    const points = [[0.4, -0.8]];
    const [first, second] = await Promise.all(
      [potential, scaled].map(async (each) => {
        const bridge = new LightBridge(each);
        const [{ data }, { means }, [logC], [logV]] = await Promise.all([
          bridge.drift(points, 0.5),
          bridge.conditionalMoments(points),
          bridge.logNormalizer(points),
          bridge.logPotential(points),
        ]);
        return { shape: [...data, ...means], loss: logC - logV };
      }),
    );
    for (const [index, value] of first.shape.entries()) expect(second.shape[index]).toBeCloseTo(value, 12);
    expect(second.loss).toBeCloseTo(first.loss, 12);
    const weights = normalizedLogWeights(scaled.logWeights);
    expect(weights.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 14);
  });

  it("keeps components of eigenvalue 1 exact in the drift", () => {
    const potential = { ...potentialOf(false), logEigenvalues: new Float64Array(6) };
    const { quadratic } = driftTables(potential, 0.3);
    expect([...quadratic]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("agrees with what kernels draw, on average", async () => {
    const bridge = await knownBridge(key(5), 2, 0.5);
    await using device = await openDevice("cpu");
    const starts = { data: new Float64Array(40_000).map((_, i) => (i % 2 === 0 ? 0.5 : -1)), shape: [20_000, 2] };
    const { data } = await bridge.sampleTarget(starts, { device, key: child(key(3), 1) });
    const { means, covariances } = await bridge.conditionalMoments([[0.5, -1]]);
    for (const i of [0, 1]) {
      const values = data.filter((_, index) => index % 2 === i);
      const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
      // Four standard errors.
      expect(Math.abs(mean - means[i])).toBeLessThan(4 * Math.sqrt(covariances[3 * i] / values.length));
    }
  });
});

/** log φ_t at a point up to a constant, in the raw form of the paper: A_k = t/(ε (1 − t)) I + S⁻¹/ε, h_k = x/(ε (1 − t)) + S⁻¹r/ε, with a plus before ½ hᵀA⁻¹h. */
function logPropagated(potential: MixturePotential, point: readonly number[], t: number): number {
  const { regularization: epsilon, components, dimension, logWeights, centers, logEigenvalues, rotations } = potential;
  const exponents: number[] = [];
  for (let k = 0; k < components; k++) {
    let exponent = logWeights[k];
    for (let j = 0; j < dimension; j++) {
      const axis = Array.from({ length: dimension }, (_, i) =>
        rotations ? rotations[(k * dimension + i) * dimension + j] : i === j ? 1 : 0,
      );
      const x = axis.reduce((sum, q, i) => sum + q * point[i], 0);
      const r = axis.reduce((sum, q, i) => sum + q * centers[k * dimension + i], 0);
      const s = Math.exp(logEigenvalues[k * dimension + j]);
      const a = t / (epsilon * (1 - t)) + 1 / (epsilon * s);
      const h = x / (epsilon * (1 - t)) + r / (epsilon * s);
      exponent += -0.5 * Math.log(s) - 0.5 * Math.log(a) + (0.5 * h * h) / a - (r * r) / (2 * epsilon * s);
    }
    exponents.push(exponent);
  }
  const largest = Math.max(...exponents);
  const square = point.reduce((sum, x) => sum + x * x, 0);
  return (
    -square / (2 * epsilon * (1 - t)) + largest + Math.log(exponents.reduce((sum, e) => sum + Math.exp(e - largest), 0))
  );
}

describe("a light bridge", () => {
  it("refuses what does not fit, by name", async () => {
    const bridge = new LightBridge(potentialOf(false));
    await expect(bridge.drift([[1]], 0.5)).rejects.toThrow("points: expected points of dimension 2");
    await expect(bridge.drift([[1, 2]], 1.5)).rejects.toThrow("time: expected a number from 0 to 1");
    await expect(bridge.sampleAt([[1, 2]], -0.1)).rejects.toThrow(InvalidInputError);
    await expect(bridge.samplePaths([[1, 2]], [0.5, 0.5])).rejects.toThrow("times[1]");
    await expect(bridge.simulate([[1, 2]], { steps: 10, every: 3 })).rejects.toThrow("options.every");
    await expect(bridge.drift([[1, Number.NaN]], 0)).rejects.toThrow("points[0][1]");
    const { centers, ...rest } = potentialOf(false);
    expect(() => new LightBridge({ ...rest, centers: centers.slice(1) })).toThrow(
      "potential.centers: expected 6 numbers",
    );
    expect(() => new LightBridge({ ...rest, centers, regularization: 0 })).toThrow("potential.regularization");
  });

  it("evaluates a point far away without overflow", () => {
    const potential = potentialOf(false);
    const exponents = new HostExponents(potential, driftTables(potential, 0.5));
    const logSum = exponents.at(Float64Array.of(1e3, -1e3), 0);
    expect(Number.isFinite(logSum)).toBe(true);
    expect(exponents.weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
  });
});
