import { type Device, InvalidInputError, key, multiply, openDevice } from "@ansatz/tensor";
import { expectAllClose } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exponentialSum } from "../kernels/vandermonde/index.ts";
import { expm } from "../matrix-functions/expm.ts";
import { weightsOf } from "./dynamics.ts";
import { denseResponse } from "./experiment/dense-response.ts";
import { resolvent } from "./experiment/resolvent.ts";
import { hippoLegs, hippoNormalPart, hippoTransferFunction } from "./hippo.ts";
import { type DiagonalSystem, normalDiagonalisation, perturbThenDiagonalise, spectralNorm } from "./index.ts";
import { diagonalise, readoutOfModes, rebuiltMatrix } from "./modal-form.ts";
import { conditionSurrogate, surrogateGradient } from "./optimised-perturbation.ts";
import { response } from "./response.ts";
import { revealingFrequencies, transferFunction } from "./transfer-function.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu");
});
afterAll(() => device.dispose());

/** The readout of the spec's example: cos j², counted from 1, of norm 1 and over ‖b‖ = n, so that G is that of b/‖b‖. */
function exampleReadout(states: number): Float64Array {
  const values = Float64Array.from({ length: states }, (_, j) => Math.cos((j + 1) ** 2));
  const norm = Math.hypot(...values) * states;
  return values.map((value) => value / norm);
}

function spikesOf({ poles }: DiagonalSystem): number[] {
  return [...poles].filter((_, index) => index % 2 === 1).toSorted((a, b) => b - a);
}

const largest = (values: Float64Array, minus?: Float64Array) => {
  let result = 0;
  for (let k = 0; k < values.length; k += 2)
    result = Math.max(result, Math.hypot(values[k] - (minus?.[k] ?? 0), values[k + 1] - (minus?.[k + 1] ?? 0)));
  return result;
};

/** Largest |a − b| / |b|. */
const largestRatio = (a: Float64Array, b: Float64Array) => {
  let result = 0;
  for (let k = 0; k < a.length; k += 2)
    result = Math.max(result, Math.hypot(a[k] - b[k], a[k + 1] - b[k + 1]) / Math.hypot(b[k], b[k + 1]));
  return result;
};

/** P(iω) = Π (iω − j) / (iω + j + 1), j = 0 … n − 1. */
function product(states: number, frequency: number): [number, number] {
  let [re, im] = [1, 0];
  for (let j = 0; j < states; j++) {
    const square = (j + 1) ** 2 + frequency ** 2;
    const [a, b] = [(frequency ** 2 - j * (j + 1)) / square, (frequency * (2 * j + 1)) / square];
    [re, im] = [re * a - im * b, re * b + im * a];
  }
  return [re, im];
}

describe("hippo", () => {
  it("is a normal matrix less ½ b bᵀ, with eigenvalues −1 … −n", () => {
    const { matrix, input } = hippoLegs(5);
    const normal = hippoNormalPart(5);
    for (let j = 0; j < 5; j++)
      for (let k = 0; k < 5; k++) {
        // −½ I plus skew-symmetric.
        const symmetric = (normal.matrix[j * 5 + k] + normal.matrix[k * 5 + j]) / 2;
        expect(symmetric).toBeCloseTo(j === k ? -0.5 : 0, 14);
        expect(normal.matrix[j * 5 + k] - (input[j] * input[k]) / 2).toBeCloseTo(matrix[j * 5 + k], 13);
        if (k > j) expect(matrix[j * 5 + k]).toBe(0);
      }
    expect(Array.from({ length: 5 }, (_, j) => matrix[6 * j])).toEqual([-1, -2, -3, -4, -5]);
  });

  it("has the norms of the literature", async () => {
    expect(await spectralNorm(hippoLegs(16).matrix, 16, device)).toBeCloseTo(163.03, 2);
    expect(await spectralNorm(hippoLegs(64).matrix, 64, device)).toBeCloseTo(2607.65, 2);
  });

  it.each([16, 64])("is (1 + P) times its normal part in frequency, n = %i", async (states) => {
    const normal = await normalDiagonalisation(states, { device });
    const frequencies = [1, 10, 100, 1000];
    const readout = exampleReadout(states);
    const exact = hippoTransferFunction(readout, frequencies);
    const diagonal = transferFunction(normal, readout, frequencies);
    const predicted = diagonal.slice();
    for (const [at, frequency] of frequencies.entries()) {
      const [re, im] = product(states, frequency);
      const [x, y] = diagonal.subarray(2 * at, 2 * at + 2);
      predicted.set([x + re * x - im * y, y + re * y + im * x], 2 * at);
      expect(Math.hypot(re, im)).toBeCloseTo(frequency / Math.hypot(frequency, states), 14);
    }
    expect(largestRatio(predicted, exact)).toBeLessThan(1e-12);
    if (states !== 64) return;
    const sizes = frequencies.map((frequency) => Math.hypot(...product(64, frequency)));
    expectAllClose(sizes, [0.0156231, 0.1543769, 0.8422714, 0.9979583], { relative: 0, absolute: 5e-8 });
  });

  it("has a normal part whose eigenvalues are known, and orthogonal eigenvectors", async () => {
    const expected = { 16: [80.96608092, 25.62922644, 13.83434182, 8.36210453], 64: [1303.27, 433.03, 258.15, 182.62] };
    for (const [states, digits] of [
      [16, 8],
      [64, 2],
    ] as const) {
      const normal = await normalDiagonalisation(states, { device });
      for (const [k, value] of expected[states].entries()) expect(spikesOf(normal)[k]).toBeCloseTo(value, digits);
      for (let k = 0; k < normal.modes; k++) expect(normal.poles[2 * k]).toBeCloseTo(-0.5, 10);
      expect(normal.condition - 1).toBeLessThan(1e-12);
    }
  });
});

describe("perturbThenDiagonalise", () => {
  it("is the exact diagonalisation of a nearby matrix, with the condition 1.8 / τ", async () => {
    const { matrix } = hippoLegs(64);
    for (const [share, condition] of [
      [0.1, 18.2],
      [0.03, 61.6],
      [0.01, 184],
    ] as const) {
      const found = await perturbThenDiagonalise(64, { share, device });
      expect(found.residual).toBeLessThan(1e-12);
      const rebuilt = rebuiltMatrix(found);
      const error = Math.hypot(...rebuilt.map((value, k) => value - matrix[k] - found.perturbation[k]));
      expect(error / Math.hypot(...matrix)).toBeLessThan(1e-12);
      expect(Math.abs(found.condition / condition - 1)).toBeLessThan(0.005);
      expect(found.backwardError).toBeCloseTo(0.785 * share, 3);
      expect(found.modes).toBe(32);
      expect(found.reason).toBe("closed-form");
    }
  });

  it("stays within τ/(1 − τ) of HiPPO at every frequency, where the normal part has spikes", async () => {
    const readout = exampleReadout(64);
    const normal = await normalDiagonalisation(64, { device });
    const frequencies = revealingFrequencies(spikesOf(normal));
    const exact = hippoTransferFunction(readout, frequencies);
    const top = largest(exact);
    expect(top).toBeCloseTo(3.65e-3, 5);
    const diagonal = transferFunction(normal, readout, frequencies);
    expect(largest(diagonal, exact)).toBeCloseTo(0.104677, 6);
    expect(largest(diagonal, exact) / top).toBeGreaterThan(28);
    const spike = [spikesOf(normal)[0]];
    const atSpike = largest(transferFunction(normal, readout, spike), hippoTransferFunction(readout, spike));
    expect(atSpike).toBeCloseTo(0.104677, 6);
    const atOne = largest(transferFunction(normal, readout, [1]), hippoTransferFunction(readout, [1]));
    expect(atOne / top).toBeLessThan(0.0045);
    for (const [share, deviation] of [
      [0.1, 0.0724],
      [0.03, 0.02066],
      [0.01, 0.00679],
    ] as const) {
      const found = transferFunction(await perturbThenDiagonalise(64, { share, device }), readout, frequencies);
      expect(largestRatio(found, exact)).toBeLessThanOrEqual(share / (1 - share));
      expect(Math.abs(largest(found, exact) / top / deviation - 1)).toBeLessThan(0.005);
    }
  });

  it("converges uniformly as n grows, the normal part only frequency by frequency", async () => {
    const sizes = [16, 32, 64, 128];
    const spiky: number[] = [];
    const fixed: number[] = [];
    for (const states of sizes) {
      const readout = exampleReadout(states);
      const normal = await normalDiagonalisation(states, { device });
      const frequencies = revealingFrequencies(spikesOf(normal), { perDecade: 20 });
      const exact = hippoTransferFunction(readout, frequencies);
      spiky.push(largestRatio(transferFunction(normal, readout, frequencies), exact));
      // Relative to the normal part itself, the lemma says |P|.
      fixed.push(largestRatio(hippoTransferFunction(readout, [10]), transferFunction(normal, readout, [10])));
      const perturbed = await perturbThenDiagonalise(states, { device });
      expect(largestRatio(transferFunction(perturbed, readout, frequencies), exact)).toBeLessThanOrEqual(1 / 9 + 1e-9);
    }
    // |P| / |1 + P| is unbounded where P is near −1.
    for (const [k, value] of spiky.entries()) expect(value, `n = ${sizes[k]}`).toBeGreaterThan(10);
    expect(spiky[3]).toBeGreaterThan(spiky[0]);
    for (const [k, states] of sizes.entries()) expect(fixed[k]).toBeCloseTo(10 / Math.hypot(10, states), 10);
    for (let k = 1; k < sizes.length; k++) expect(fixed[k] / fixed[k - 1]).toBeLessThan(0.57);
  });

  it("obeys the paper's bound of backward errors, (2 ln n + 4) ‖E‖ for ‖b‖ = ‖C‖ = 1", async () => {
    for (const states of [16, 64]) {
      const { matrix } = hippoLegs(states);
      const norm = await spectralNorm(matrix, states, device);
      const normal = await normalDiagonalisation(states, { device });
      const frequencies = revealingFrequencies(spikesOf(normal), { perDecade: 20 });
      const readout = exampleReadout(states);
      const exact = hippoTransferFunction(readout, frequencies);
      let before = Number.POSITIVE_INFINITY;
      for (const size of [1e-3, 1e-4, 1e-5]) {
        const found = await perturbThenDiagonalise(states, { method: "random", key: key(3), size, device });
        const error = largest(transferFunction(found, readout, frequencies), exact);
        const smallness = found.backwardError * norm;
        expect(found.backwardError).toBeCloseTo(size, 12);
        // First order where ‖E‖ is small; at 10⁻³ ‖A‖ it is 0.16 or 2.6, and its square counts.
        expect(error).toBeLessThan((2 * Math.log(states) + 4) * smallness * (1 + smallness));
        expect(error).toBeLessThan(before);
        before = error;
      }
    }
  });

  it("knows the size of the resolvent on the imaginary axis", async () => {
    for (const [states, expected] of [
      [16, 3.0],
      [64, 3.32],
    ] as const) {
      let top = 0;
      for (const frequency of [0, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.5, 2, 3, 5, 10]) {
        const inverse = resolvent(states, frequency);
        top = Math.max(top, (await spectralNorm(inverse, 2 * states, device)) ** 2);
      }
      expect(Math.abs(top - expected)).toBeLessThan(0.02);
      expect(top).toBeLessThan(2 * Math.log(states) + 4);
    }
  });

  it("finds well conditioned eigenvectors by descent, near the spec's sizes", async () => {
    const found = await perturbThenDiagonalise(16, { method: "optimised", key: key(1), device });
    expect(found.reason).toBe("converged");
    expect(found.condition).toBeLessThan(50);
    expect(found.backwardError).toBeLessThan(1e-2);
    expect(found.residual).toBeLessThan(1e-12);
    for (let k = 1; k < found.history.length; k++)
      expect(found.history[k].objective).toBeLessThan(found.history[k - 1].objective);
    const freer = await perturbThenDiagonalise(16, { method: "optimised", key: key(1), penalty: 10, device });
    expect(freer.condition).toBeLessThan(8);
    expect(freer.backwardError).toBeCloseTo(0.041, 2);
  });

  it("descends along the true gradient", async () => {
    const n = 6;
    const { matrix } = hippoLegs(n);
    const { perturbation } = await perturbThenDiagonalise(n, { method: "random", key: key(4), size: 0.02, device });
    const direction = Float64Array.from({ length: n * n }, (_, k) => Math.sin(k * k + 1));
    const at = async (t: number) => {
      const moved = matrix.map((value, k) => value + perturbation[k] + t * direction[k]);
      return conditionSurrogate(await diagonalise("test", moved, n, device));
    };
    const whole = matrix.map((value, k) => value + perturbation[k]);
    const gradient = surrogateGradient(await diagonalise("test", whole, n, device));
    const slope = gradient.reduce((total, value, k) => total + value * direction[k], 0);
    const h = 1e-5;
    // Fourth-order differences: errors of h⁴ and of rounding over h.
    const difference = (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
    expect(Math.abs(slope / difference - 1)).toBeLessThan(1e-6);
  });

  it("trades size for condition when drawn at random, and draws again where that is unstable", async () => {
    const conditions = [];
    for (const size of [1e-3, 1e-4]) {
      const found = await perturbThenDiagonalise(64, { method: "random", key: key(1), size, device });
      expect(found.reason).toBe("drawn");
      conditions.push(found.condition);
    }
    expect(conditions[0]).toBeGreaterThan(500);
    expect(conditions[0]).toBeLessThan(8e3);
    expect(conditions[1] / conditions[0]).toBeGreaterThan(3);
    const large = perturbThenDiagonalise(64, { method: "random", key: key(1), size: 1e-2, attempts: 2, device });
    await expect(large).rejects.toThrow(/negative real part/);
    const again = await perturbThenDiagonalise(16, { method: "random", key: key(3), size: 0.02, device });
    expect(again.refused).toBe(2);
    expect(Math.max(...again.poles.filter((_, k) => k % 2 === 0))).toBeLessThan(0);
  });

  it("refuses HiPPO itself and parameters out of range", async () => {
    await expect(perturbThenDiagonalise(64, { share: 0, device })).rejects.toThrow(/not stably diagonalisable.*κ ≈/);
    const refuses = async (options: object, argument: string) =>
      expect(perturbThenDiagonalise(8, options as never)).rejects.toMatchObject({
        name: InvalidInputError.name,
        argument,
      });
    await refuses({ share: 1 }, "perturbThenDiagonalise: options.share");
    await refuses({ share: Number.NaN }, "perturbThenDiagonalise: options.share");
    await refuses({ method: "random", key: key(1), size: 0 }, "perturbThenDiagonalise: options.size");
    await refuses({ method: "optimised", key: key(1), penalty: -1 }, "perturbThenDiagonalise: options.penalty");
    await refuses({ method: "exact" }, "perturbThenDiagonalise: options.method");
    await expect(perturbThenDiagonalise(0)).rejects.toMatchObject({ argument: "perturbThenDiagonalise: states" });
    const twice = diagonalise("twice", Float64Array.of(-1, 0, 0, -1), 2, device);
    await expect(twice).rejects.toThrow(/distinct eigenvalues/);
  });

  it("takes one state, and stops where it is when told to", async () => {
    const one = await perturbThenDiagonalise(1, { device });
    expect([...one.poles]).toEqual([-0.95, 0]);
    const aborted = await perturbThenDiagonalise(8, {
      ...{ method: "optimised", key: key(1), device },
      signal: AbortSignal.abort(),
    });
    expect(aborted.reason).toBe("aborted");
    expect(aborted.history.length).toBe(1);
  });
});

describe("response", () => {
  it("to an impulse is C e^(At) b, by the exponential of the matrix", async () => {
    const states = 16;
    const found = await perturbThenDiagonalise(states, { device });
    const matrix = hippoLegs(states).matrix.map((value, k) => value + found.perturbation[k]);
    const readout = exampleReadout(states);
    const [step, length] = [0.01, 200];
    using kernel = device.scope(() => {
      const exponents = device.tensor(
        found.poles.map((part) => step * part),
        [1, found.modes],
        "complex128",
      );
      const leaving = device.tensor(readoutOfModes(found, readout), [found.modes], "complex128");
      const entering = device.tensor(found.input, [found.modes], "complex128");
      const weights = multiply(multiply(leaving, entering), weightsOf(found, device.zeros([1], "float64")));
      return exponentialSum(exponents, weights.reshape([1, found.modes]), length);
    });
    const values = await kernel.data();
    for (const at of [0, 1, 17, 64, 199]) {
      const exponential = await denseExponential(matrix, states, at * step);
      const expected = readout.reduce(
        (total, value, j) =>
          total + value * hippoLegs(states).input.reduce((sum, b, k) => sum + exponential[j * states + k] * b, 0),
        0,
      );
      expect(Math.abs(values[at] - expected)).toBeLessThan(1e-12);
    }
  });

  it("is the dense system's for any input, held between samples", async () => {
    const states = 16;
    const found = await perturbThenDiagonalise(states, { device });
    const { matrix, input } = hippoLegs(states);
    const system = { states, matrix: matrix.map((value, k) => value + found.perturbation[k]), input };
    const readout = exampleReadout(states);
    const samples = Float64Array.from({ length: 500 }, (_, k) => Math.sin(0.01 * k * k));
    const expected = await denseResponse(system, readout, samples, 0.02, device);
    const top = Math.max(...expected.map(Math.abs));
    const y = await response(found, readout, samples, { step: 0.02, device });
    expectAllClose(y, expected, { relative: 0, absolute: 1e-12 * top });
  });

  it("refuses a readout or step that does not fit", async () => {
    const found = await normalDiagonalisation(3, { device });
    const samples = new Float64Array(4);
    await expect(response(found, [1], samples, { step: 1 })).rejects.toThrow(InvalidInputError);
    await expect(response(found, [1, 2, 3], samples, { step: 0 })).rejects.toThrow(InvalidInputError);
    expect(() => transferFunction(found, [1], [1])).toThrow(InvalidInputError);
  });
});

async function denseExponential(matrix: Float64Array, states: number, time: number): Promise<Float64Array> {
  using result = device.scope(() =>
    expm(
      device.tensor(
        Float64Array.from(matrix, (value) => time * value),
        [states, states],
      ),
    ),
  );
  return (await result.data()) as Float64Array;
}
