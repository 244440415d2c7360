import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { InvalidInputError } from "../errors.ts";
import { referenceArray } from "../kernel.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose, testDerivatives, testDevices } from "../testing/index.ts";
import { averagePool, maxPool } from "./pooling.ts";
import { pixelShuffle, pixelUnshuffle, resize } from "./resize.ts";
import golden from "./torch.json" with { type: "json" };

/** No two elements are close, so that no step changes which one is the largest. */
function distinct(shape: Shape) {
  const size = sizeOf(shape);
  return referenceArray(
    "float64",
    shape,
    Array.from({ length: size }, (_, k) => (((k * 7) % size) - size / 2) / size),
  );
}

await testDerivatives("maxPool", (x) => maxPool(x, { window: [2, 3], stride: [2, 1], padding: [1, 1] }), [
  distinct([1, 2, 4, 5]),
]);
await testDerivatives("averagePool", (x) => averagePool(x, { window: 2, padding: 1, includePadding: false }), [
  distinct([1, 2, 4, 5]),
]);
await testDerivatives("averagePool over one axis", (x) => averagePool(x, { window: 3, stride: 2 }), [
  distinct([2, 1, 8]),
]);
await testDerivatives("resize, linear", (x) => resize(x, [5, 3]), [distinct([1, 2, 3, 4])]);
await testDerivatives("resize, aligned", (x) => resize(x, [5, 7], { alignCorners: true }), [distinct([1, 1, 3, 4])]);
await testDerivatives("resize, nearest", (x) => resize(x, [5, 3], { method: "nearest" }), [distinct([1, 1, 3, 4])]);
await testDerivatives("pixelShuffle", (x) => pixelShuffle(x, 2), [distinct([1, 4, 2, 2])]);
await testDerivatives("pixelUnshuffle", (x) => pixelUnshuffle(x, 2), [distinct([1, 1, 4, 2])]);

for (const { label, open } of await testDevices())
  describe(`resampling on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    const operations: Readonly<Record<string, (x: Tensor, argument: never) => Tensor>> = {
      maxPool,
      averagePool,
      resize: (x, { extents, ...options }: { extents: number[] }) => resize(x, extents, options),
      pixelShuffle: (x, { factor }: { factor: number }) => pixelShuffle(x, factor),
      pixelUnshuffle: (x, { factor }: { factor: number }) => pixelUnshuffle(x, factor),
    };

    it("gives what PyTorch gives", async () => {
      for (const { name, operation, x, argument, shape, values } of golden.cases) {
        using input = device.tensor(Float32Array.from(x.values), x.shape);
        using result = operations[operation](input, argument as never);
        expect(result.shape, name).toEqual(shape);
        // A handful of operations in float32.
        expectAllClose(await result.data(), values, { relative: 1e-6, absolute: 1e-6 }, name);
      }
    });

    it("takes NaN for the largest, and never the padding", async () => {
      using x = device.tensor(Float32Array.of(-1, Number.NaN, -2, -3, -4, Number.NEGATIVE_INFINITY), [1, 1, 6]);
      using y = maxPool(x, { window: 2, padding: 1, stride: 2 });
      expect([...(await y.data())]).toEqual([-1, Number.NaN, -3, Number.NEGATIVE_INFINITY]);
    });

    it("refuses what does not fit, naming the argument", () => {
      device.scope(() => {
        const x = device.zeros([1, 2, 4, 4], "float32");
        const refuses = (run: () => unknown, argument: string) =>
          expect(run, argument).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => maxPool(x, { window: 2, padding: 2 }), "pooling: options.padding");
        refuses(() => maxPool(x, { window: [5, 1] }), "convolution: filter");
        refuses(() => maxPool(x, { window: 0 }), "maxPool: options.window");
        refuses(() => averagePool(x, { window: 2, stride: 0.5 }), "averagePool: options.stride");
        refuses(() => maxPool(device.zeros([1, 2, 4], "int32"), { window: 2 }), "maxPool: x");
        refuses(() => averagePool(device.zeros([1, 2, 4], "int32"), { window: 2 }), "averagePool: x");
        refuses(() => averagePool(device.zeros([2, 4], "float32"), { window: [] }), "pooling: x");
        refuses(() => resize(x, [4]), "resize: extents");
        refuses(() => resize(x, [4, 0]), "resize: extents");
        refuses(() => resize(device.zeros([4, 4], "float32"), []), "resize: x");
        refuses(() => pixelShuffle(x, 2), "pixelShuffle: x");
        refuses(() => pixelUnshuffle(x, 3), "pixelUnshuffle: x");
        refuses(() => pixelUnshuffle(x, 0), "pixelUnshuffle: factor");
      });
    });
  });
