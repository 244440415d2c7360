import { type Device, InvalidInputError, key, matmul, multiply, normal, openDevice, type Tensor } from "@ansatz/tensor";
import { expectAllClose, testDevices } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  arnoldi,
  eigen,
  factorSparseCholesky,
  gridLaplacian,
  type LinearOperator,
  lanczos,
  SparseOperator,
} from "../index.ts";

const SHAPE = [20, 13];
const SIZE = SHAPE[0] * SHAPE[1];

/** Eigenvalues of the grid's Laplacian, ascending. */
function exactValues(): number[] {
  const wave = (k: number, n: number) => 2 - 2 * Math.cos((Math.PI * (k + 1)) / (n + 1));
  const values: number[] = [];
  for (let i = 0; i < SHAPE[0]; i++)
    for (let j = 0; j < SHAPE[1]; j++) values.push(wave(i, SHAPE[0]) + wave(j, SHAPE[1]));
  return values.sort((a, b) => a - b);
}

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu");
});
afterAll(() => device.dispose());

describe("lanczos", () => {
  it("finds the ends of the spectrum, with orthonormal eigenvectors, and leaves nothing else behind", async () => {
    const exact = exactValues();
    using operator = SparseOperator.from(gridLaplacian(SHAPE), { device });
    const { bytes } = device.memory();
    for (const which of ["largest", "smallest", "largest-magnitude"] as const) {
      const { values, vectors, reason, residuals } = await lanczos(operator, { device, count: 5, which });
      expect(reason).toBe("converged");
      expect(residuals.every((residual) => residual <= 1e-10)).toBe(true);
      const expected = which === "smallest" ? exact.slice(0, 5) : exact.slice(-5).reverse();
      expectAllClose(values, Float64Array.from(expected), { absolute: 1e-10, relative: 0 });
      using moved = operator.apply(vectors);
      using scaled = multiply(vectors, device.tensor(values, [1, 5]));
      expectAllClose(await moved.data(), await scaled.data(), { absolute: 1e-8, relative: 0 });
      using gram = matmul(vectors, vectors, { transposeA: true });
      expectAllClose(
        await gram.data(),
        Float64Array.from({ length: 25 }, (_, k) => Number(k % 6 === 0)),
        { absolute: 1e-12, relative: 0 },
      );
      vectors.dispose();
    }
    // The row of eigenvalues in the product, once per selection.
    expect(device.memory().bytes - bytes).toBeLessThanOrEqual(3 * 64);
  });

  it("finds those nearest to a shift with the inverse as the operator", async () => {
    const exact = exactValues();
    using factors = await factorSparseCholesky(gridLaplacian(SHAPE), { device });
    const inverse: LinearOperator = { shape: [SIZE, SIZE], apply: (x) => factors.solve(x) };
    const { values, vectors, products } = await lanczos(inverse, { device, count: 4 });
    vectors.dispose();
    expectAllClose(
      values.map((value) => 1 / value),
      Float64Array.from(exact.slice(0, 4)),
      { absolute: 1e-11, relative: 0 },
    );
    expect(products).toBeLessThan(60);
  });

  it("finds all eigenvalues, and repeated ones, when the space is as large as the matrix", async () => {
    using a = device.tensor(Float64Array.of(2, 0, 0, 0, 2, 0, 0, 0, -3), [3, 3]);
    const { values, vectors, reason } = await lanczos(a, { count: 3 });
    vectors.dispose();
    expect(reason).toBe("converged");
    expectAllClose(values, Float64Array.of(-3, 2, 2), { absolute: 1e-14, relative: 0 });
  });

  it("depends on nothing but the seed, can be aborted, and says when it gives up", async () => {
    using operator = SparseOperator.from(gridLaplacian(SHAPE), { device });
    const [one, two] = [await lanczos(operator, { device, seed: 3 }), await lanczos(operator, { device, seed: 3 })];
    expect(one.values).toEqual(two.values);
    for (const { vectors } of [one, two]) vectors.dispose();
    const aborted = await lanczos(operator, { device, signal: AbortSignal.abort() });
    aborted.vectors.dispose();
    expect(aborted.reason).toBe("aborted");
    expect(aborted.values).toHaveLength(6);
    const given = await lanczos(operator, { device, which: "smallest", maximumRestarts: 0 });
    given.vectors.dispose();
    expect(given.reason).toBe("restarts");
    const broken: LinearOperator = { shape: [30, 30], apply: (x) => multiply(x, Number.NaN) };
    const failed = await lanczos(broken, { device });
    failed.vectors.dispose();
    expect(failed.reason).toBe("breakdown");
  });

  it("refuses what makes no sense", async () => {
    using a = device.zeros([3, 3], "float64");
    using wide = device.zeros([2, 3], "float64");
    const operator: LinearOperator = { shape: [3, 3], apply: (x) => x.alias() };
    for (const refused of [
      lanczos(wide),
      lanczos(a, { count: 0 }),
      lanczos(a, { count: 4 }),
      lanczos(a, { count: 2, subspace: 2 }),
      lanczos(a, { tolerance: -1 }),
      lanczos(a, { start: device.zeros([2], "float64") }),
      lanczos(operator),
    ])
      await expect(refused).rejects.toThrow(InvalidInputError);
  });
});

describe("arnoldi", () => {
  it("finds eigenvalues of a general matrix, conjugate pairs whole", async () => {
    const n = 120;
    using noise = normal(key(1), [n, n], { device, dtype: "float64" });
    const dense = eigen(noise);
    const all = await dense.values.data();
    const values = Array.from({ length: n }, (_, k) => [all[2 * k], all[2 * k + 1]] as const);
    for (const each of [dense.values, dense.vectors]) each.dispose();
    const ranks = {
      "largest-magnitude": ([re, im]: readonly [number, number]) => -Math.hypot(re, im),
      "largest-real": ([re]: readonly [number, number]) => -re,
      "smallest-real": ([re]: readonly [number, number]) => re,
      "largest-imaginary": ([, im]: readonly [number, number]) => -Math.abs(im),
    };
    for (const [which, rank] of Object.entries(ranks)) {
      const found = await arnoldi(noise, { count: 4, subspace: 40, which: which as keyof typeof ranks });
      expect(found.reason).toBe("converged");
      const expected = values
        .toSorted((a, b) => rank(a) - rank(b) || b[0] - a[0] || b[1] - a[1])
        .slice(0, found.values.length);
      expectAllClose(Float64Array.from(found.values.flat()), Float64Array.from(expected.flat()), {
        absolute: 1e-8,
        relative: 0,
      });
      expect(found.values.reduce((sum, [, im]) => sum + im, 0)).toBeCloseTo(0, 10);
      await expectEigenvectors(noise, found);
      found.vectors.dispose();
    }
  });
});

async function expectEigenvectors(a: Tensor, { values, vectors }: Awaited<ReturnType<typeof arnoldi>>): Promise<void> {
  const [n, count] = vectors.shape;
  const x = await vectors.data();
  const matrix = await a.data();
  for (const [j, [re, im]] of values.entries())
    for (let i = 0; i < n; i += 17) {
      let [movedRe, movedIm] = [0, 0];
      for (let k = 0; k < n; k++) {
        movedRe += matrix[i * n + k] * x[2 * (k * count + j)];
        movedIm += matrix[i * n + k] * x[2 * (k * count + j) + 1];
      }
      const [xRe, xIm] = [x[2 * (i * count + j)], x[2 * (i * count + j) + 1]];
      expect(movedRe).toBeCloseTo(re * xRe - im * xIm, 7);
      expect(movedIm).toBeCloseTo(re * xIm + im * xRe, 7);
    }
}

for (const { label, open } of (await testDevices()).filter((each) => each.label === "webgpu"))
  it(`lanczos finds the largest eigenvalues on ${label}`, async () => {
    await using other = await open();
    using operator = SparseOperator.from(gridLaplacian([6, 5]), { device: other });
    const { values, vectors, reason } = await lanczos(operator, { device: other, count: 2, which: "largest" });
    vectors.dispose();
    expect(reason).toBe("converged");
    const wave = (k: number, n: number) => 2 - 2 * Math.cos((Math.PI * k) / (n + 1));
    expect(values[0]).toBeCloseTo(wave(6, 6) + wave(5, 5), 4);
  });
