import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { exactTransport } from "../exact-transport/index.ts";
import { randomTransport } from "../fixtures/problems.ts";
import { type NamedMetric, pointCloud } from "../point-cloud/index.ts";
import type { TransportProblem } from "../problem.ts";
import { sinkhornNewton } from "../sinkhorn-newton/index.ts";
import type { TransportResult } from "../transport-result.ts";
import { transportGradients } from "./index.ts";

const STEP = 1e-5;

/** Central differences of order 4 along one direction, their error some 10⁻¹¹ for values of size 1 that are known to 10⁻¹⁵ and vary over 0.1. */
async function slope(value: (shift: number) => Promise<number>): Promise<number> {
  const [a, b, c, d] = [await value(2 * STEP), await value(STEP), await value(-STEP), await value(-2 * STEP)];
  return (8 * (b - c) - (a - d)) / (12 * STEP);
}

const NUMBERS = {
  objective: ({ objective }: TransportResult) => objective,
  "transport-cost": ({ transportCost }: TransportResult) => transportCost,
};

async function problemOf(regularization: number) {
  const { costMatrix, rowMarginal, columnMarginal } = await randomTransport(6, 9, 4);
  return { costMatrix, rowMarginal, columnMarginal, regularization };
}

describe.each(["objective", "transport-cost"] as const)("transportGradients of the %s", (of) => {
  const solved = async (problem: TransportProblem) => NUMBERS[of](await sinkhornNewton(problem, { tolerance: 1e-14 }));

  it.each([0.5, 0.05])("agree with finite differences by every cost and mass at ε = %f", async (regularization) => {
    const problem = await problemOf(regularization);
    const result = await sinkhornNewton(problem, { tolerance: 1e-14 });
    const gradients = await transportGradients(problem, result, { of });
    const { rowOffsets, columnIndices, values } = gradients.costMatrix;
    for (const index of [0, 7, 23, 40, 53]) {
      const [row, column] = [Math.floor(index / 9), index % 9];
      const expected = await slope((shift) => {
        const data = Float64Array.from(problem.costMatrix.data);
        data[index] += shift;
        return solved({ ...problem, costMatrix: { data, shape: [6, 9] } });
      });
      const place = columnIndices.subarray(rowOffsets[row], rowOffsets[row + 1]).indexOf(column);
      expect(values[rowOffsets[row] + place]).toBeCloseTo(expected, 8);
    }
    // Mass moves from one row, or column, to another.
    const moved = (masses: Float64Array, from: number, to: number, shift: number) =>
      masses.map((mass, index) => mass + (index === to ? shift : 0) - (index === from ? shift : 0));
    for (const [from, to] of [
      [0, 5],
      [3, 2],
    ]) {
      const byRows = await slope((shift) =>
        solved({ ...problem, rowMarginal: moved(problem.rowMarginal, from, to, shift) }),
      );
      expect(gradients.rowMarginal[to] - gradients.rowMarginal[from]).toBeCloseTo(byRows, 8);
      const byColumns = await slope((shift) =>
        solved({ ...problem, columnMarginal: moved(problem.columnMarginal, from, to, shift) }),
      );
      expect(gradients.columnMarginal[to] - gradients.columnMarginal[from]).toBeCloseTo(byColumns, 8);
    }
  });

  it.each(["squared-euclidean", "euclidean", "l1"] as const)(
    "agree with finite differences by points, %s",
    async (metric) => {
      const { costMatrix, rowMarginal, columnMarginal } = await randomTransport(5, 7, 8);
      const [x, y] = [costMatrix.data.slice(0, 10), costMatrix.data.slice(10, 24)];
      const problem = (x: ArrayLike<number>, y: ArrayLike<number>) => ({
        costMatrix: pointCloud(
          { data: Float64Array.from(x), shape: [5, 2] },
          { data: Float64Array.from(y), shape: [7, 2] },
          { metric: metric as NamedMetric },
        ),
        rowMarginal,
        columnMarginal,
        regularization: 0.1,
      });
      const result = await sinkhornNewton(problem(x, y), { tolerance: 1e-14 });
      const gradients = await transportGradients(problem(x, y), result, { of });
      for (const index of [0, 3, 9]) {
        const moved = (values: ArrayLike<number>, shift: number) =>
          Array.from(values, (value, each) => value + (each === index ? shift : 0));
        expect(gradients.x![index]).toBeCloseTo(await slope((shift) => solved(problem(moved(x, shift), y))), 8);
        expect(gradients.y![index]).toBeCloseTo(await slope((shift) => solved(problem(x, moved(y, shift)))), 8);
      }
    },
  );
});

describe("transportGradients", () => {
  it("of unregularised transport are the plan and the potentials", async () => {
    const problem = await problemOf(0.1);
    const result = await exactTransport(problem);
    for (const of of ["objective", "transport-cost"] as const) {
      const gradients = await transportGradients(problem, result, { of });
      expect(gradients.costMatrix).toEqual(result.sparsePlan());
      const masses = [...problem.rowMarginal];
      masses[1] += 1e-6;
      masses[4] -= 1e-6;
      const moved = await exactTransport({ ...problem, rowMarginal: masses });
      // Linear as long as the basis stays the same.
      expect((gradients.rowMarginal[1] - gradients.rowMarginal[4]) * 1e-6).toBeCloseTo(
        moved.transportCost - result.transportCost,
        14,
      );
    }
  });

  it("are NaN for masses that were removed, which have no potential", async () => {
    const problem = { ...(await problemOf(0.1)), rowMarginal: [0.5, 0, 0.1, 0.1, 0.1, 0.2] };
    const result = await sinkhornNewton(problem, { zeroMass: "remove" });
    for (const of of ["objective", "transport-cost"] as const) {
      const { rowMarginal } = await transportGradients(problem, result, { of });
      expect([...rowMarginal].map(Number.isNaN)).toEqual([false, true, false, false, false, false]);
    }
  });

  it("refuse solutions of other problems, functions as metrics, and unknown numbers", async () => {
    const problem = await problemOf(0.1);
    const result = await sinkhornNewton(problem);
    await expect(transportGradients({ costMatrix: [[1]] }, result)).rejects.toThrow(InvalidInputError);
    await expect(transportGradients(problem, result, { of: "cost" as never })).rejects.toThrow(/options.of/);
    const cloud = { costMatrix: pointCloud([0, 1], [0, 1], { metric: (x, y) => (x[0] - y[0]) ** 4 }) };
    await expect(transportGradients(cloud, await exactTransport(cloud))).rejects.toThrow(/metric/);
  });
});
