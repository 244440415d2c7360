import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../errors.ts";
import { expectAllClose, testDevices, testKernel } from "../../testing/index.ts";
import { stridedView, stridedViewKernel } from "./index.ts";

await testKernel(stridedViewKernel);

describe("stridedView", async () => {
  const devices = await testDevices();
  const same = (actual: ArrayLike<number>, expected: ArrayLike<number>) =>
    expectAllClose(actual, expected, { relative: 0, absolute: 0 });

  it.each(devices)("copies rows long enough to be cut for several threads, on $label", async ({ open }) => {
    await using device = await open();
    const length = 300_001;
    const values = Float32Array.from({ length }, (_, index) => index);
    using x = device.tensor(values);
    using whole = stridedView(x, { shape: [length - 3], offset: 3, strides: [1] });
    same(await whole.data(), values.subarray(3));
    using backwards = stridedView(x, { shape: [length], offset: length - 1, strides: [-1] });
    same(await backwards.data(), values.toReversed());
    using repeated = stridedView(x, { shape: [2, length], offset: 7, strides: [1, 0] });
    same(await repeated.data(), new Float32Array(2 * length).fill(7).fill(8, length));
  });

  it.each(devices)("keeps the bits of a NaN, on $label", async ({ open }) => {
    await using device = await open();
    const bits = Int32Array.of(0x7fc00001, 0x7f800123, -0x3ffffe, 0x7f800000, -0x80000000, 1);
    using x = device.tensor(new Float32Array(bits.buffer), [2, 3]);
    using y = stridedView(x, { shape: [3, 2], offset: 0, strides: [1, 3] });
    const moved = (await y.data()) as Float32Array;
    expect([...new Int32Array(moved.buffer)]).toEqual([0, 3, 1, 4, 2, 5].map((index) => bits[index]));
  });

  it("refuses views that reach beyond the tensor, or that have too few strides", async () => {
    await using device = await devices[0].open();
    using x = device.zeros([2, 3], "float32");
    const refuses = (shape: number[], offset: number, strides: number[]) =>
      expect(() => stridedView(x, { shape, offset, strides })).toThrow(InvalidInputError);
    refuses([7], 0, [1]);
    refuses([2], 0, [-1]);
    refuses([2, 2], 3, [2, 1]);
    refuses([2, 3], 0, [1]);
    refuses([-1], 0, [1]);
    refuses([1], Number.NaN, [1]);
  });
});
