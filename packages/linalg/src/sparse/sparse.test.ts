import { type Device, InvalidInputError, key, normal, openDevice } from "@ansatz/tensor";
import { expectAllClose, testDevices } from "@ansatz/tensor/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CsrMatrix,
  conjugateGradient,
  formatMatrixMarket,
  gmres,
  incompleteCholesky,
  incompleteCholeskyPreconditioner,
  incompleteLu,
  incompleteLuPreconditioner,
  NotPositiveDefiniteError,
  parseMatrixMarket,
  SingularMatrixError,
  SparseOperator,
  ssorPreconditioner,
} from "../index.ts";

/** −Δ on a square of points with a flow to the right. */
function laplacian(edge: number, flow = 0): CsrMatrix {
  const entries: { rows: number[]; columns: number[]; values: number[] } = { rows: [], columns: [], values: [] };
  const set = (row: number, column: number, value: number) => {
    entries.rows.push(row);
    entries.columns.push(column);
    entries.values.push(value);
  };
  for (let i = 0; i < edge; i++)
    for (let j = 0; j < edge; j++) {
      const k = i * edge + j;
      set(k, k, 4);
      if (i > 0) set(k, k - edge, -1);
      if (i + 1 < edge) set(k, k + edge, -1);
      if (j > 0) set(k, k - 1, -1 - flow);
      if (j + 1 < edge) set(k, k + 1, -1 + flow);
    }
  return CsrMatrix.fromCoordinates([edge * edge, edge * edge], entries);
}

const small = fc
  .record({ rows: fc.integer({ min: 0, max: 5 }), columns: fc.integer({ min: 0, max: 5 }) })
  .chain(({ rows, columns }) =>
    fc
      .array(
        fc.tuple(fc.nat(Math.max(0, rows - 1)), fc.nat(Math.max(0, columns - 1)), fc.integer({ min: -9, max: 9 })),
        {
          maxLength: rows * columns === 0 ? 0 : 20,
        },
      )
      .map((entries) => ({ rows, columns, entries })),
  );

function matrixOf({
  rows,
  columns,
  entries,
}: {
  rows: number;
  columns: number;
  entries: [number, number, number][];
}): CsrMatrix {
  return CsrMatrix.fromCoordinates([rows, columns], {
    rows: entries.map(([row]) => row),
    columns: entries.map(([, column]) => column),
    values: entries.map(([, , value]) => value),
  });
}

function denseProduct(a: CsrMatrix, b: CsrMatrix): number[] {
  const [left, right] = [a.toDense(), b.toDense()];
  const [rows, inner] = a.shape;
  const [, columns] = b.shape;
  return Array.from({ length: rows * columns }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < inner; i++)
      sum += left[Math.floor(k / columns) * inner + i] * right[i * columns + (k % columns)];
    return sum;
  });
}

describe("sparse matrices", () => {
  it("add up what is at the same place, in any order", () => {
    fc.assert(
      fc.property(small, (given) => {
        const dense = new Float64Array(given.rows * given.columns);
        for (const [row, column, value] of given.entries) dense[row * given.columns + column] += value;
        const matrix = matrixOf(given);
        expect(matrix.toDense()).toEqual(dense);
        for (let row = 0; row < given.rows; row++) {
          const own = matrix.columnIndices.subarray(matrix.rowPointers[row], matrix.rowPointers[row + 1]);
          expect(Array.from(own)).toEqual([...new Set(own)].sort((a, b) => a - b));
        }
        expect(CsrMatrix.fromDense(matrix.shape, matrix.toDense()).toDense()).toEqual(matrix.toDense());
        expect(matrix.transpose().transpose()).toEqual(matrix);
        expect(matrix.diagonal()).toEqual(
          Float64Array.from({ length: Math.min(given.rows, given.columns) }, (_, k) => matrix.at(k, k)),
        );
      }),
    );
  });

  it("multiply and add as dense ones do", () => {
    fc.assert(
      fc.property(small, (given) => {
        const a = matrixOf(given);
        const b = a.transpose();
        expect(Array.from(a.multiply(b).toDense(), (x) => x + 0)).toEqual(denseProduct(a, b).map((x) => x + 0));
        expect(Array.from(a.add(a).toDense())).toEqual(Array.from(a.toDense(), (x) => 2 * x));
        expect(a.multiply(CsrMatrix.identity(a.shape[1], 3)).toDense()).toEqual(a.toDense().map((x) => 3 * x));
      }),
    );
  });

  it("refuse entries outside, and shapes that do not fit", () => {
    const refuses = (run: () => unknown, argument: string) =>
      expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
    const entry = (row: number, column: number) => ({ rows: [row], columns: [column], values: [1] });
    refuses(() => CsrMatrix.fromCoordinates([2, 2], entry(2, 0)), "CsrMatrix: rows[0]");
    refuses(() => CsrMatrix.fromCoordinates([2, 2], entry(0, -1)), "CsrMatrix: columns[0]");
    refuses(() => CsrMatrix.fromCoordinates([2, 2], entry(0.5, 0)), "CsrMatrix: rows[0]");
    refuses(() => CsrMatrix.fromCoordinates([2, 2], { ...entry(0, 0), values: [] }), "CsrMatrix: coordinates");
    refuses(() => CsrMatrix.fromCoordinates([2, -1], entry(0, 0)), "CsrMatrix: shape");
    refuses(() => CsrMatrix.fromDense([2, 2], [1]), "CsrMatrix: values");
    refuses(() => laplacian(2).add(laplacian(3)), "CsrMatrix.add: other");
    refuses(() => laplacian(2).multiply(laplacian(3)), "CsrMatrix.multiply: other");
  });
});

for (const { label, open } of (await testDevices()).filter((each) => each.label !== "tensorflow"))
  describe(`sparse operators on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("multiply vectors and matrices, also transposed", async () => {
      const before = device.memory().tensors;
      {
        const matrix = laplacian(6, 0.3).filter((_, row) => row < 30);
        using operator = SparseOperator.from(matrix, { device });
        const dtype = device.defaultFloat;
        for (const [shape, transposed] of [
          [[36], false],
          [[36, 3], false],
          [[36, 3], true],
          [[36], true],
        ] as const) {
          using x = normal(key(shape.length), [...shape], { device, dtype });
          using y = transposed ? operator.applyTranspose(x) : operator.apply(x);
          const width = shape[1] ?? 1;
          const values = await x.data();
          const dense = (transposed ? matrix.transpose() : matrix).toDense();
          const expected = Array.from({ length: 36 * width }, (_, k) => {
            let sum = 0;
            for (let i = 0; i < 36; i++) sum += dense[Math.floor(k / width) * 36 + i] * values[i * width + (k % width)];
            return sum;
          });
          expect(y.shape).toEqual([...shape]);
          expectAllClose(await y.data(), expected, { relative: 1e-6, absolute: 1e-6 });
        }
        using wrong = device.zeros([5], dtype);
        expect(() => operator.apply(wrong)).toThrow("SparseOperator: x");
      }
      expect(device.memory().tensors).toBe(before);
    });
  });

describe("preconditioners from sparse triangles", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu");
  });
  afterAll(() => device.dispose());

  it("are exact where there is no fill-in", async () => {
    // A tridiagonal matrix.
    const a = laplacian(1).add(CsrMatrix.identity(1));
    const line = CsrMatrix.fromDense([4, 4], [4, -1, 0, 0, -1, 4, -1, 0, 0, -1, 4, -1, 0, 0, -1, 4]);
    for (const matrix of [a, line])
      for (const make of [incompleteLuPreconditioner, incompleteCholeskyPreconditioner]) {
        using preconditioner = make(matrix, { device });
        using operator = SparseOperator.from(matrix, { device });
        using x = normal(key(3), [matrix.shape[0]], { device, dtype: "float64" });
        using product = operator.apply(x);
        using back = preconditioner(product);
        expectAllClose(await back.data(), await x.data(), { relative: 1e-14, absolute: 1e-14 });
      }
  });

  it("agree with A wherever A has an entry", () => {
    const a = laplacian(5, 0.4);
    const { lower, upper } = incompleteLu(a);
    const product = lower.multiply(upper);
    const symmetric = laplacian(5);
    const root = incompleteCholesky(symmetric);
    const square = root.multiply(root.transpose());
    for (const [factored, given] of [
      [product, a],
      [square, symmetric],
    ]) {
      const { rows, columns, values } = given.toCoordinates();
      for (let k = 0; k < values.length; k++) expect(factored.at(rows[k], columns[k])).toBeCloseTo(values[k], 13);
      expect(factored.entries).toBeGreaterThan(given.entries);
    }
  });

  it("speed up conjugate gradients and GMRES, and leave nothing behind", async () => {
    const before = device.memory().tensors;
    await speedUp();
    expect(device.memory().tensors).toBe(before);
  });

  async function speedUp(): Promise<void> {
    const symmetric = laplacian(20);
    using b = normal(key(5), [400], { device, dtype: "float64" });
    using a = SparseOperator.from(symmetric, { device });
    const plain = await conjugateGradient(a, b);
    for (const preconditioner of [
      incompleteCholeskyPreconditioner(symmetric, { device }),
      incompleteLuPreconditioner(symmetric, { device }),
      ssorPreconditioner(symmetric, 1.6, { device }),
    ]) {
      const { x, reason, iterations } = await conjugateGradient(a, b, { preconditioner });
      expect(reason).toBe("converged");
      expect(iterations).toBeLessThan(0.6 * plain.iterations);
      expectAllClose(await x.data(), await plain.x.data(), { relative: 1e-7, absolute: 1e-7 });
      x.dispose();
      preconditioner.dispose();
    }
    plain.x.dispose();
    const windy = laplacian(20, 0.8);
    using operator = SparseOperator.from(windy, { device });
    const slow = await gmres(operator, b);
    using preconditioner = incompleteLuPreconditioner(windy, { device });
    const fast = await gmres(operator, b, { preconditioner });
    expect(fast.reason).toBe("converged");
    expect(fast.iterations).toBeLessThan(0.6 * slow.iterations);
    slow.x.dispose();
    fast.x.dispose();
  }

  it("refuse matrices they cannot factor", () => {
    const make = (values: number[]) => CsrMatrix.fromDense([2, 2], values);
    expect(() => incompleteLuPreconditioner(make([1, 1, 1, 1]), { device })).toThrow(SingularMatrixError);
    expect(() => incompleteCholeskyPreconditioner(make([1, 2, 2, 1]), { device })).toThrow(NotPositiveDefiniteError);
    expect(() => incompleteLuPreconditioner(make([0, 1, 1, 1]), { device })).toThrow("diagonal without holes");
    expect(() => ssorPreconditioner(make([1, 0, 0, 1]), 2, { device })).toThrow("ssorPreconditioner: relaxation");
    expect(() => ssorPreconditioner(make([0, 1, 1, 1]), 1, { device })).toThrow("ssorPreconditioner: a");
    expect(() => incompleteLuPreconditioner(CsrMatrix.fromDense([1, 2], [1, 2]), { device })).toThrow("square");
  });
});

describe("Matrix Market files", () => {
  it("bring a matrix back as it was", () => {
    fc.assert(
      fc.property(small, fc.double({ noNaN: true, noDefaultInfinity: true }), (given, factor) => {
        const matrix = matrixOf(given).map((value) => value * factor);
        expect(parseMatrixMarket(formatMatrixMarket(matrix))).toEqual(matrix);
      }),
    );
  });

  it("are read in every format", () => {
    const read = (...lines: string[]) => Array.from(parseMatrixMarket(lines.join("\n")).toDense());
    expect(
      read("%%MatrixMarket matrix coordinate real symmetric", "% a comment", "", "2 2 2", "1 1 2.5", "2 1 -1e0"),
    ).toEqual([2.5, -1, -1, 0]);
    expect(read("%%MatrixMarket matrix coordinate integer skew-symmetric", "2 2 1", "2 1 3")).toEqual([0, -3, 3, 0]);
    expect(read("%%matrixmarket MATRIX coordinate pattern general", "2 3 2", "1 3", "2 1")).toEqual([0, 0, 1, 1, 0, 0]);
    expect(read("%%MatrixMarket matrix array real general", "2 2", "1", "2", "3", "4")).toEqual([1, 3, 2, 4]);
    expect(read("%%MatrixMarket matrix array real symmetric", "2 2", "1", "2", "3")).toEqual([1, 2, 2, 3]);
    expect(read("%%MatrixMarket matrix array real skew-symmetric", "2 2", "7")).toEqual([0, -7, 7, 0]);
  });

  it("are refused with the line that is wrong", () => {
    const refuses = (argument: string, ...lines: string[]) =>
      expect(() => parseMatrixMarket(lines.join("\n"))).toThrow(
        expect.objectContaining({ name: InvalidInputError.name, argument }),
      );
    const banner = "%%MatrixMarket matrix coordinate real general";
    refuses("matrix market: line 1", "1 1 1");
    refuses("matrix market: line 1", "%%MatrixMarket matrix coordinate complex general", "1 1 0");
    refuses("matrix market: line 1", "%%MatrixMarket matrix coordinate real hermitian", "1 1 0");
    refuses("matrix market", banner);
    refuses("matrix market: line 2", banner, "1 1");
    refuses("matrix market: line 3", banner, "1 1 1", "1 2 3");
    refuses("matrix market: line 3", banner, "1 1 1", "1 1 x");
    refuses("matrix market: line 3", banner, "1 1 1", "1 1");
    refuses("matrix market: entries", banner, "1 1 2", "1 1 1");
  });
});
