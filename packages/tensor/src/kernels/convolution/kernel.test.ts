import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { openDevice } from "../../device/open.ts";
import { vmap } from "../../differentiation/batching.ts";
import { grad } from "../../differentiation/transforms.ts";
import { InvalidInputError } from "../../errors.ts";
import { type ReferenceArray, referenceArray, toHostArray } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { expectAllClose, testDerivatives, testDevices, testKernel } from "../../testing/index.ts";
import { square } from "../map/unary.ts";
import { sum } from "../reduce/index.ts";
import {
  type ConvolutionOptions,
  type ConvolutionProduct,
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
  depthwise: [[1, 3, 5, 6], [3, 1, 3, 3], { groups: 3, padding: 1 }],
};
for (const [name, [x, filter, options]] of Object.entries(DERIVATIVES)) {
  await testDerivatives(`convolution, ${name}`, (a, b) => convolution(a, b, options), [waves(x, 1), waves(filter, 2)]);
}
await testDerivatives(
  "transposed convolution",
  (a, b) => transposedConvolution(a, b, { stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
  [waves([1, 4, 3, 3], 1), waves([4, 1, 3, 3], 2)],
);

it("gives the same bits whatever the number of threads", async () => {
  await using one = await openDevice("cpu", { threads: 1 });
  await using three = await openDevice("cpu", { threads: 3 });
  const options = { stride: [1, 1], dilation: [1, 1], padding: [1, 1].map((each) => [each, each] as const), groups: 1 };
  const [x, filter, cotangent] = [waves([2, 20, 30, 31], 1), waves([12, 20, 3, 3], 2), waves([2, 12, 30, 31], 3)];
  const calls = {
    forward: [x, filter],
    inputGradient: [cotangent, filter],
    filterGradient: [x, cotangent],
  } as const;
  const results = async (device: Device, product: ConvolutionProduct) => {
    const extents = product === "inputGradient" ? [30, 31] : [3, 3];
    const result = device.scope(() => {
      const inputs = calls[product].map((array) => device.tensor(toHostArray(array), array.shape));
      return convolutionKernel.run(inputs, { ...options, product, extents })[0];
    });
    const values = await result.data();
    result.dispose();
    return values;
  };
  // Threads start in the background at the first call that wants them.
  await results(three, "forward");
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (const product of ["forward", "inputGradient", "filterGradient"] as const)
    expect(await results(three, product), product).toEqual(await results(one, product));
});

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

    it("does many examples at once as one by one, with filters of their own or shared, and their gradients", async () => {
      const examples = 3;
      const options = { stride: 2, padding: 1, groups: 2 };
      const inputs = [waves([2, 4, 5, 6], 1), waves([6, 2, 3, 3], 2)].map(({ shape }, index) => ({
        own: waves([examples, ...shape], index),
        shape,
      }));
      const functions: Readonly<Record<string, (x: Tensor, filter: Tensor) => Tensor>> = {
        convolution: (x, filter) => convolution(x, filter, options),
        "gradient in x": (x, filter) => grad((at: Tensor) => sum(square(convolution(at, filter, options))))(x),
        "gradient in the filter": (x, filter) => grad((at: Tensor) => sum(square(convolution(x, at, options))))(filter),
      };
      for (const [name, f] of Object.entries(functions))
        for (const varying of [[0], [1], [0, 1]]) {
          const of = (input: number, example: number) => {
            const { own, shape } = inputs[input];
            const first = (varying.includes(input) ? example : 0) * sizeOf(shape);
            return device.tensor(Float32Array.from(own.data.subarray(first, first + sizeOf(shape))), shape);
          };
          const all = inputs.map(({ own }) => device.tensor(Float32Array.from(own.data), own.shape));
          const together = device.scope(() => {
            const shared = [of(0, 0), of(1, 0)];
            const at = (given: Tensor[]) =>
              f(...(shared.map((each, input) => given[varying.indexOf(input)] ?? each) as [Tensor, Tensor]));
            return vmap(at)(varying.map((input) => all[input]));
          });
          const values = await together.data();
          for (let example = 0; example < examples; example++) {
            const one = device.scope(() => f(of(0, example), of(1, example)));
            const expected = await one.data();
            const actual = values.subarray(example * one.size, (example + 1) * one.size);
            // Sums of up to 60 products below 10, in two orders.
            expectAllClose(actual, expected, { relative: 1e-5, absolute: 1e-4 }, `${name}, ${varying}, ${example}`);
            one.dispose();
          }
          for (const each of [...all, together]) each.dispose();
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
