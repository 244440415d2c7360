import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CpuDevice } from "../../device/cpu/device.ts";
import type { Device } from "../../device/device.ts";
import { type DType, isComplex } from "../../dtype.ts";
import { UnsupportedError } from "../../errors.ts";
import { referenceArray, toHostArray } from "../../kernel.ts";
import type { Tensor } from "../../tensor.ts";
import { caseRandom, testDevices } from "../../testing/index.ts";
import golden from "./golden.json" with { type: "json" };
import { fft, fftKernel, ifft, irfft, rfft } from "./index.ts";
import { CompensatedSum } from "./reference.ts";
import { UnitRoots } from "./roots.ts";

/** What the transforms promise, relative and in the root mean square; they stay two orders below it. */
const PROMISED = 1e-13;

describe("roots of unity", () => {
  it("are correctly rounded", () => {
    for (const [n, k, re, im] of golden.roots) {
      const root = new Float64Array(2);
      new UnitRoots(n).store(k, root, 0);
      // 0 and −0 are the same here.
      expect([n, k, root[0] + 0, root[1] + 0]).toEqual([n, k, re + 0, im + 0]);
    }
  });

  it("are exact at quarters of a turn", () => {
    const roots = new UnitRoots(12);
    const values = [0, 3, 6, 9].map((k) => {
      const root = new Float64Array(2);
      roots.store(k, root, 0);
      return [root[0] + 0, root[1] + 0];
    });
    expect(values).toEqual([
      [1, 0],
      [0, -1],
      [-1, 0],
      [0, 1],
    ]);
  });
});

describe("Fourier transforms in float64", () => {
  let device: Device;
  beforeAll(() => {
    device = CpuDevice.open({ threads: 1 });
  });
  afterAll(() => device.dispose());

  it.each(golden.transforms)("agree with 250-bit arithmetic at length $length", async ({ length, entries }) => {
    const x = new Float64Array(2 * length);
    for (let j = 0; j < length; j++) {
      x[2 * j] = (((j * 7919) % 101) - 50) / 64;
      x[2 * j + 1] = (((j * 104729) % 97) - 48) / 32;
    }
    const norm = Math.hypot(...x);
    using input = device.tensor(x, [length], "complex128");
    using output = fft(input);
    const y = await output.data();
    // Entries of the transform of n numbers are as large as their norm, on the average; the errors of one share those of all.
    for (const [k, re, im] of entries) {
      const size = Math.max(norm, Math.hypot(re, im));
      expect(Math.hypot(y[2 * k] - re, y[2 * k + 1] - im) / size).toBeLessThan(PROMISED / 100);
    }
  });

  it.each([
    { shape: [8, 12, 10], axes: [0, 1, 2] },
    { shape: [5, 9, 7], axes: [0, 1, 2] },
    { shape: [3, 37, 2, 11], axes: [1, 3, 0] },
  ])("of real numbers over three axes agree with the defining sums, $shape over $axes", async ({ shape, axes }) => {
    const x = caseRandom(1).array(shape, "float64");
    const last = shape[axes[2]];
    const options = { kind: "real", inverse: false, axes, length: last, pairWeight: 1, scale: 1 } as const;
    const [expected] = fftKernel.reference([x], options);
    using input = device.tensor(toHostArray(x), shape, "float64");
    using spectrum = rfft(input, { axes });
    expect(difference(await spectrum.data(), expected.data)).toBeLessThan(PROMISED / 100);
    using back = irfft(spectrum, { axes, length: last });
    expect(difference(await back.data(), x.data)).toBeLessThan(PROMISED / 100);
  });

  it.each([
    ...[4096, 8192, 65536, 1 << 20].map((length) => ({ length, why: "a power of two" })),
    { length: 59049, why: "a power of three" },
    { length: 30030, why: "a product of the primes up to 13" },
    { length: 8191, why: "a prime" },
    { length: 65537, why: "a prime" },
    { length: 2 * 10007, why: "twice a prime" },
  ])("are right at length $length, $why", async ({ length }) => {
    await checkSampledEntries(device, length, "complex128");
    await checkSampledEntries(device, length, "float64");
  });

  it("are right along an axis that is too long for blocks of lines and not the last", async () => {
    for (const length of [4 * 2187, 8209])
      for (const dtype of ["complex128", "float64"] as const) {
        const lines = 3;
        const array = caseRandom(2).array([length, lines], dtype);
        using x = device.tensor(toHostArray(array), array.shape, dtype);
        using y = dtype === "float64" ? rfft(x, { axes: 0 }) : fft(x, { axes: 0 });
        using back = dtype === "float64" ? irfft(y, { axes: 0, length }) : ifft(y, { axes: 0 });
        expect(difference(await back.data(), array.data)).toBeLessThan(PROMISED / 10);
        const line = Float64Array.from({ length: 2 * length }, (_, index) => {
          const [j, part] = [index >> 1, index & 1];
          return dtype === "float64" ? (part ? 0 : array.data[j * lines + 1]) : array.data[2 * (j * lines + 1) + part];
        });
        const values = await y.data();
        for (const k of [0, 1, Math.floor(length / 2), 777]) {
          const [re, im] = entry(line, k);
          const at = 2 * (k * lines + 1);
          expect(Math.hypot(values[at] - re, values[at + 1] - im) / Math.hypot(...line)).toBeLessThan(PROMISED / 10);
        }
      }
  });
});

/** Longer than a workgroup of WebGPU holds, most of them, and so few lines that the cpu splits them. */
const LONG: readonly (readonly [readonly number[], number])[] = [
  [[2, 2048], 1],
  [[1, 8192], 1],
  [[65536], 0],
  [[3, 5000, 2], 1],
  [[1031, 2], 0],
  [[2, 2062], 1],
];

for (const { label, open } of await testDevices())
  if (!label.startsWith("tensorflow"))
    describe(`long Fourier transforms in float32 on ${label}`, () => {
      let device: Device;
      beforeAll(async () => {
        device = await open();
      });
      afterAll(() => device.dispose());

      it.each(LONG)("agree with float64, %j along axis %i", async (shape, axis) => {
        await using wide = CpuDevice.open({ threads: 1 });
        const length = shape[axis];
        const halved = shape.with(axis, Math.floor(length / 2) + 1);
        for (const [transform, dtype, extents] of [
          [(x: Tensor) => fft(x, { axes: axis }), "complex64", shape],
          [(x: Tensor) => ifft(x, { axes: axis }), "complex64", shape],
          [(x: Tensor) => rfft(x, { axes: axis }), "float32", shape],
          [(x: Tensor) => irfft(x, { axes: axis, length }), "complex64", halved],
        ] as const) {
          const array = caseRandom(3).array(extents, dtype);
          using x = device.tensor(toHostArray(array), extents, dtype);
          using y = transform(x);
          using wideX = wide.tensor(toHostArray(array), extents, dtype === "float32" ? "float64" : "complex128");
          using wideY = transform(wideX);
          // Half an ulp of float32 times log₂ n, and as much for each of the chirp's transforms.
          expect(difference(await y.data(), await wideY.data())).toBeLessThan(2e-6);
        }
      });

      it("refuse a length beyond what the device can do", () => {
        if (device.kind !== "webgpu") return;
        const { maxComputeWorkgroupStorageSize } = device.description.details.limits as GPUSupportedLimits;
        const length = 2 * (maxComputeWorkgroupStorageSize / 16) ** 2;
        device.scope(() => {
          const x = device.zeros([length], "float32");
          expect(() => rfft(x)).toThrow(UnsupportedError);
          expect(() => rfft(x)).toThrow(`a Fourier transform of ${length} points`);
        });
      });
    });

/** Compares some entries with their defining sums, and all of them by way of the inverse. */
async function checkSampledEntries(device: Device, length: number, dtype: "complex128" | "float64"): Promise<void> {
  const data = Float64Array.from({ length: isComplex(dtype) ? 2 * length : length }, (_, index) => scattered(index));
  const array = referenceArray(dtype as DType, [length], data);
  using x = device.tensor(toHostArray(array), [length], dtype);
  using y = dtype === "float64" ? rfft(x) : fft(x);
  using back = dtype === "float64" ? irfft(y, { length }) : ifft(y);
  expect(difference(await back.data(), data)).toBeLessThan(PROMISED / 10);
  const line = isComplex(dtype)
    ? data
    : Float64Array.from({ length: 2 * length }, (_, index) => (index % 2 ? 0 : data[index >> 1]));
  let square = 0;
  for (const value of line) square += value * value;
  const values = await y.data();
  for (const k of [0, 1, 2, Math.floor(length / 3), Math.floor(length / 2)]) {
    const [re, im] = entry(line, k);
    expect(Math.hypot(values[2 * k] - re, values[2 * k + 1] - im) / Math.sqrt(square)).toBeLessThan(PROMISED / 10);
  }
}

/** Σ_j x_j exp(−2πi jk / n). */
function entry(x: Float64Array, k: number): [number, number] {
  const n = x.length / 2;
  const roots = new UnitRoots(n);
  const root = new Float64Array(2);
  const re = new CompensatedSum();
  const im = new CompensatedSum();
  for (let j = 0; j < n; j++) {
    roots.store((j * k) % n, root, 0);
    re.add(x[2 * j] * root[0]);
    re.add(-x[2 * j + 1] * root[1]);
    im.add(x[2 * j] * root[1]);
    im.add(x[2 * j + 1] * root[0]);
  }
  return [re.value, im.value];
}

/** ‖a − b‖ / ‖b‖. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let error = 0;
  let size = 0;
  for (let index = 0; index < b.length; index++) {
    error += (a[index] - b[index]) ** 2;
    size += b[index] ** 2;
  }
  return Math.sqrt(error / size);
}

/** A number in [−1, 1) without a pattern: the finalizer of MurmurHash3. */
function scattered(index: number): number {
  let hash = index + 1;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) / 2 ** 31;
}
