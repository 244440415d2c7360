import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CpuDevice } from "../../device/cpu/device.ts";
import type { Device } from "../../device/device.ts";
import { InvalidInputError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { expectAllClose } from "../../testing/index.ts";
import { BoundedCache } from "./cache.ts";
import { fft, ifft, irfft, rfft } from "./index.ts";
import { fftFrequencies, fftShift, ifftShift, rfftFrequencies } from "./shift.ts";

describe("fft", () => {
  let device: Device;
  beforeAll(() => {
    device = CpuDevice.open({ threads: 1 });
  });
  afterAll(() => device.dispose());

  const exact = { relative: 0, absolute: 1e-15 };
  const scoped = async (body: () => Tensor) => {
    using result = device.scope(body);
    return result.data();
  };

  it("transforms the last axis with exponents of negative sign and no factor unless told otherwise", async () => {
    const values = await scoped(() => fft(device.tensor([1, 0, 0, 0, 0, 0, 0, 1], [2, 2], "complex128")));
    expectAllClose(values, [1, 0, 1, 0, 0, 1, 0, -1], exact);
    const impulse = await scoped(() => fft(device.tensor([0, 0, 1, 0, 0, 0, 0, 0], [4], "complex128")));
    expectAllClose(impulse, [1, 0, 0, -1, -1, 0, 0, 1], exact);
  });

  it("puts the factor where the norm says", async () => {
    const ones = new Float64Array(8).map((_, index) => 1 - (index % 2));
    for (const [norm, forward, inverse] of [
      ["backward", 4, 1],
      ["forward", 1, 4],
      ["ortho", 2, 2],
    ] as const) {
      expect((await scoped(() => fft(device.tensor(ones, [4], "complex128"), { norm })))[0]).toBe(forward);
      expect((await scoped(() => ifft(device.tensor(ones, [4], "complex128"), { norm })))[0]).toBe(inverse);
      expect((await scoped(() => rfft(device.tensor(new Float64Array(4).fill(1)), { norm })))[0]).toBe(forward);
      const half = device.tensor([1, 0, 1, 0, 1, 0], [3], "complex128");
      expect((await scoped(() => irfft(half, { norm })))[0]).toBe(inverse);
    }
  });

  it("takes real numbers as complex ones, and agrees with rfft on them", async () => {
    const x = device.tensor(new Float64Array([3, -1, 4, 1, -5]));
    const whole = await scoped(() => fft(x));
    expectAllClose(whole.subarray(0, 6), await scoped(() => rfft(x)), exact);
    expectAllClose([whole[6], whole[7]], [whole[4], -whole[5]], exact);
  });

  it("halves the last of the axes given, whatever their order", () => {
    device.scope(() => {
      const x = device.zeros([4, 6, 10], "float32");
      expect(rfft(x).shape).toEqual([4, 6, 6]);
      expect(rfft(x, { axes: [2, 0] }).shape).toEqual([3, 6, 10]);
      expect(rfft(x, { axes: [0, -2] }).shape).toEqual([4, 4, 10]);
      expect(irfft(rfft(x, { axes: [2, 0] }), { axes: [2, 0] }).shape).toEqual([4, 6, 10]);
      expect(irfft(rfft(x, { axes: 1 }), { axes: 1, length: 7 }).shape).toEqual([4, 7, 10]);
    });
  });

  it("ignores the imaginary parts that real results cannot have", async () => {
    const real = await scoped(() => irfft(device.tensor([1, 0, 2, 3, -1, 0], [3], "complex128")));
    expect(await scoped(() => irfft(device.tensor([1, 9, 2, 3, -1, 7], [3], "complex128")))).toEqual(real);
    const odd = await scoped(() => irfft(device.tensor([1, 0, 2, 3, -1, 4], [3], "complex128"), { length: 5 }));
    expect(await scoped(() => irfft(device.tensor([1, 9, 2, 3, -1, 4], [3], "complex128"), { length: 5 }))).toEqual(
      odd,
    );
  });

  it("spoils the whole line of a NaN or infinity, and no other", async () => {
    for (const n of [8, 12, 49, 37, 1024])
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const lines = 5;
        const clean = Float64Array.from({ length: 2 * lines * n }, (_, index) => Math.sin(index));
        const spoilt = clean.with(2 * (2 * n + 3), bad);
        const [expected, actual] = await Promise.all(
          [clean, spoilt].map((x) => scoped(() => fft(device.tensor(x, [lines, n], "complex128")))),
        );
        const real = await scoped(() => rfft(device.tensor(spoilt, [lines, 2 * n])));
        for (let line = 0; line < lines; line++)
          for (let k = 0; k < n; k++) {
            const at = 2 * (line * n + k);
            expect(Number.isFinite(actual[at] + actual[at + 1]), `n = ${n}, ${bad}, line ${line}, entry ${k}`).toBe(
              line !== 2,
            );
            const atReal = 2 * (line * (n + 1) + k);
            expect(Number.isFinite(real[atReal] + real[atReal + 1])).toBe(line !== 2);
          }
        expect(actual.subarray(0, 4 * n)).toEqual(expected.subarray(0, 4 * n));
        expect(actual.subarray(6 * n)).toEqual(expected.subarray(6 * n));
      }
  });

  it("gives the same values on any number of threads", async () => {
    await using many = CpuDevice.open({ threads: 3 });
    for (const shape of [[65536], [40, 512], [3, 1009]]) {
      const values = Float32Array.from({ length: 2 * shape.reduce((a, b) => a * b) }, (_, index) => Math.sin(index));
      const expected = await scoped(() => fft(device.tensor(values, shape, "complex64")));
      for (let round = 0; round < 3; round++) {
        using x = many.tensor(values, shape, "complex64");
        using y = fft(x);
        expect(await y.data()).toEqual(expected);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    }
  });

  it("refuses bad input before any work", () => {
    device.scope(() => {
      const complexNumbers = device.zeros([4, 3], "complex64");
      const numbers = device.zeros([4, 3], "float32");
      const refuses = (body: () => unknown, message: string) => {
        expect(body).toThrow(InvalidInputError);
        expect(body).toThrow(message);
      };
      refuses(() => fft(device.zeros([4], "int32")), "fft: x: expected complex or float numbers (use cast");
      refuses(() => rfft(complexNumbers), "rfft: x: expected float32 or float64");
      refuses(() => irfft(numbers), "irfft: x: expected complex64 or complex128");
      refuses(
        () => fft(device.zeros([2, 0], "complex64")),
        "fft: x: expected at least one element along every axis, got [2, 0]",
      );
      refuses(() => rfft(device.zeros([2, 0], "float32")), "rfft: x: expected at least one element along every axis");
      refuses(() => irfft(device.zeros([0], "complex64"), { length: 1 }), "irfft: x: expected at least one element");
      refuses(() => ifft(complexNumbers, { axes: 2 }), "ifft: axis");
      refuses(() => fft(complexNumbers, { axes: [0, -2] }), "distinct axes");
      refuses(() => fft(complexNumbers, { axes: [] }), "fft: axes: expected at least one axis");
      refuses(() => fft(device.zeros([], "complex64")), "fft: axis");
      refuses(
        () => irfft(complexNumbers, { length: 6 }),
        "irfft: length: expected 4 or 5, for 3 entries of half a spectrum, got 6",
      );
      refuses(() => irfft(complexNumbers, { length: 4.5 }), "irfft: length");
      refuses(() => fft(complexNumbers, { norm: "unit" as "ortho" }), "fft: norm");
    });
  });

  it("leaves axes that are not transformed free to be empty", () => {
    device.scope(() => {
      expect(fft(device.zeros([0, 4], "complex64")).shape).toEqual([0, 4]);
      expect(rfft(device.zeros([4, 0], "float64"), { axes: 0 }).shape).toEqual([3, 0]);
    });
  });
});

describe("fftShift", () => {
  it("moves frequency zero to the middle, and ifftShift back, for even and odd extents", async () => {
    await using device = CpuDevice.open({ threads: 1 });
    for (const n of [1, 4, 5]) {
      using frequencies = device.tensor(fftFrequencies(n, 1 / n));
      using shifted = fftShift(frequencies);
      const values = await shifted.data();
      expect(Array.from(values)).toEqual(Array.from(values).sort((a, b) => a - b));
      expect(values[Math.floor(n / 2)]).toBe(0);
      using back = ifftShift(shifted);
      expect(await back.data()).toEqual(fftFrequencies(n, 1 / n));
    }
    using matrix = device.tensor([1, 2, 3, 4, 5, 6], [2, 3], "float32");
    using both = fftShift(matrix);
    expect(Array.from(await both.data())).toEqual([6, 4, 5, 3, 1, 2]);
    using columns = fftShift(matrix, { axes: -1 });
    expect(Array.from(await columns.data())).toEqual([3, 1, 2, 6, 4, 5]);
    expect(() => fftShift(matrix, { axes: 2 })).toThrow("fftShift: axis");
  });
});

describe("fftFrequencies", () => {
  it("lists cycles per unit of spacing, the negative ones last", () => {
    expect(Array.from(fftFrequencies(4, 0.5))).toEqual([0, 0.5, -1, -0.5]);
    expect(Array.from(fftFrequencies(5))).toEqual([0, 0.2, 0.4, -0.4, -0.2]);
    expect(Array.from(rfftFrequencies(4, 0.5))).toEqual([0, 0.5, 1]);
    expect(Array.from(rfftFrequencies(5))).toEqual([0, 0.2, 0.4]);
  });

  it("refuses lengths and spacings that make none", () => {
    for (const n of [0, -1, 2.5, Number.NaN]) expect(() => fftFrequencies(n)).toThrow(InvalidInputError);
    for (const spacing of [0, Number.NaN]) expect(() => rfftFrequencies(4, spacing)).toThrow(InvalidInputError);
  });
});

describe("the cache of plans", () => {
  it("gives up what was used longest ago when it exceeds its bytes, and keeps the newest whatever its size", () => {
    const cache = new BoundedCache<Uint8Array>(100);
    let made = 0;
    const get = (key: string, bytes: number) =>
      cache.get(key, () => {
        made++;
        return new Uint8Array(bytes);
      });
    get("a", 40);
    get("b", 40);
    get("a", 40);
    expect(made).toBe(2);
    get("c", 40);
    expect(cache.bytes).toBe(80);
    get("a", 40);
    expect(made).toBe(3);
    get("b", 40);
    expect(made).toBe(4);
    get("large", 1000);
    expect(cache.bytes).toBe(1000);
    get("large", 1000);
    expect(made).toBe(5);
  });
});
