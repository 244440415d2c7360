import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { openDevice } from "../../device/open.ts";
import type { FloatDType } from "../../dtype.ts";
import { InvalidInputError } from "../../errors.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { caseRandom, expectAllClose, testDerivatives, testKernel } from "../../testing/index.ts";
import { complex } from "../complex-parts/index.ts";
import { matmul, matmulKernel } from "./index.ts";
import type { MatmulOptions } from "./options.ts";

await testKernel(matmulKernel);

for (const [transposeA, transposeB] of [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
]) {
  const shapes = [[2, ...(transposeA ? [3, 2] : [2, 3])], transposeB ? [2, 3] : [3, 2]];
  await testDerivatives(
    `the product of complex matrices, transposed: ${transposeA}, ${transposeB}`,
    (a, b) => matmul(a, b, { transposeA, transposeB }),
    shapes.map((shape, index) => caseRandom(index + 1).array(shape, "complex128")),
    { devices: ["webgpu"] },
  );
}

describe("matmul", () => {
  let device: Device;
  let threaded: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
    threaded = await openDevice("cpu", { threads: 3 });
    // Threads start in the background at the first call that wants them.
    threaded.scope(() => void matmul(threaded.zeros([200, 200], "float32"), threaded.zeros([200, 200], "float32")));
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  afterAll(async () => {
    await device.dispose();
    await threaded.dispose();
  });

  /** Values in [−1, 1] without a pattern; `caseRandom` takes too long for a million of them. */
  const scattered = (on: Device, shape: Shape, dtype: FloatDType, seed: number): Tensor<FloatDType> =>
    on.tensor(
      Float64Array.from({ length: sizeOf(shape) }, (_, index) => Math.sin(seed + index * index)),
      shape,
      dtype,
    );

  const refused = (aShape: Shape, bShape: Shape, options: Partial<MatmulOptions> = {}): InvalidInputError => {
    try {
      device.scope(() => matmul(device.zeros(aShape, "float32"), device.zeros(bShape, "float32"), options));
    } catch (error) {
      if (error instanceof InvalidInputError) return error;
      throw error;
    }
    throw new Error("it was not refused");
  };

  it("names both shapes when the inner extents differ", () => {
    const { message } = refused([2, 3], [4, 5]);
    expect(message).toContain("as many columns in a as rows in b");
    expect(message).toContain("3 and 4, from [2,3] and [4,5]");
    expect(refused([3, 2], [3, 4], { transposeB: true }).message).toContain("2 and 4, from [3,2] and [3,4]");
    expect(refused([2, 3], [3, 4], { transposeA: true }).message).toContain("a transposed");
  });

  it("refuses operands with less than two axes, saying what to do", () => {
    expect(refused([3], [3, 4]).argument).toBe("matmul: a");
    expect(refused([2, 3], [3]).argument).toBe("matmul: b");
    expect(refused([2, 3], []).message).toContain("reshape a vector to one row or one column");
  });

  it("refuses batch axes that do not broadcast", () => {
    expect(refused([2, 3, 4], [3, 4, 5]).message).toContain("shapes that broadcast");
  });

  it("refuses integers, and operands of different dtypes", () => {
    const product = (a: Parameters<Device["zeros"]>[1], b: Parameters<Device["zeros"]>[1]) => () =>
      device.scope(() => matmul(device.zeros([2, 2], a), device.zeros([2, 2], b)));
    expect(product("int32", "int32")).toThrow("float32, float64 or complex");
    expect(product("float32", "float64")).toThrow("dtype float32, like a");
    expect(product("complex64", "float32")).toThrow("dtype complex64, like a");
  });

  it("does with a transpose flag what it does with the transposed matrix", async () => {
    const extent = fc.integer({ min: 1, max: 90 });
    await fc.assert(
      fc.asyncProperty(
        extent,
        extent,
        extent,
        fc.constantFrom<FloatDType>("float32", "float64"),
        async (m, k, n, dtype) => {
          using a = scattered(device, [m, k], dtype, 1);
          using b = scattered(device, [k, n], dtype, 2);
          using plain = matmul(a, b);
          using aTransposed = await transposed(device, a);
          using bTransposed = await transposed(device, b);
          const tolerance = matmulKernel.tolerance(dtype, [a, b], { transposeA: false, transposeB: false });
          const expected = await plain.data();
          for (const [x, y, options] of [
            [aTransposed, b, { transposeA: true }],
            [a, bTransposed, { transposeB: true }],
            [aTransposed, bTransposed, { transposeA: true, transposeB: true }],
          ] as const) {
            using product = matmul(x, y, options);
            expectAllClose(await product.data(), expected, tolerance, JSON.stringify(options));
          }
          using reversed = matmul(b, a, { transposeA: true, transposeB: true });
          using back = await transposed(device, reversed);
          expectAllClose(await back.data(), expected, tolerance, "(bᵀ aᵀ)ᵀ");
        },
      ),
      { numRuns: 40, seed: 1 },
    );
  });

  it("takes one tensor as both operands, and gives a symmetric result", async () => {
    using x = scattered(device, [40, 150], "float64", 3);
    using gram = matmul(x, x, { transposeB: true });
    using mirrored = await transposed(device, gram);
    expectAllClose(await gram.data(), await mirrored.data(), { relative: 0, absolute: 0 });
  });

  it("gives the same bits whatever the number of threads", async () => {
    for (const [m, k, n] of [
      [130, 140, 150],
      [30, 90, 1030],
      [700, 100, 31],
      [2, 300, 2050],
      [1, 900, 1201],
      [1200, 901, 1],
    ])
      for (const transposeB of [false, true]) {
        const values = await Promise.all(
          [device, threaded].map(async (on) => {
            using a = scattered(on, [m, k], "float32", 4);
            using b = scattered(on, transposeB ? [n, k] : [k, n], "float32", 5);
            using product = matmul(a, b, { transposeB });
            using complexProduct = on.scope(() => matmul(complex(a, a), complex(b, b), { transposeB }));
            return [await product.data(), await complexProduct.data()];
          }),
        );
        for (const part of [0, 1])
          expectAllClose(values[1][part], values[0][part], { relative: 0, absolute: 0 }, `[${m}, ${k}] [${k}, ${n}]`);
      }
  });

  it("cuts a B that is too large to be packed at once", async () => {
    const [m, k, n] = [133, 1100, 620];
    for (const on of [device, threaded]) {
      using a = scattered(on, [m, k], "float32", 6);
      using b = scattered(on, [k, n], "float32", 7);
      using product = matmul(a, b);
      const [x, y, z] = await Promise.all([a.data(), b.data(), product.data()]);
      for (let sample = 0; sample < 200; sample++) {
        const [i, j] = [(sample * 7) % m, (sample * 619) % n];
        let expected = 0;
        for (let step = 0; step < k; step++) expected += x[i * k + step] * y[step * n + j];
        expect(Math.abs(z[i * n + j] - expected)).toBeLessThan(4 * k * 2 ** -24);
      }
    }
  });
});

/** The transpose of a matrix, element by element on the host. */
async function transposed(device: Device, x: Tensor<FloatDType>): Promise<Tensor<FloatDType>> {
  const [rows, columns] = x.shape;
  const values = await x.data();
  const result = Float64Array.from(values, (_, index) => values[(index % rows) * columns + Math.floor(index / rows)]);
  return device.tensor(result, [columns, rows], x.dtype);
}
