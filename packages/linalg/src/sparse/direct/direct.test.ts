import {
  type Device,
  grad,
  InvalidInputError,
  key,
  multiply,
  normal,
  openDevice,
  sum,
  type Tensor,
} from "@ansatz/tensor";
import { expectAllClose } from "@ansatz/tensor/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CsrMatrix,
  factorSparseCholesky,
  factorSparseLu,
  minimumDegreeOrder,
  NotPositiveDefiniteError,
  refactorSparseCholesky,
  SingularMatrixError,
  SparseOperator,
} from "../../index.ts";
import { gridLaplacian } from "../grid-laplacian.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu");
});
afterAll(() => device.dispose());

/** Random entries and a diagonal; a symmetric one is dominated by its diagonal. */
const matrices = fc
  .record({
    n: fc.integer({ min: 1, max: 40 }),
    density: fc.double({ min: 0, max: 0.3, noNaN: true }),
    seed: fc.nat(1000),
  })
  .map(({ n, density, seed }) => {
    const random = sequence(seed);
    const places: [row: number, column: number, value: number][] = [];
    for (let row = 0; row < n; row++)
      for (let column = 0; column < n; column++)
        if (row !== column && random() < density) places.push([row, column, random() - 0.5]);
    return { n, places, random };
  });

/** Numbers in [0, 1). */
function sequence(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function matrixOf(n: number, places: readonly (readonly [number, number, number])[]): CsrMatrix {
  return CsrMatrix.fromCoordinates([n, n], {
    rows: places.map(([row]) => row),
    columns: places.map(([, column]) => column),
    values: places.map(([, , value]) => value),
  });
}

/** The largest element of A x − b, relative to the sizes of both. */
async function backwardError(a: CsrMatrix, x: ArrayLike<number>, b: ArrayLike<number>): Promise<number> {
  const rows = a.rowIndices();
  const residual = Float64Array.from(b);
  let norm = 0;
  for (let k = 0; k < a.entries; k++) {
    residual[rows[k]] -= a.values[k] * x[a.columnIndices[k]];
    norm = Math.max(norm, Math.abs(a.values[k]));
  }
  const largest = (list: ArrayLike<number>) =>
    Array.from(list).reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  return largest(residual) / (norm * largest(x) + largest(b));
}

describe("minimumDegreeOrder", () => {
  it("is a permutation for any pattern", () => {
    fc.assert(
      fc.property(matrices, ({ n, places }) => {
        const order = Array.from(minimumDegreeOrder(matrixOf(n, places)));
        expect(order.sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, k) => k));
      }),
      { numRuns: 60 },
    );
  });

  it("keeps the factor of an arrow sparse by eliminating the point last", async () => {
    const n = 300;
    const arrow = matrixOf(
      n,
      Array.from({ length: n }, (_, k) => [
        [k, k, n],
        [k, 0, 1],
      ]).flat() as unknown as [number, number, number][],
    );
    using factors = await factorSparseCholesky(arrow, { device });
    expect(factors.symbolic.order.at(-1)).toBe(0);
    expect((await factors.factor()).entries).toBe(2 * n - 1);
  });

  it("keeps the factor of a square grid to less than 31/4 n log₂ n entries, what nested dissection is known for", async () => {
    const edge = 64;
    using factors = await factorSparseCholesky(gridLaplacian([edge, edge]), { device });
    expect((await factors.factor()).entries).toBeLessThan((31 / 4) * edge ** 2 * Math.log2(edge));
  });
});

describe("factorSparseCholesky", () => {
  it("solves what it factorises, any pattern, with a small backward error", async () => {
    await fc.assert(
      fc.asyncProperty(matrices, async ({ n, places, random }) => {
        const half = matrixOf(n, places);
        const a = half.add(half.transpose()).add(CsrMatrix.identity(n, n));
        const b = Float64Array.from({ length: n }, () => random() - 0.5);
        using factors = await factorSparseCholesky(a, { device });
        using side = device.tensor(b, [n]);
        using x = factors.solve(side);
        expect(await backwardError(a, await x.data(), b)).toBeLessThan(10 * n * 2 ** -53);
        const l = await factors.factor();
        const { order } = factors.symbolic;
        const permuted = matrixOf(
          n,
          Array.from(order, (row, i) => Array.from(order, (column, j) => [i, j, a.at(row, column)] as const)).flat(),
        );
        expectAllClose(l.multiply(l.transpose()).toDense(), permuted.toDense(), {
          absolute: 10 * n * n * 2 ** -53,
          relative: 0,
        });
      }),
      { numRuns: 40 },
    );
  });

  it("solves for several right-hand sides, in float32 too, and is differentiable in them", async () => {
    const a = gridLaplacian([7, 5]);
    using factors = await factorSparseCholesky(a, { device });
    using b = normal(key(3), [35, 4], { device, dtype: "float64" });
    using x = factors.solve(b);
    using operator = SparseOperator.from(a, { device });
    using product = operator.apply(x);
    expectAllClose(await product.data(), await b.data(), { absolute: 1e-13, relative: 0 });
    using weights = normal(key(4), [35, 4], { device, dtype: "float64" });
    using slope = grad((sides: Tensor) => sum(multiply(weights, factors.solve(sides))))(b);
    using expected = factors.solve(weights);
    expectAllClose(await slope.data(), await expected.data(), { absolute: 1e-14, relative: 0 });
    using single = await factorSparseCholesky(a, { device, dtype: "float32" });
    using side = device.full([35], 1, "float32");
    using solution = single.solve(side);
    expect(await backwardError(a, await solution.data(), await side.data())).toBeLessThan(35 * 2 ** -24);
  });

  it("knows log det A: of the grid's Laplacian the sum of the logarithms of its eigenvalues", async () => {
    const [rows, columns] = [9, 6];
    using factors = await factorSparseCholesky(gridLaplacian([rows, columns]), { device });
    const wave = (k: number, n: number) => 2 - 2 * Math.cos((Math.PI * (k + 1)) / (n + 1));
    let expected = 0;
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) expected += Math.log(wave(i, rows) + wave(j, columns));
    expect(await factors.logDeterminant()).toBeCloseTo(expected, 11);
  });

  it("factorises another matrix at the same places without analysing it again", async () => {
    const a = gridLaplacian([6, 6]);
    using first = await factorSparseCholesky(a, { device });
    const scaled = a.map((value, row, column) => value * (1 + 0.1 * Math.sin(row) * Math.sin(column)));
    using second = await refactorSparseCholesky(scaled, first.symbolic, { device });
    using afresh = await factorSparseCholesky(scaled, { device });
    expect(await second.logDeterminant()).toBeCloseTo(await afresh.logDeterminant(), 12);
    // As many rows, at other places, and one entry too many.
    const elsewhere = gridLaplacian([4, 9]);
    for (const other of [
      elsewhere,
      a.add(CsrMatrix.fromCoordinates([36, 36], { rows: [9], columns: [0], values: [1] })),
    ])
      await expect(refactorSparseCholesky(other, first.symbolic, { device })).rejects.toThrow(InvalidInputError);
    await expect(refactorSparseCholesky(gridLaplacian([5, 5]), first.symbolic, { device })).rejects.toThrow(
      InvalidInputError,
    );
  });

  it("says which leading minor is not positive, and refuses what has no factors", async () => {
    const indefinite = matrixOf(3, [
      [0, 0, 1],
      [1, 1, -1],
      [2, 2, 1],
    ]);
    const order = [0, 1, 2];
    const failure = factorSparseCholesky(indefinite, { device, order });
    await expect(failure).rejects.toThrow(NotPositiveDefiniteError);
    await expect(failure).rejects.toMatchObject({ minor: 2 });
    const holes = matrixOf(2, [[0, 0, 1]]);
    await expect(factorSparseCholesky(holes, { device })).rejects.toThrow(NotPositiveDefiniteError);
    const notFinite = matrixOf(2, [
      [0, 0, Number.NaN],
      [1, 1, 1],
    ]);
    await expect(factorSparseCholesky(notFinite, { device })).rejects.toThrow(NotPositiveDefiniteError);
    const wide = CsrMatrix.fromDense([1, 2], [1, 2]);
    await expect(factorSparseCholesky(wide, { device })).rejects.toThrow(InvalidInputError);
    await expect(factorSparseCholesky(indefinite, { device, order: [0, 0, 1] })).rejects.toThrow(InvalidInputError);
  });

  it("factorises nothing", async () => {
    using factors = await factorSparseCholesky(CsrMatrix.identity(0), { device });
    using b = device.zeros([0], "float64");
    expect(factors.solve(b).shape).toEqual([0]);
    expect(await factors.logDeterminant()).toBe(0);
  });
});

describe("factorSparseLu", () => {
  it("solves what it factorises, and its transpose, with a small backward error", async () => {
    await fc.assert(
      fc.asyncProperty(matrices, async ({ n, places, random }) => {
        const a = matrixOf(n, places).add(CsrMatrix.identity(n, 0.3));
        let factors: Awaited<ReturnType<typeof factorSparseLu>>;
        try {
          factors = factorSparseLu(a, { device, pivotThreshold: 1 });
        } catch (error) {
          expect(error).toBeInstanceOf(SingularMatrixError);
          return;
        }
        const b = Float64Array.from({ length: n }, () => random() - 0.5);
        using side = device.tensor(b, [n]);
        using x = factors.solve(side);
        expect(await backwardError(a, await x.data(), b)).toBeLessThan(10 * n * 2 ** -53);
        using y = factors.solve(side, { transpose: true });
        expect(await backwardError(a.transpose(), await y.data(), b)).toBeLessThan(10 * n * 2 ** -53);
        const { rowOrder, columnOrder, lower, upper } = factors;
        const product = lower.multiply(upper);
        for (let i = 0; i < n; i++)
          for (let j = 0; j < n; j++)
            expect(Math.abs(product.at(i, j) - a.at(rowOrder[i], columnOrder[j]))).toBeLessThan(10 * n * 2 ** -53);
        factors.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it("solves for several right-hand sides, differentiably", async () => {
    const flow = gridLaplacian([6, 5]).map((value, row, column) => value + 0.4 * Math.sign(column - row));
    using factors = factorSparseLu(flow, { device });
    using b = normal(key(5), [30, 3], { device, dtype: "float64" });
    using x = factors.solve(b);
    using operator = SparseOperator.from(flow, { device });
    using product = operator.apply(x);
    expectAllClose(await product.data(), await b.data(), { absolute: 1e-13, relative: 0 });
    using weights = normal(key(6), [30, 3], { device, dtype: "float64" });
    using slope = grad((sides: Tensor) => sum(multiply(weights, factors.solve(sides))))(b);
    using expected = factors.solve(weights, { transpose: true });
    expectAllClose(await slope.data(), await expected.data(), { absolute: 1e-14, relative: 0 });
  });

  it("pivots where the diagonal is zero, and keeps it where the threshold allows", () => {
    const swapped = matrixOf(2, [
      [0, 1, 2],
      [1, 0, 3],
    ]);
    using factors = factorSparseLu(swapped, { device });
    expect(factors.logAbsoluteDeterminant()).toBeCloseTo(Math.log(6), 14);
    const weak = matrixOf(2, [
      [0, 0, 1],
      [0, 1, 1],
      [1, 0, 5],
      [1, 1, 1],
    ]);
    const order = [0, 1];
    using kept = factorSparseLu(weak, { device, order, pivotThreshold: 0.1 });
    expect(Array.from(kept.rowOrder)).toEqual([0, 1]);
    using partial = factorSparseLu(weak, { device, order, pivotThreshold: 1 });
    expect(Array.from(partial.rowOrder)).toEqual([1, 0]);
  });

  it("says which pivot is zero, and refuses what has no factors", () => {
    const singular = matrixOf(3, [
      [0, 0, 1],
      [1, 1, 1],
      [1, 2, 2],
      [2, 1, 2],
      [2, 2, 4],
    ]);
    expect(() => factorSparseLu(singular, { device, order: [0, 1, 2] })).toThrow(
      expect.objectContaining({ code: "SINGULAR_MATRIX", pivot: 3 }),
    );
    expect(() => factorSparseLu(matrixOf(1, [[0, 0, Number.NaN]]), { device })).toThrow(SingularMatrixError);
    expect(() => factorSparseLu(matrixOf(2, [[0, 0, 1]]), { device })).toThrow(SingularMatrixError);
    expect(() => factorSparseLu(CsrMatrix.fromDense([1, 2], [1, 2]), { device })).toThrow(InvalidInputError);
    expect(() => factorSparseLu(singular, { device, order: [0, 1] })).toThrow(InvalidInputError);
    expect(() => factorSparseLu(singular, { device, pivotThreshold: 2 })).toThrow(InvalidInputError);
  });
});
