import { describe, expect, it } from "vitest";
import { openDevice } from "../../device/open.ts";
import { vmap } from "../../differentiation/batching.ts";
import { grad } from "../../differentiation/transforms.ts";
import { InvalidInputError, UnsupportedError } from "../../errors.ts";
import { referenceArray } from "../../kernel.ts";
import type { Tensor } from "../../tensor.ts";
import { expectAllClose, testDerivatives, testKernel } from "../../testing/index.ts";
import { sum } from "../reduce/index.ts";
import { besselRatioI, besselRatioK, logBesselI, logBesselK, logBesselKernel } from "./index.ts";

await testKernel(logBesselKernel);

// A software GPU takes seconds to compile each shader; these two use all of them.
const everywhere = { devices: ["webgpu"] } as const;
const onCpu = { devices: [] } as const;

// One point for each expression; U_K's orders are below 60, where values are small enough for finite differences.
const point = [referenceArray("float64", [2, 3], [0.5, 3, 14, 33, 46, 62])];
const orders = [0, 3, 14, 22, 58, 4];
const inX = (f: (order: Tensor, x: Tensor) => Tensor) => (x: Tensor) => {
  return f(x.device.tensor(orders, [2, 3], x.dtype), x);
};
await testDerivatives("log I, an order for each argument", inX(logBesselI), point, everywhere);
await testDerivatives("log K, an order for each argument", inX(logBesselK), point, everywhere);
await testDerivatives("log I of order 2", (x) => logBesselI(2, x), point, onCpu);
await testDerivatives("log I of order 0", (x) => logBesselI(0, x), point, onCpu);
await testDerivatives("log K of order −2.5", (x) => logBesselK(-2.5, x), point, onCpu);
await testDerivatives("the ratio of I", (x) => besselRatioI(1.5, x), point, onCpu);
await testDerivatives("the ratio of K", (x) => besselRatioK(1.5, x), point, onCpu);

describe("log-bessel", () => {
  it("is elementary for an order of a half", () => {
    for (const x of [1e-3, 0.7, 12, 40, 900]) {
      const factor = 0.5 * Math.log(2 / (Math.PI * x));
      const logSinh = x + Math.log1p(-Math.exp(-2 * x)) - Math.LN2;
      // The closed form itself loses a few ulp of its parts.
      expectAllClose([logBesselI(0.5, x)], [logSinh + factor], { relative: 1e-15, absolute: 8e-15 });
      const logK = 0.5 * Math.log(Math.PI / (2 * x)) - x;
      expectAllClose([logBesselK(0.5, x)], [logK], { relative: 1e-15, absolute: 2e-15 });
      expectAllClose([besselRatioK(0.5, x)], [1 + 1 / x], { relative: 2e-15, absolute: 0 });
      expectAllClose([besselRatioI(0.5, x)], [1 / Math.tanh(x) - 1 / x], { relative: 2e-15, absolute: 2 ** -51 / x });
    }
  });

  it("has no derivative in the order, and says so", async () => {
    await using device = await openDevice("cpu");
    device.scope(() => {
      const order = device.tensor(Float64Array.of(2));
      const x = device.tensor(Float64Array.of(3));
      expect(() => grad((v: Tensor) => sum(logBesselI(v, x)))(order)).toThrow(UnsupportedError);
      expect(() => grad((at: Tensor) => sum(logBesselI(order, at)))(x)).not.toThrow();
    });
  });

  it("runs examples at once", async () => {
    await using device = await openDevice("cpu");
    using x = device.tensor(Float64Array.of(1, 2, 3, 40, 50, 60), [2, 3]);
    using order = device.tensor(Float64Array.of(0, 1, 20));
    using y = vmap((each: Tensor) => logBesselI(order, each))(x) as Tensor;
    const expected = [1, 2, 3, 40, 50, 60].map((value, at) => logBesselI([0, 1, 20][at % 3], value));
    expectAllClose(await y.data(), expected, { relative: 1e-14, absolute: 1e-15 });
  });

  it("gives the same bits whatever the number of threads, beyond one slab", async () => {
    await using one = await openDevice("cpu", { threads: 1 });
    await using three = await openDevice("cpu", { threads: 3 });
    const values = Float64Array.from({ length: 150_001 }, (_, at) => 1e-3 * (at + 1));
    const results = [];
    for (const device of [one, three]) {
      using x = device.tensor(values);
      using y = logBesselK(7.5, x);
      results.push(await y.data());
    }
    expect(results[1]).toEqual(results[0]);
    expectAllClose([results[0][123_456]], [logBesselK(7.5, values[123_456])], { relative: 1e-15, absolute: 0 });
  });

  it("refuses what it cannot take, naming the argument", async () => {
    await using device = await openDevice("cpu");
    device.scope(() => {
      const refuses = (run: () => unknown, argument: string) =>
        expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
      const x = device.zeros([2], "float64");
      refuses(() => logBesselI(1, device.zeros([2], "int32")), "log-bessel: x");
      refuses(() => logBesselI(device.zeros([2], "float32") as Tensor, x as Tensor), "log-bessel: order");
      refuses(() => logBesselI(device.zeros([3], "float64"), x), "log-bessel: shapes");
      refuses(() => logBesselI(1, -1), "logBesselI: x");
      refuses(() => logBesselI(1, Number.NaN), "logBesselI: x");
      refuses(() => logBesselI(-0.5, 1), "logBesselI: order");
      refuses(() => besselRatioK(-1, 1), "besselRatioK: order");
      refuses(() => logBesselI(x as never, 1), "logBesselI: x");
      expect(logBesselI(-2, 3)).toBe(logBesselI(2, 3));
      expect(logBesselK(-0.5, 3)).toBe(logBesselK(0.5, 3));
    });
  });
});
