import {
  type Device,
  InvalidInputError,
  key,
  matmul,
  normal,
  openDevice,
  referenceArray,
  type Tensor,
} from "@ansatz/tensor";
import { expectAllClose, testDerivatives, testDevices } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  circulantPreconditioner,
  circulantProduct,
  conjugateGradient,
  solveCirculant,
  toeplitzOperator,
  toeplitzProduct,
} from "../index.ts";

function wave(n: number, phase: number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: n }, (_, k) => Math.sin(phase + k * k) / (1 + k));
}

function dense(rows: number, columns: number, at: (i: number, j: number) => number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: rows * columns }, (_, k) => at(Math.floor(k / columns), k % columns));
}

// TensorFlow.js has no float64 and no transforms along an axis of our choosing.
const devices = (await testDevices()).filter(({ label }) => label !== "tensorflow");

for (const { label, open } of devices)
  describe(`structured matrices on ${label}`, () => {
    let device: Device;
    let tolerance: number;
    beforeAll(async () => {
      device = await open();
      tolerance = device.defaultFloat === "float64" ? 1e-13 : 2e-5;
    });
    afterAll(() => device.dispose());
    const upload = (values: Float64Array<ArrayBuffer>, shape: readonly number[] = [values.length]) =>
      device.tensor(values, shape, device.defaultFloat);

    it.each([1, 2, 7, 12, 33])("multiplies and solves with circulant matrices of %i rows", async (n) => {
      using column = upload(wave(n, 1).map((value, k) => (k === 0 ? 3 : value)));
      const values = await column.data();
      using matrix = upload(
        dense(n, n, (i, j) => values[(i - j + n) % n]),
        [n, n],
      );
      using x = normal(key(n), [n, 3], { device, dtype: device.defaultFloat });
      using product = circulantProduct(column, x);
      using expected = matmul(matrix, x);
      expectAllClose(await product.data(), await expected.data(), { absolute: tolerance, relative: tolerance });
      using back = solveCirculant(column, product);
      expectAllClose(await back.data(), await x.data(), { absolute: 4 * tolerance, relative: tolerance });
    });

    it.each([
      [1, 1],
      [1, 5],
      [6, 1],
      [7, 4],
      [20, 33],
    ])("multiplies with Toeplitz matrices of %i × %i and their transposes", async (m, n) => {
      const [first, second] = [wave(m, 1), wave(n, 2)];
      using column = upload(first);
      using row = upload(second);
      const at = (i: number, j: number) => (i >= j ? first[i - j] : second[j - i]);
      using matrix = upload(dense(m, n, at), [m, n]);
      using x = normal(key(m), [n], { device, dtype: device.defaultFloat });
      using product = toeplitzProduct(column, row, x);
      using expected = matmul(matrix, x.reshape([n, 1]));
      expectAllClose(await product.data(), await expected.data(), { absolute: tolerance, relative: tolerance });
      using y = normal(key(n), [m], { device, dtype: device.defaultFloat });
      using transposed = toeplitzOperator(column, row).applyTranspose!(y);
      using other = matmul(matrix, y.reshape([m, 1]), { transposeA: true });
      expectAllClose(await transposed.data(), await other.data(), { absolute: tolerance, relative: tolerance });
    });

    it("refuses what does not fit", () => {
      using column = upload(wave(3, 1));
      using other = upload(wave(4, 1));
      using matrix = upload(wave(4, 1), [2, 2]);
      expect(() => circulantProduct(column, other)).toThrow(InvalidInputError);
      expect(() => circulantProduct(matrix, other)).toThrow(InvalidInputError);
      expect(() => toeplitzProduct(column, other, column)).toThrow(InvalidInputError);
      expect(() => circulantPreconditioner(column, other)).toThrow(InvalidInputError);
    });
  });

it("solves Toeplitz systems in few iterations, as many for 1024 unknowns as for 128", async () => {
  await using device = await openDevice("cpu");
  const counts: number[] = [];
  for (const n of [128, 1024]) {
    using column = device.tensor(Float64Array.from({ length: n }, (_, k) => (1 + k) ** -1.1));
    using b = device.full([n], 1, "float64");
    const preconditioner = circulantPreconditioner(column, column);
    const operator = toeplitzOperator(column, column);
    const { x, iterations, reason, residual } = await conjugateGradient(operator, b, { preconditioner });
    x.dispose();
    expect(reason).toBe("converged");
    expect(residual).toBeLessThan(1e-9);
    counts.push(iterations);
  }
  expect(counts[0]).toBeLessThan(12);
  expect(counts[1]).toBeLessThanOrEqual(counts[0] + 1);
});

await testDerivatives(
  "toeplitzProduct",
  (column: Tensor, row: Tensor, x: Tensor) => toeplitzProduct(column, row, x),
  [
    referenceArray("float64", [4], wave(4, 1)),
    referenceArray("float64", [3], wave(3, 2)),
    referenceArray("float64", [3, 2], wave(6, 3)),
  ],
  { devices: [] },
);
