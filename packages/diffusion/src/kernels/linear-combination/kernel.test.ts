import { openDevice, referenceArray, slice, type Tensor, vmap } from "@ansatz/tensor";
import { expectAllClose, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { dimensionCombinationKernel } from "./dimensions.ts";
import { linearCombination, linearCombinationKernel, linearCombinationPair } from "./index.ts";

await testKernel(linearCombinationKernel);
await testKernel(dimensionCombinationKernel);

const wave = (shape: readonly number[], phase: number) =>
  referenceArray(
    "float64",
    shape,
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => Math.sin(index + phase)),
  );

await testDerivatives(
  "a linear combination of three tensors",
  (...tensors) => linearCombination([0.5, -1, 2], tensors),
  [wave([2, 3], 0), wave([2, 3], 1), wave([2, 3], 2)],
);

await testDerivatives(
  "two linear combinations of the same tensors",
  (a, b) => {
    const [first, second] = linearCombinationPair([1, 2], [-3, 0.5], [a, b]);
    return linearCombination([1, 1], [first, second]);
  },
  [wave([5], 0), wave([5], 1)],
);

await testDerivatives(
  "a linear combination with coefficients for each dimension",
  (coefficients, a, b) => linearCombination(coefficients, [a, b]),
  [wave([2, 6], 0), wave([4, 2, 3], 1), wave([4, 2, 3], 2)],
);

describe("linearCombination", () => {
  it("refuses what has no sum, naming the argument", async () => {
    await using device = await openDevice("cpu");
    const a = device.zeros([2, 3], "float32");
    const b = device.zeros([3, 2], "float32");
    const c = device.zeros([2, 3], "float64");
    expect(() => linearCombination([1, 2], [a, b])).toThrow(/tensors\[1\]/);
    expect(() => linearCombination([1, 2], [a, c])).toThrow(/tensors\[1\].*float32/);
    expect(() => linearCombination([1], [a, a])).toThrow(/coefficients/);
    expect(() => linearCombination([1, Number.NaN], [a, a])).toThrow(/coefficients\[1\]/);
    expect(() => linearCombination(new Array(9).fill(1), new Array(9).fill(a))).toThrow(/tensors/);
    expect(() => linearCombination([], [])).toThrow(/inputs/);
    expect(() => linearCombination(device.zeros([2, 4], "float32"), [a, a])).toThrow(/coefficients/);
    expect(() => linearCombination(device.zeros([2, 3], "float64"), [a, a])).toThrow(/coefficients/);
  });

  it("writes over one of its tensors", async () => {
    await using device = await openDevice("cpu");
    const a = device.tensor(Float64Array.from({ length: 101 }, (_, k) => k));
    const b = device.full([101], 2, "float64");
    linearCombinationKernel.runInto([a, b], [a, b], {
      coefficients: [
        [1, 1],
        [1, -1],
      ],
    });
    expect(Array.from(await a.data())).toEqual(Array.from({ length: 101 }, (_, k) => k + 2));
    expect(Array.from(await b.data())).toEqual(Array.from({ length: 101 }, (_, k) => k - 2));
  });

  it("combines each example of vmap as it does alone", async () => {
    await using device = await openDevice("cpu");
    const x = device.tensor(
      Float64Array.from({ length: 24 }, (_, k) => Math.sin(k)),
      [3, 2, 4],
    );
    const shared = device.tensor(
      Float64Array.from({ length: 8 }, (_, k) => Math.cos(k)),
      [2, 4],
    );
    const coefficients = device.tensor(
      Float64Array.from({ length: 8 }, (_, k) => k - 3),
      [2, 4],
    );
    const numbers = (each: Tensor) => linearCombination([2, -1], [each, shared]);
    const dimensions = (each: Tensor) => linearCombination(coefficients, [each, each]);
    for (const f of [numbers, dimensions]) {
      const together = await vmap(f)(x).data();
      for (let k = 0; k < 3; k++) {
        const alone = await f(slice(x, [[k, k + 1]]).reshape([2, 4])).data();
        expectAllClose(together.slice(8 * k, 8 * k + 8), alone, { relative: 0, absolute: 0 });
      }
    }
  });
});
