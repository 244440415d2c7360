import {
  type ComplexDType,
  concatenate,
  type Device,
  divide,
  InvalidInputError,
  key,
  openDevice,
  subtract,
  type Tensor,
} from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { singularValues } from "../kernels/svd/index.ts";
import { type CalibrationOptions, type CalibrationResult, selfCalibrate } from "./index.ts";
import { alignedError, calibrationInstance, type Instance, type InstanceOptions, unknownsOf } from "./instances.ts";
import { calibrationSystem, denseSystem, largestColumnNorm } from "./system.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu");
});
afterAll(() => device.dispose());

type Sizes = Pick<InstanceOptions, "model" | "sensors" | "unknowns" | "measurements">;

const MODELS: readonly Sizes[] = [
  { model: "a", sensors: 64, unknowns: 32, measurements: 4 },
  { model: "b", sensors: 64, unknowns: 16, measurements: 4 },
  { model: "c", sensors: 64, unknowns: 16, measurements: 8 },
];

/** s = 1/d and x, interleaved. */
async function truthOf({ gains, signals }: Instance): Promise<Float64Array> {
  using inverseGains = divide(device.full(gains.shape, 1, gains.dtype), gains);
  return unknownsOf({ inverseGains, signals });
}

async function errorOf(result: CalibrationResult, instance: Instance): Promise<number> {
  return alignedError(await unknownsOf(result), await truthOf(instance));
}

function free(instance: Instance, ...results: readonly CalibrationResult[]): void {
  for (const each of instance.tensors) each.dispose();
  for (const { inverseGains, gains, signals } of results)
    for (const each of [inverseGains, gains, signals]) each.dispose();
}

describe("selfCalibrate without noise", () => {
  it.each(MODELS)("is exact by every method and solver for model $model", async (sizes) => {
    const instance = calibrationInstance({ device, key: key(1), ...sizes });
    const ways: CalibrationOptions[] = [
      {},
      { constraint: { kind: "hard" } },
      { solver: "dense" },
      { solver: "iterative" },
      { method: "spectral" },
      { method: "spectral", solver: "dense" },
    ];
    for (const options of ways) {
      const result = await selfCalibrate(instance.problem, options);
      expect(await errorOf(result, instance), JSON.stringify(options)).toBeLessThan(
        options.solver === "iterative" ? 1e-9 : 1e-12,
      );
      expect(result.residual).toBeLessThan(1e-10);
      expect(result.unreliable).toEqual([]);
      free({ ...instance, tensors: [] }, result);
    }
    free(instance);
  });

  it.each(["a", "b"] as const)(
    "is exact for random signs and Fourier columns, model %s, by products alone too",
    async (model) => {
      const sizes = { sensors: 64, unknowns: model === "a" ? 32 : 16, measurements: 4 };
      const instance = calibrationInstance({ device, key: key(2), model, ...sizes, ensemble: "signed-fourier" });
      const iterative = await selfCalibrate(instance.problem);
      const direct = await selfCalibrate(instance.problem, { solver: "elimination" });
      const spectral = await selfCalibrate(instance.problem, { method: "spectral" });
      expect(iterative.reason).toBe("converged");
      expect(iterative.iterations).toBeGreaterThan(10);
      expect(await errorOf(iterative, instance)).toBeLessThan(1e-9);
      expect(await errorOf(direct, instance)).toBeLessThan(1e-12);
      expect(await errorOf(spectral, instance)).toBeLessThan(1e-12);
      free(instance, iterative, direct, spectral);
    },
  );

  it("recovers as soon as there are as many equations as unknowns less one", async () => {
    // Three measurements of model (b): 3 · 64 ≥ 64 + 3 · n − 1 up to n = 43.
    for (const [unknowns, isEnough] of [
      [43, true],
      [44, false],
    ] as const) {
      const instance = calibrationInstance({ device, key: key(3), model: "b", sensors: 64, unknowns, measurements: 3 });
      if (isEnough) {
        const result = await selfCalibrate(instance.problem);
        expect(await errorOf(result, instance)).toBeLessThan(1e-2);
        free(instance, result);
      } else {
        await expect(selfCalibrate(instance.problem)).rejects.toThrow(/at least 195 numbers for 196 unknowns/);
        free(instance);
      }
    }
  });
});

describe("selfCalibrate with noise", () => {
  // Means over ten trials measured for the specification with an independent implementation, whose factor of 1.6 allows for other draws.
  const TABLE = [
    { model: "a", unknowns: 32, measurements: 4, decibels: 20, leastSquares: 0.18, spectral: 0.077 },
    { model: "a", unknowns: 32, measurements: 4, decibels: 40, leastSquares: 8.7e-3, spectral: 8.4e-3 },
    { model: "a", unknowns: 32, measurements: 4, decibels: 60, leastSquares: 8.1e-4, spectral: 8.1e-4 },
    { model: "b", unknowns: 16, measurements: 4, decibels: 20, leastSquares: 0.19, spectral: 0.091 },
    { model: "b", unknowns: 16, measurements: 4, decibels: 40, leastSquares: 9.4e-3, spectral: 9.3e-3 },
    { model: "b", unknowns: 16, measurements: 4, decibels: 60, leastSquares: 9.0e-4, spectral: 9.0e-4 },
    { model: "c", unknowns: 16, measurements: 4, decibels: 20, leastSquares: 0.24, spectral: 0.092 },
    { model: "c", unknowns: 16, measurements: 4, decibels: 40, leastSquares: 9.6e-3, spectral: 9.2e-3 },
    { model: "c", unknowns: 16, measurements: 4, decibels: 60, leastSquares: 9.5e-4, spectral: 9.5e-4 },
    { model: "c", unknowns: 16, measurements: 8, decibels: 40, leastSquares: 7.8e-3, spectral: 7.2e-3 },
  ] as const;
  const TRIALS = 10;

  it.each(TABLE)("errs as the table says: model $model, $measurements measurements, $decibels dB", async (row) => {
    const { model, unknowns, measurements, decibels } = row;
    let [leastSquares, spectral] = [0, 0];
    for (let trial = 0; trial < TRIALS; trial++) {
      const instance = calibrationInstance({
        device,
        key: key(100 + trial),
        model,
        sensors: 64,
        unknowns,
        measurements,
        decibels,
      });
      const byLeastSquares = await selfCalibrate(instance.problem);
      const bySpectrum = await selfCalibrate(instance.problem, { method: "spectral" });
      leastSquares += (await errorOf(byLeastSquares, instance)) / TRIALS;
      spectral += (await errorOf(bySpectrum, instance)) / TRIALS;
      free(instance, byLeastSquares, bySpectrum);
    }
    expect(leastSquares / row.leastSquares).toBeGreaterThan(1 / 1.6);
    expect(leastSquares / row.leastSquares).toBeLessThan(1.6);
    expect(spectral / row.spectral).toBeGreaterThan(1 / 1.6);
    expect(spectral / row.spectral).toBeLessThan(1.6);
    if (decibels === 20) expect(spectral).toBeLessThan(leastSquares);
  });
});

describe("selfCalibrate", () => {
  it("solves the system without the signals and the whole one alike, with noise", async () => {
    const instance = calibrationInstance({ device, key: key(7), ...MODELS[1], decibels: 40 });
    const [small, whole] = [
      await selfCalibrate(instance.problem),
      await selfCalibrate(instance.problem, { solver: "dense" }),
    ];
    const [one, two] = [await unknownsOf(small), await unknownsOf(whole)];
    for (const [k, value] of one.entries())
      expect(Math.abs(value - two[k])).toBeLessThan(1e-9 * Math.abs(Math.max(...two)));
    free(instance, small, whole);
  });

  it("errs by no more than perturbation theory allows, in 100 trials", async () => {
    let largestShare = 0;
    for (let trial = 0; trial < 100; trial++) {
      const sizes = { model: "a", sensors: 16, unknowns: 5, measurements: 4, decibels: 50 + (trial % 5) * 10 } as const;
      const instance = calibrationInstance({ device, key: key(1000 + trial), ...sizes });
      const { clean, problem } = instance;
      const system = calibrationSystem(problem);
      const weight = await largestColumnNorm(system);
      using matrix = device.scope(() => {
        const row = new Float64Array(2 * 2 * 21);
        for (const [k, at] of [0, 42 + 21].entries())
          row.fill(weight, at, at + 16).fill(0, k === 0 ? 16 : 42, k === 0 ? 42 : 42 + 21);
        return concatenate([denseSystem(system), device.tensor(row, [2, 42])], { axis: 0 });
      });
      using values = singularValues(matrix);
      const [largest, ...others] = await values.data();
      const condition = largest / others.at(-1)!;
      // The noise is a diagonal block per measurement: its norm is the largest column's.
      using noise = subtract(problem.measurements, clean);
      const entries = await noise.data();
      const ofSensor = (i: number) =>
        [0, 1, 2, 3].reduce((sum, l) => sum + entries[2 * (16 * l + i)] ** 2 + entries[2 * (16 * l + i) + 1] ** 2, 0);
      const eta = Math.sqrt(Math.max(...Array.from({ length: 16 }, (_, i) => ofSensor(i)))) / largest;
      const share = condition * eta;
      if (share >= 1) {
        free(instance);
        continue;
      }
      const result = await selfCalibrate(problem);
      const error = await errorOf(result, instance);
      largestShare = Math.max(largestShare, error / (share * (1 + 2 / (1 - share))));
      free(instance, result);
    }
    expect(largestShare).toBeGreaterThan(0.005);
    expect(largestShare).toBeLessThan(1);
  });

  it("keeps a hard constraint exactly, and a known gain where it is told one", async () => {
    const instance = calibrationInstance({ device, key: key(8), ...MODELS[0], decibels: 40 });
    const first = new Float64Array(128);
    first[0] = 1;
    using weights = device.tensor(first, [64], "complex128") as Tensor<ComplexDType>;
    const { gains, ...rest } = await selfCalibrate(instance.problem, {
      constraint: { weights, value: [0.5, 0], kind: "hard" },
    });
    const [re, im] = await gains.data();
    expect(re).toBeCloseTo(2, 12);
    expect(im).toBeCloseTo(0, 12);
    free(instance, { gains, ...rest });
  });

  it("says when measurements leave more than one solution", async () => {
    // One matrix for all, of two blocks: the gains of either half can be scaled alone.
    const [m, n, p] = [12, 4, 6];
    const halves = new Float64Array(2 * m * n);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) if (i < m / 2 === j < n / 2) halves[2 * (i * n + j)] = Math.sin(1 + i * i + 7 * j);
    using sensing = device.tensor(halves, [m, n], "complex128") as Tensor<ComplexDType>;
    const y = new Float64Array(2 * p * m);
    for (let l = 0; l < p; l++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++)
          y[2 * (l * m + i)] += (1 + i / m) * halves[2 * (i * n + j)] * Math.cos(3 + l * l + j);
    using measurements = device.tensor(y, [p, m], "complex128") as Tensor<ComplexDType>;
    await expect(selfCalibrate({ measurements, sensing, signals: "distinct" })).rejects.toThrow(/up to one factor/);
  });

  it("refuses what cannot be calibrated, before any work", async () => {
    const zeros = (shape: readonly number[]) => device.zeros(shape, "complex128") as Tensor<ComplexDType>;
    const instance = calibrationInstance({ device, key: key(9), ...MODELS[0] });
    const { problem } = instance;
    const silent = device.tensor(
      (await problem.measurements.data()).map((value, k) =>
        (k >> 1) % 64 === 5 ? 0 : value,
      ) as Float64Array<ArrayBuffer>,
      [4, 64],
      "complex128",
    ) as Tensor<ComplexDType>;
    const broken = device.tensor(
      (await problem.measurements.data()).map((value, k) =>
        k === 9 ? Number.NaN : value,
      ) as Float64Array<ArrayBuffer>,
      [4, 64],
      "complex128",
    ) as Tensor<ComplexDType>;
    const refusals: [() => Promise<unknown>, RegExp][] = [
      [() => selfCalibrate({ ...problem, measurements: silent }), /zeros alone by sensor 5/],
      [() => selfCalibrate({ ...problem, measurements: broken }), /NaN by sensor 4/],
      [() => selfCalibrate({ ...problem, measurements: zeros([4]) }), /complex \[p, m\]/],
      [() => selfCalibrate({ ...problem, sensing: zeros([3, 64, 32]) }), /sensing/],
      [() => selfCalibrate({ ...problem, sensing: zeros([64, 64]), signals: "distinct" }), /fewer than 64|at least/],
      [() => selfCalibrate(problem, { method: "spectral", solver: "iterative" }), /solver/],
      [() => selfCalibrate(problem, { constraint: { value: [0, 0] } }), /value/],
      [() => selfCalibrate(problem, { constraint: { weights: zeros([64]) } }), /weights/],
      [() => selfCalibrate(problem, { constraint: { weights: zeros([3]) } }), /weights/],
      [() => selfCalibrate(problem, { solver: "dense", constraint: { kind: "hard" } }), /kind/],
    ];
    for (const [attempt, message] of refusals) {
      const failure = await attempt().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(InvalidInputError);
      expect((failure as Error).message).toMatch(message);
    }
    free(instance);
  });
});
