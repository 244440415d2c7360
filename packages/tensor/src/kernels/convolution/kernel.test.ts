import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { InvalidInputError } from "../../errors.ts";
import { type ReferenceArray, referenceArray } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { expectAllClose, testDerivatives, testDevices, testKernel } from "../../testing/index.ts";
import {
  type ConvolutionOptions,
  convolution,
  convolutionKernel,
  type TransposedConvolutionOptions,
  transposedConvolution,
} from "./index.ts";
import golden from "./torch.json" with { type: "json" };

await testKernel(convolutionKernel);

function waves(shape: Shape, start: number): ReferenceArray {
  return referenceArray(
    "float64",
    shape,
    Array.from({ length: sizeOf(shape) }, (_, k) => 0.7 * Math.sin(1.7 * k + start)),
  );
}

const DERIVATIVES: Readonly<Record<string, readonly [x: Shape, filter: Shape, options: ConvolutionOptions]>> = {
  "one axis": [[2, 2, 6], [3, 2, 3], {}],
  "strided, padded": [[1, 2, 6, 5], [2, 2, 3, 2], { stride: [2, 1], padding: 1 }],
  "dilated, in groups": [[1, 4, 6, 5], [2, 2, 2, 2], { dilation: [2, 1], groups: 2, padding: "same" }],
  "three axes": [[1, 1, 3, 4, 3], [2, 1, 2, 2, 2], { stride: [1, 2, 1] }],
};
for (const [name, [x, filter, options]] of Object.entries(DERIVATIVES)) {
  await testDerivatives(`convolution, ${name}`, (a, b) => convolution(a, b, options), [waves(x, 1), waves(filter, 2)]);
}
await testDerivatives(
  "transposed convolution",
  (a, b) => transposedConvolution(a, b, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
  [waves([1, 4, 3, 3], 1), waves([4, 1, 3, 3], 2)],
);

for (const { label, open } of await testDevices())
  describe(`convolution on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("gives what PyTorch gives", async () => {
      for (const { name, operation, x, filter, options, shape, values } of golden.cases) {
        using input = device.tensor(Float32Array.from(x.values), x.shape);
        using weights = device.tensor(Float32Array.from(filter.values), filter.shape);
        using result =
          operation === "convolution"
            ? convolution(input, weights, options as ConvolutionOptions)
            : transposedConvolution(input, weights, options as TransposedConvolutionOptions);
        expect(result.shape, name).toEqual(shape);
        // A few dozen products of numbers below 2, in float32.
        expectAllClose(await result.data(), values, { relative: 1e-5, absolute: 1e-5 }, name);
      }
    });

    it("pads so that the result is as long as the input, the odd zero after", async () => {
      using x = device.tensor(Float32Array.of(1, 2, 3, 4), [1, 1, 4]);
      using filter = device.tensor(Float32Array.of(1, 10), [1, 1, 2]);
      using same = convolution(x, filter, { padding: "same" });
      expect([...(await same.data())]).toEqual([21, 32, 43, 4]);
      using strided = convolution(x, filter, { padding: "same", stride: 3 });
      expect([...(await strided.data())]).toEqual([21, 4]);
    });

    it("refuses what does not fit, naming the argument", () => {
      device.scope(() => {
        const x = device.zeros([2, 4, 5, 5], "float32");
        const filter = device.zeros([3, 4, 3, 3], "float32");
        const refuses = (run: () => unknown, argument: string) =>
          expect(run, argument).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
        refuses(() => convolution(x, device.zeros([3, 4, 3], "float32")), "convolution: filter");
        refuses(() => convolution(x, device.zeros([3, 2, 3, 3], "float32")), "convolution: x");
        refuses(() => convolution(x, device.zeros([3, 4, 6, 3], "float32")), "convolution: filter");
        refuses(() => convolution(x, device.zeros([3, 4, 0, 3], "float32")), "convolution: filter");
        refuses(() => convolution(x, filter, { groups: 2 }), "convolution: filter");
        refuses(() => convolution(x, filter, { groups: 0 }), "convolution: options.groups");
        refuses(() => convolution(x, filter, { stride: 0 }), "convolution: options.stride");
        refuses(() => convolution(x, filter, { stride: [1] }), "convolution: options.stride");
        refuses(() => convolution(x, filter, { dilation: 1.5 }), "convolution: options.dilation");
        refuses(() => convolution(x, filter, { padding: [1, -1] }), "convolution: options.padding");
        refuses(() => convolution(device.zeros([4, 5], "float32"), filter), "convolution: x");
        refuses(() => convolution(device.zeros([2, 4, 5, 5], "int32"), filter as never), "convolution: x");
        refuses(() => transposedConvolution(x, filter), "convolution: cotangent");
        refuses(
          () => transposedConvolution(x, device.zeros([4, 1, 3, 3], "float32"), { outputPadding: 1 }),
          "transposedConvolution: options.outputPadding",
        );
        refuses(
          () => transposedConvolution(x, device.zeros([4, 1, 1, 1], "float32"), { padding: 3 }),
          "transposedConvolution: options.padding",
        );
      });
    });
  });
