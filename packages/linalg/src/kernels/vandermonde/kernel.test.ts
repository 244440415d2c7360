import { InvalidInputError, openDevice, referenceArray, type Tensor } from "@ansatz/tensor";
import { caseRandom, expectAllClose, testDerivatives, testDevices, testKernel } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { exponentialMoments, exponentialSum, transposedVandermondeKernel, vandermondeKernel } from "./index.ts";

await testKernel(vandermondeKernel);
await testKernel(transposedVandermondeKernel);

const exponents = referenceArray("complex128", [2, 2], [-0.3, 0.8, -0.1, -1.7, -0.5, 2.2, -0.05, 0.3]);
const options = { devices: ["webgpu"] as const };
await testDerivatives(
  "exponentialSum",
  (z, w) => exponentialSum(z, w, 5),
  [exponents, caseRandom(1).array([2, 2], "complex128")],
  options,
);
await testDerivatives(
  "exponentialMoments",
  (z, k) => exponentialMoments(z, k),
  [exponents, caseRandom(2).array([2, 5], "float64")],
  options,
);

const complexDevices = (await testDevices()).filter(({ dtypes }) => dtypes.includes("complex64"));

describe("exponentialSum", () => {
  it("passes NaN and infinities of the weights and infinite decay on", async () => {
    await using device = await openDevice("cpu");
    const of = async (z: number[], w: number[]) => {
      using nodes = device.tensor(z, [z.length / 2], "complex128");
      using weights = device.tensor(w, [w.length / 2], "complex128");
      using y = exponentialSum(nodes, weights, 3);
      return [...(await y.data())];
    };
    expect(await of([-1, 0], [Number.NaN, 0])).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(await of([Number.NEGATIVE_INFINITY, 0], [2, 0])).toEqual([2, 0, 0]);
    expect((await of([-1, 0], [Number.POSITIVE_INFINITY, 0]))[1]).toBe(Number.POSITIVE_INFINITY);
  });

  it("refuses what does not fit, naming the argument", async () => {
    await using device = await openDevice("cpu");
    device.scope(() => {
      const z = device.zeros([2, 3], "complex64");
      const refuses = (run: () => unknown, argument: string) =>
        expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
      refuses(() => exponentialSum(device.zeros([3], "float32"), z, 4), "exponentialSum: exponents");
      refuses(() => exponentialSum(z, device.zeros([3], "complex64"), 4), "exponentialSum: weights");
      refuses(() => exponentialSum(z, z, 1.5), "exponentialSum: length");
      refuses(() => exponentialMoments(z, device.zeros([3, 5], "float32")), "exponentialMoments: coefficients");
      refuses(() => exponentialMoments(z, device.zeros([2, 5], "float64")), "exponentialMoments: coefficients");
    });
  });

  for (const { label, open, dtypes } of complexDevices)
    it(`keeps its accuracy far out on ${label}`, async () => {
      await using device = await open();
      const isDouble = dtypes.includes("complex128");
      const round = isDouble ? (x: number) => x : Math.fround;
      // A hundred thousand turns on the unit circle: only an exact phase stays there.
      const z = [0, round(3.0123456789), 0, round(-100.98765)];
      const length = 1 << 15;
      using nodes = device.tensor(z, [2, 1], isDouble ? "complex128" : "complex64");
      using weights = device.tensor([1, 0, 1, 0], [2, 1], isDouble ? "complex128" : "complex64");
      using y: Tensor = exponentialSum(nodes, weights, length);
      const expected = z.filter((_, k) => k % 2).flatMap((im) => Array.from({ length }, (_, l) => Math.cos(l * im)));
      // Float64 phases of 3 · 10⁶ have errors of half a unit; integer phases of five parts of 2⁻³² of a turn, times l.
      const absolute = isDouble ? 2e-9 : 5 * length * Math.PI * 2 ** -31 + 2e-6;
      expectAllClose(await y.data(), expected, { relative: 0, absolute });
    });
});
