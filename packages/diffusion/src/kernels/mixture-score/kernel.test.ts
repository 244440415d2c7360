import { openDevice, referenceArray, type Tensor, vmap } from "@ansatz/tensor";
import { expectAllClose, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { mixtureScoreKernel } from "./index.ts";

await testKernel(mixtureScoreKernel);

const options = {
  weights: [0.2, 0.5, 0.3],
  variances: [0.3, 0.09, 0],
  alpha: 0.8,
  sigma: 0.6,
  prediction: "noise" as const,
};
const MEANS = referenceArray("float64", [3, 2], [2, 0, -1, 1.5, -0.5, -2]);
const STATES = referenceArray("float64", [4, 2], [0.1, -0.4, 1.5, 0.3, -0.7, 0.9, 0.2, 0.6]);

await testDerivatives("the mean noise of a mixture", (x, means) => mixtureScoreKernel.run([x, means], options)[0], [
  STATES,
  MEANS,
]);
await testDerivatives("the log density of a mixture", (x, means) => mixtureScoreKernel.run([x, means], options)[1], [
  STATES,
  MEANS,
]);

describe("mixture-score", () => {
  it("has the gradient of ln p as its score", async () => {
    await using device = await openDevice("cpu");
    const means = device.tensor(Float64Array.from(MEANS.data), MEANS.shape, "float64");
    const at = async (values: number[]) =>
      (await mixtureScoreKernel.run([device.tensor(values, [1, 2], "float64"), means], options)[1].data())[0];
    const score = await mixtureScoreKernel
      .run([device.tensor([0.3, 0.2], [1, 2], "float64"), means], { ...options, prediction: "score" })[0]
      .data();
    const h = 1e-5;
    const differences = [
      ((await at([0.3 + h, 0.2])) - (await at([0.3 - h, 0.2]))) / (2 * h),
      ((await at([0.3, 0.2 + h])) - (await at([0.3, 0.2 - h]))) / (2 * h),
    ];
    // Central differences: h² and rounding of 1e-16 / h.
    expectAllClose(score, Float64Array.from(differences), { relative: 1e-8, absolute: 1e-9 });
  });

  it("keeps its digits in float32 where the noise is small beside the data", async () => {
    await using device = await openDevice("cpu");
    // Two points far from 0, and near each other for their distance from it: products of 1000² would have lost what distinguishes them.
    const values = [1000, 1000, 1000.25, 1000];
    const small = { weights: [0.5, 0.5], variances: [0, 0], alpha: 1, sigma: 0.125, prediction: "data" as const };
    const of = async (dtype: "float32" | "float64") =>
      Array.from(
        await mixtureScoreKernel
          .run([device.tensor([1000.0625, 1000], [1, 2], dtype), device.tensor(values, [2, 2], dtype)], small)[0]
          .data(),
      );
    const [single, double] = [await of("float32"), await of("float64")];
    for (const [k, value] of single.entries()) expect(Math.abs(value - double[k])).toBeLessThan(1e-3);
    expect(double[0]).toBeGreaterThan(1000.001);
  });

  it("predicts for each example of vmap as it does alone", async () => {
    await using device = await openDevice("cpu");
    const x = device.tensor(Float64Array.from(STATES.data), [2, 2, 2], "float64");
    const means = device.tensor(Float64Array.from(MEANS.data), MEANS.shape, "float64");
    const together = await vmap((each: Tensor) => mixtureScoreKernel.run([each, means], options)[0])(x).data();
    const alone = await mixtureScoreKernel.run([x.reshape([4, 2]), means], options)[0].data();
    expect(Array.from(together)).toEqual(Array.from(alone));
  });

  it("refuses what is no mixture, naming the part", async () => {
    await using device = await openDevice("cpu");
    const x = device.zeros([4, 2], "float64");
    const means = device.zeros([3, 2], "float64");
    const run = (changes: object) => () => mixtureScoreKernel.run([x, means], { ...options, ...changes });
    expect(run({ weights: [1, 2] })).toThrow(/weights/);
    expect(run({ variances: [1] })).toThrow(/variances/);
    expect(run({ weights: [0.5, 0, 0.5] })).toThrow(/component 1/);
    expect(run({ sigma: 0 })).toThrow(/component 2/);
    expect(run({ alpha: Number.NaN })).toThrow(/alpha/);
    expect(() => mixtureScoreKernel.run([x, device.zeros([3, 3], "float64")], options)).toThrow(/means/);
    expect(() => mixtureScoreKernel.run([x, device.zeros([3, 2], "float32")], options)).toThrow(/means/);
    expect(() => mixtureScoreKernel.run([device.zeros([4], "float64"), means], options)).toThrow(/\bx\b/);
  });
});
