import { InvalidInputError } from "@ansatz/tensor";
import { caseRandom, expectAllClose, testDevices } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { conjugateGradient } from "../iterative/conjugate-gradient.ts";
import { stationaryIteration } from "../iterative/stationary.ts";
import { CsrMatrix } from "./csr-matrix.ts";
import { gridLaplacian } from "./grid-laplacian.ts";
import { colorRows } from "./multicolor.ts";
import { SparseOperator } from "./sparse-operator.ts";
import { sorPreconditioner, ssorPreconditioner } from "./triangular-preconditioner.ts";

/** A matrix with entries at random places, not symmetric, and a diagonal. */
function randomMatrix(size: number): CsrMatrix {
  const random = caseRandom(size);
  const entries = { rows: [] as number[], columns: [] as number[], values: [] as number[] };
  for (let row = 0; row < size; row++) {
    const columns = new Set([row, ...Array.from({ length: 3 }, () => random.integer(0, size - 1))]);
    for (const column of columns) {
      entries.rows.push(row);
      entries.columns.push(column);
      entries.values.push(column === row ? 5 : 1 / (1 + random.integer(1, 9)));
    }
  }
  return CsrMatrix.fromCoordinates([size, size], entries);
}

/** Rows and columns in another order. */
function permuted(a: CsrMatrix, order: Int32Array): CsrMatrix {
  const place = new Int32Array(order.length);
  for (const [index, row] of order.entries()) place[row] = index;
  return CsrMatrix.fromCoordinates(a.shape, {
    rows: Array.from(a.rowIndices(), (row) => place[row]),
    columns: Array.from(a.columnIndices, (column) => place[column]),
    values: a.values,
  });
}

describe("colours", () => {
  it("are two for a grid's Laplacian, as on a chessboard", () => {
    const { order, starts } = colorRows(gridLaplacian([5, 4, 3]));
    expect(starts).toEqual([0, 30, 60]);
    const parity = (row: number) => (Math.floor(row / 12) + (Math.floor(row / 3) % 4) + (row % 3)) % 2;
    expect(Array.from(order, parity)).toEqual(Array.from(order, (_, k) => (k < 30 ? 0 : 1)));
  });

  it("differ between rows that are coupled either way, and have all rows", () => {
    for (const size of [1, 2, 30, 100]) {
      const a = randomMatrix(size);
      const { order, starts } = colorRows(a);
      expect(Array.from(order).sort((x, y) => x - y)).toEqual(Array.from({ length: size }, (_, k) => k));
      const colors = new Int32Array(size);
      for (let color = 0; color + 1 < starts.length; color++)
        for (let k = starts[color]; k < starts[color + 1]; k++) colors[order[k]] = color;
      const rows = a.rowIndices();
      for (const [entry, column] of a.columnIndices.entries())
        if (column !== rows[entry]) expect(colors[column]).not.toBe(colors[rows[entry]]);
    }
  });
});

describe("sweeps by colours", async () => {
  for (const { label, open } of (await testDevices()).filter(({ label }) => !label.startsWith("tensorflow"))) {
    const precision = label.startsWith("webgpu") ? 2 ** -24 : 2 ** -53;

    it(`are those of the natural order after the rows are permuted, on ${label}`, async () => {
      await using device = await open();
      await using reference = await (await testDevices())[0].open();
      for (const a of [randomMatrix(60), gridLaplacian([6, 7])])
        for (const precondition of [sorPreconditioner, ssorPreconditioner]) {
          const [size] = a.shape;
          const { order } = colorRows(a);
          const values = Float64Array.from({ length: size }, (_, k) => Math.sin(1 + k * k));
          using natural = precondition(permuted(a, order), 1.3, { device: reference });
          const expected = await natural(reference.tensor(Float64Array.from(order, (row) => values[row]))).data();
          using colored = precondition(a, 1.3, { device, ordering: "multicolor" });
          using b = device.tensor(values, [size], device.defaultFloat);
          const before = device.memory().tensors;
          using x = colored(b);
          expect(device.memory().tensors).toBe(before + 1);
          const actual = await x.data();
          expectAllClose(
            Float64Array.from(order, (row) => actual[row]),
            expected,
            {
              relative: 0,
              absolute: 64 * precision,
            },
          );
        }
    });

    it(`solve a grid's Laplacian with the rate that the natural order has, and precondition conjugate gradients, on ${label}`, async () => {
      await using device = await open();
      const edge = 15;
      const matrix = gridLaplacian([edge, edge]);
      using operator = SparseOperator.from(matrix, { device });
      using b = device.full([edge ** 2], 1, device.defaultFloat);
      const jacobi = Math.cos(Math.PI / (edge + 1));
      const relaxation = 2 / (1 + Math.sqrt(1 - jacobi ** 2));
      using sweep = sorPreconditioner(matrix, relaxation, { device, ordering: "multicolor" });
      const tolerance = label.startsWith("webgpu") ? 1e-5 : 1e-10;
      const stationary = await stationaryIteration(operator, b, { preconditioner: sweep, tolerance });
      stationary.x.dispose();
      expect(stationary.reason).toBe("converged");
      // ρ = ω − 1 = 0.674, with a Jordan block that costs a few more iterations.
      expect(stationary.iterations).toBeLessThan(2 * (Math.log(tolerance) / Math.log(relaxation - 1)));
      using both = ssorPreconditioner(matrix, 1, { device, ordering: "multicolor" });
      const gradients = await conjugateGradient(operator, b, { preconditioner: both, tolerance });
      const plain = await conjugateGradient(operator, b, { tolerance });
      for (const { x } of [gradients, plain]) x.dispose();
      expect(gradients.reason).toBe("converged");
      expect(gradients.iterations).toBeLessThan(plain.iterations);
    });
  }

  it("refuse another ordering", async () => {
    await using device = await (await testDevices())[0].open();
    const options = { device, ordering: "random" as "natural" };
    expect(() => sorPreconditioner(gridLaplacian([3]), 1, options)).toThrow(InvalidInputError);
  });
});
