import { expect, it } from "vitest";
import { openDevice } from "../../device/open.ts";
import { grad } from "../../differentiation/transforms.ts";
import { referenceArray } from "../../kernel.ts";
import type { Tensor } from "../../tensor.ts";
import { caseRandom, testDerivatives } from "../../testing/index.ts";
import { multiply } from "../map/binary.ts";
import { prod, sum } from "./index.ts";

const random = caseRandom(1).array([2, 3, 5], "float64");
await testDerivatives("prod along the last axis", (x) => prod(x, { axes: 2 }), [random]);
await testDerivatives("prod along a middle axis", (x) => prod(x, { axes: 1, keepDimensions: true }), [random]);
await testDerivatives("prod over two axes with another between", (x) => prod(x, { axes: [0, 2] }), [random]);
await testDerivatives("prod over all axes", (x) => prod(x), [caseRandom(2).array([2, 3], "float64")]);
await testDerivatives("prod over no axes", (x) => prod(x, { axes: [] }), [caseRandom(3).array([3], "float64")]);
const zeros = referenceArray("float64", [4, 4], [0, 2, 3, -1, 0, 0.5, 0, 2, 0, 0, 0, 1, 1, -2, 0.5, 3]);
await testDerivatives("prod of lines with no, one, two and three zeros", (x) => prod(x, { axes: 1 }), [zeros]);

it("derivatives of prod at zeros are the products of the others", async () => {
  await using device = await openDevice("cpu");
  const gradientAt = async (values: readonly number[]) => {
    using x = device.tensor(Float64Array.from(values));
    using gradient = grad((each: Tensor) => prod(each))(x);
    return [...(await gradient.data())];
  };
  expect(await gradientAt([2, 0, 3, 5])).toEqual([0, 30, 0, 0]);
  expect(await gradientAt([2, 0, 3, 0])).toEqual([0, 0, 0, 0]);
  expect(await gradientAt([7])).toEqual([1]);
  // ∂²/∂x₁∂x₃ of a product whose second and fourth element are 0 is the product of the others.
  using x = device.tensor(Float64Array.of(2, 0, 3, 0));
  using second = grad((each: Tensor) => {
    const weights = device.tensor(Float64Array.of(0, 1, 0, 0));
    return sum(multiply(grad((inner: Tensor) => prod(inner))(each), weights));
  })(x);
  expect([...(await second.data())]).toEqual([0, 0, 0, 6]);
});
