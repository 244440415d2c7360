import { describe, expect, it } from "vitest";
import { DisposedError, InvalidInputError, UnsupportedError } from "../errors.ts";
import { cast } from "../kernels/cast/index.ts";
import { testDevices } from "../testing/index.ts";
import { openDevice } from "./open.ts";

for (const { label, open } of await testDevices())
  describe(`a device (${label})`, () => {
    it("copies values in and out, untouched by later changes of the host array", async () => {
      await using device = await open();
      const values = Float32Array.of(1, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-40, 3.5);
      using x = device.tensor(values, [2, 3]);
      values.fill(0);
      expect(Array.from(await x.data())).toEqual([
        1,
        -0,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Math.fround(1e-40),
        3.5,
      ]);
      expect([x.shape, x.dtype, x.size, x.rank]).toEqual([[2, 3], "float32", 6, 2]);
    });

    it("frees what a scope made, except what it returns", async () => {
      await using device = await open();
      const kept = device.scope(() => {
        const x = device.tensor([1, 2, 3]);
        const inner = device.scope(() => ({ y: x.reshape([3, 1]), dropped: 1, list: [device.tensor([4])] }));
        return { y: inner.y };
      });
      expect(device.memory()).toMatchObject({ tensors: 1, bytes: 12 });
      expect(Array.from(await kept.y.data())).toEqual([1, 2, 3]);
      kept.y.dispose();
      expect(device.memory()).toMatchObject({ tensors: 0, bytes: 0 });
    });

    it("frees everything when a scope throws or returns a promise", async () => {
      await using device = await open();
      expect(() =>
        device.scope(() => {
          device.tensor([1, 2]);
          throw new RangeError("half-way");
        }),
      ).toThrow("half-way");
      expect(() => device.scope(async () => device.tensor([1, 2]))).toThrow(InvalidInputError);
      expect(device.memory()).toMatchObject({ tensors: 0, bytes: 0 });
    });

    it("counts shared storage once and frees it with its last tensor", async () => {
      await using device = await open();
      const x = device.tensor(new Float32Array(8));
      const y = x.reshape([2, -1]);
      expect(y.shape).toEqual([2, 4]);
      expect(device.memory()).toMatchObject({ tensors: 2, bytes: 32 });
      x.dispose();
      x.dispose();
      expect(device.memory()).toMatchObject({ tensors: 1, bytes: 32 });
      expect(Array.from(await y.data())).toEqual(new Array(8).fill(0));
      y.dispose();
      expect(device.memory()).toMatchObject({ tensors: 0, bytes: 0, peakBytes: 32 });
    });

    it("holds arrays without elements", async () => {
      await using device = await open();
      using x = device.tensor(new Float32Array(0), [0, 5]);
      expect((await x.data()).length).toBe(0);
    });

    it("refuses wrong shapes, disposed tensors, mixed devices and its own use after closing", async () => {
      const device = await open();
      await using other = await open();
      expect(() => device.tensor([1, 2, 3], [2])).toThrow(
        "tensor: data: expected 2 values for float32 of shape [2], got 3",
      );
      expect(() => device.tensor([1], [-1])).toThrow(InvalidInputError);
      const x = device.tensor([1, 2, 3]);
      expect(() => x.reshape([2])).toThrow(InvalidInputError);
      x.dispose();
      await expect(x.data()).rejects.toThrow(DisposedError);
      expect(() => cast(x, "float32")).toThrow(DisposedError);
      await device.dispose();
      expect(() => device.tensor([1])).toThrow(DisposedError);
      expect(other.closed).toBe(false);
    });

    it("refuses dtypes it cannot hold, naming itself and the dtype", async () => {
      await using device = await open();
      if (device.description.dtypes.includes("float64")) return;
      expect(() => device.tensor(Float64Array.of(1))).toThrow(UnsupportedError);
      expect(() => device.tensor(Float64Array.of(1))).toThrow(/float64 is not available on (webgpu|tensorflow)/);
    });
  });

describe("the cpu device", () => {
  it("lets an abort signal through to a loop that awaits nothing but its values", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    using x = device.tensor([1]);
    const signal = AbortSignal.timeout(20);
    while (!signal.aborted) await x.data();
  });
});

describe("openDevice", () => {
  it("refuses an unknown kind and bad options", async () => {
    await expect(openDevice("abacus" as "cpu")).rejects.toThrow(
      'kind: expected "cpu" or "webgpu" or "tensorflow", got "abacus"',
    );
    await expect(openDevice("cpu", { threads: 0 })).rejects.toThrow("threads: expected an integer ≥ 1, got 0");
  });
});
