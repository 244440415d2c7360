import { type FloatDType, key, normal, openDevice, type Tensor } from "@ansatz/tensor";
import { expectAllClose, testDevices } from "@ansatz/tensor/testing";
import { afterAll, describe, expect, it } from "vitest";
import { exponentialCovariance, gaussianProcess } from "./index.ts";

const host = await openDevice("cpu", { threads: 1 });
afterAll(() => host.dispose());
const [count, dimension] = [60, 3];
const x = await numbers(0, [count, dimension]);
const y = await numbers(1, [count, 2]);
const at = await numbers(2, [7, dimension]);
const [variance, lengthScale, noiseVariance, jitter] = [3, 0.7, 0.2, 1e-6];

async function numbers(seed: number, shape: readonly number[]): Promise<Float64Array> {
  using drawn = normal(key(seed), shape, { device: host, dtype: "float64" });
  return Float64Array.from(await drawn.data());
}

const covarianceOf = (left: Float64Array, a: number, right: Float64Array, b: number) => {
  let square = 0;
  for (let i = 0; i < dimension; i++) square += (left[a * dimension + i] - right[b * dimension + i]) ** 2;
  return variance * Math.exp(-Math.sqrt(square) / lengthScale);
};

/** k(·, X) (K + σ² I)⁻¹ y, by elimination without pivots. */
function expectedMean(): Float64Array {
  const rows = Array.from({ length: count }, (_, a) => [
    ...Array.from({ length: count }, (_, b) => covarianceOf(x, a, x, b) + (a === b ? noiseVariance + jitter : 0)),
    y[2 * a],
    y[2 * a + 1],
  ]);
  for (let pivot = 0; pivot < count; pivot++)
    for (let row = 0; row < count; row++) {
      if (row === pivot) continue;
      const factor = rows[row][pivot] / rows[pivot][pivot];
      for (let j = pivot; j < count + 2; j++) rows[row][j] -= factor * rows[pivot][j];
    }
  const mean = new Float64Array(14);
  for (let q = 0; q < 7; q++)
    for (let b = 0; b < count; b++)
      for (const output of [0, 1])
        mean[2 * q + output] += (covarianceOf(at, q, x, b) * rows[b][count + output]) / rows[b][b];
  return mean;
}

for (const { label, open } of await testDevices())
  describe(`Gaussian-process regression on ${label}`, () => {
    const onDevice = async (
      body: (tensor: (data: Float64Array, columns: number) => Tensor<FloatDType>) => Promise<void>,
    ) => {
      await using device = await open();
      if (device.kind === "tensorflow") return;
      const before = device.memory().tensors;
      const made: Tensor[] = [];
      await body((data, columns) => {
        const dtype = device.defaultFloat;
        const tensor = device.tensor(data as Float64Array<ArrayBuffer>, [data.length / columns, columns], dtype);
        made.push(tensor);
        return tensor;
      });
      for (const tensor of made) tensor.dispose();
      expect(device.memory().tensors).toBe(before);
    };

    it("is the mean of the process given its values", () =>
      onDevice(async (tensor) => {
        const covariance = exponentialCovariance({ variance, lengthScale });
        using process = await gaussianProcess(tensor(x, dimension), tensor(y, 2), { covariance, noiseVariance });
        using mean = process.predict(tensor(at, dimension));
        // The matrix has a condition of at most (n v + σ²)/σ² = 900, of which float32 leaves three digits at the worst.
        expectAllClose(
          await mean.data(),
          expectedMean(),
          mean.dtype === "float64" ? { relative: 0, absolute: 1e-12 } : { relative: 0, absolute: 1e-4 },
        );
      }));

    it("is the same with all points as inducing ones, and close with some of them", () =>
      onDevice(async (tensor) => {
        const covariance = exponentialCovariance({ variance, lengthScale: 20 });
        const points = tensor(x, dimension);
        const options = { covariance, noiseVariance: 5 };
        using exact = await gaussianProcess(points, tensor(y, 2), options);
        using all = await gaussianProcess(points, tensor(y, 2), { ...options, inducingPoints: points });
        const inducingPoints = tensor(x.subarray(0, 30 * dimension), dimension);
        using some = await gaussianProcess(points, tensor(y, 2), { ...options, inducingPoints });
        const where = tensor(at, dimension);
        using expected = exact.predict(where);
        const mean = await expected.data();
        using same = all.predict(where);
        // The jitter stands in other places: 10⁻⁶ against eigenvalues of the covariance from 10⁻¹ on.
        expectAllClose(await same.data(), mean, { relative: 0, absolute: same.dtype === "float64" ? 1e-5 : 2e-3 });
        using near = some.predict(where);
        expectAllClose(await near.data(), mean, { relative: 0, absolute: 0.1 });
        expect(some.weights.shape).toEqual([30, 2]);
      }));
  });

describe("Gaussian-process regression", () => {
  it("passes through values without noise, and falls back to its mean of zero far away", async () => {
    using points = host.tensor(Float64Array.of(0, 1, 3), [3, 1], "float64");
    using values = host.tensor(Float64Array.of(2, -1, 5), [3, 1], "float64");
    using process = await gaussianProcess(points, values, { noiseVariance: 0, jitter: 0 });
    using where = host.tensor(Float64Array.of(0, 1, 3, 0.5, 60), [5, 1], "float64");
    using mean = process.predict(where);
    const [a, b, c, between, far] = await mean.data();
    expectAllClose(Float64Array.of(a, b, c), Float64Array.of(2, -1, 5), { relative: 0, absolute: 1e-12 });
    // Markov: between two points it is sinh-weighted interpolation of them alone.
    expect(Math.abs(between - (2 - 1) * (Math.sinh(0.5) / Math.sinh(1)))).toBeLessThan(1e-12);
    expect(Math.abs(far)).toBeLessThan(1e-20);
  });

  it("refuses what does not fit, by name", async () => {
    using points = host.tensor(Float64Array.of(0, 1), [2, 1], "float64");
    using values = host.tensor(Float64Array.of(0, 1, 2), [3, 1], "float64");
    using twice = host.tensor(Float64Array.of(0, 0), [2, 1], "float64");
    using flat = host.tensor(Float64Array.of(0, 1), [2], "float64");
    using wide = host.tensor(Float64Array.of(0, 1), [1, 2], "float64");
    await expect(gaussianProcess(flat, points, { noiseVariance: 1 })).rejects.toThrow("points");
    await expect(gaussianProcess(points, values, { noiseVariance: 1 })).rejects.toThrow("values");
    await expect(gaussianProcess(points, points, { noiseVariance: -1 })).rejects.toThrow("noiseVariance");
    await expect(gaussianProcess(points, points, { noiseVariance: 1, jitter: Number.NaN })).rejects.toThrow("jitter");
    const induced = { noiseVariance: 0, inducingPoints: points };
    await expect(gaussianProcess(points, points, induced)).rejects.toThrow("noiseVariance: expected a positive number");
    await expect(gaussianProcess(points, points, { noiseVariance: 1, inducingPoints: wide })).rejects.toThrow(
      "inducing",
    );
    await expect(gaussianProcess(twice, points, { noiseVariance: 0, jitter: 0 })).rejects.toThrow("positive definite");
    expect(() => exponentialCovariance({ lengthScale: 0 })).toThrow("lengthScale");
    using process = await gaussianProcess(points, points, { noiseVariance: 1 });
    expect(() => process.predict(wide)).toThrow("points");
  });
});
