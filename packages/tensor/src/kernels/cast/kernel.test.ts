import { describe, expect, it } from "vitest";
import type { DType } from "../../dtype.ts";
import { InvalidInputError, UnsupportedError } from "../../errors.ts";
import { testDevices, testKernel } from "../../testing/index.ts";
import { cast, castKernel } from "./index.ts";

await testKernel(castKernel);

describe("cast", async () => {
  const devices = await testDevices();

  it.each(devices)("makes a tensor of its own, even of the same dtype, on $label", async ({ open }) => {
    await using device = await open();
    const x = device.tensor(Int32Array.of(1, 2, 3), [3, 1]);
    using y = cast(x, "int32");
    x.dispose();
    expect(y.shape).toEqual([3, 1]);
    expect(await y.data()).toEqual(Int32Array.of(1, 2, 3));
  });

  it.each(devices)("refuses a dtype that there is not, or that $label does not hold", async ({ open }) => {
    await using device = await open();
    using x = device.tensor([1, 2]);
    expect(() => cast(x, "float16" as DType)).toThrow(InvalidInputError);
    if (!device.description.dtypes.includes("float64")) expect(() => cast(x, "float64")).toThrow(UnsupportedError);
  });
});
