import { describe, expect, it } from "vitest";
import { type FixtureProblem, randomTransport } from "../fixtures/problems.ts";
import { sinkhornNewton } from "./index.ts";

const REGULARIZATION = 0.01;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index])), 0);
}

describe("the plan of sinkhornNewton", () => {
  it("does not depend on the gauge of the potentials it starts from", async () => {
    const problem = { ...(await randomTransport(40, 30, 7)), regularization: REGULARIZATION };
    const start = await sinkhornNewton(problem, { maximumNewtonSteps: 1 });
    const plans = [0, 0.25, -3].map(async (shift) => {
      const row = start.rowPotential.map((value) => value + shift);
      const column = start.columnPotential.map((value) => value - shift);
      return (await sinkhornNewton(problem, { initialPotentials: { row, column } })).plan().data;
    });
    const [reference, ...others] = await Promise.all(plans);
    for (const other of others) expect(largestDifference(other, reference)).toBeLessThanOrEqual(1e-12);
  });

  it("is permuted with the rows and columns of the problem", async () => {
    const problem = await randomTransport(40, 30, 8);
    const rows = Array.from({ length: 40 }, (_, index) => (index * 7 + 3) % 40);
    const columns = Array.from({ length: 30 }, (_, index) => (index * 11 + 5) % 30);
    const permuted: FixtureProblem = {
      costMatrix: { shape: [40, 30], data: permute(problem.costMatrix.data, rows, columns) },
      rowMarginal: Float64Array.from(rows, (row) => problem.rowMarginal[row]),
      columnMarginal: Float64Array.from(columns, (column) => problem.columnMarginal[column]),
    };
    const plain = await sinkhornNewton({ ...problem, regularization: REGULARIZATION });
    const moved = await sinkhornNewton({ ...permuted, regularization: REGULARIZATION });
    expect(largestDifference(moved.plan().data, permute(plain.plan().data, rows, columns))).toBeLessThanOrEqual(1e-12);
    expect(Math.abs(moved.transportCost - plain.transportCost)).toBeLessThanOrEqual(1e-12);
  });

  it("is transposed with the problem", async () => {
    const { costMatrix, rowMarginal, columnMarginal } = await randomTransport(20, 35, 9);
    const data = new Float64Array(20 * 35);
    for (let row = 0; row < 20; row++)
      for (let column = 0; column < 35; column++) data[column * 20 + row] = costMatrix.data[row * 35 + column];
    const transposed = {
      costMatrix: { data, shape: [35, 20] },
      rowMarginal: columnMarginal,
      columnMarginal: rowMarginal,
    };
    const plain = await sinkhornNewton({ costMatrix, rowMarginal, columnMarginal, regularization: REGULARIZATION });
    const turned = await sinkhornNewton({ ...transposed, regularization: REGULARIZATION });
    const { data: plan } = plain.plan();
    const { data: other } = turned.plan();
    for (let row = 0; row < 20; row++)
      for (let column = 0; column < 35; column++)
        expect(Math.abs(plan[row * 35 + column] - other[column * 20 + row])).toBeLessThanOrEqual(1e-12);
  });

  it("stays when a constant is added to all costs", async () => {
    const { costMatrix, ...marginals } = await randomTransport(20, 25, 10);
    const raised = { data: costMatrix.data.map((cost) => cost + 5), shape: costMatrix.shape };
    const plain = await sinkhornNewton({ ...marginals, costMatrix, regularization: REGULARIZATION });
    const other = await sinkhornNewton({ ...marginals, costMatrix: raised, regularization: REGULARIZATION });
    // Potentials of 5 / ε in the exponent cost three digits.
    expect(largestDifference(plain.plan().data, other.plan().data)).toBeLessThanOrEqual(1e-12);
    expect(other.transportCost - plain.transportCost).toBeCloseTo(5, 11);
  });
});

function permute(matrix: ArrayLike<number>, rows: readonly number[], columns: readonly number[]): Float64Array {
  return Float64Array.from({ length: rows.length * columns.length }, (_, index) => {
    const row = rows[Math.floor(index / columns.length)];
    return matrix[row * columns.length + columns[index % columns.length]];
  });
}
