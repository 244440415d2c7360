import { InvalidInputError, openDevice, UnsupportedError } from "@ansatz/tensor";
import { testDevices } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { marginalErrorOf, randomAssignment, randomTransport } from "../fixtures/problems.ts";
import { pointCloud } from "../point-cloud/index.ts";
import { exactTransport } from "./index.ts";
import { wholeMasses } from "./whole-masses.ts";

/** Least cost over all permutations. */
function bestAssignment(costs: ArrayLike<number>, size: number, row = 0, used = 0): number {
  if (row === size) return 0;
  let best = Number.POSITIVE_INFINITY;
  for (let column = 0; column < size; column++)
    if (!(used & (1 << column)))
      best = Math.min(best, costs[row * size + column] + bestAssignment(costs, size, row + 1, used | (1 << column)));
  return best;
}

describe("exactTransport", () => {
  it("finds the best of all permutations", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const problem = await randomAssignment(7, 7, seed);
      const result = await exactTransport(problem);
      expect(result.transportCost).toBeCloseTo(bestAssignment(problem.costMatrix.data, 7) / 7, 14);
      const { values } = result.sparsePlan();
      expect(values.length).toBe(7);
      for (const mass of values) expect(mass).toBeCloseTo(1 / 7, 15);
    }
  });

  it("gives a basis: at most m + n − 1 entries that meet the marginals", async () => {
    const problem = await randomTransport(40, 70, 2);
    const result = await exactTransport(problem);
    const sparse = result.sparsePlan();
    expect(sparse.values.length).toBeLessThanOrEqual(109);
    const { data } = result.plan();
    // One rounding error per entry of a row.
    expect(marginalErrorOf(data, problem)).toBeLessThan(1e-14);
    expect(data.filter((mass) => mass > 0).length).toBe(sparse.values.length);
    expect(result.sparsePlan(0.01).values.every((mass) => mass > 0.01)).toBe(true);
    expect(result.sparsePlan(0.01).rowOffsets.at(-1)).toBe(sparse.values.filter((mass) => mass > 0.01).length);
    expect(result.objective).toBe(result.transportCost);
    expect(result.regularization).toBe(0);
  });

  it("does not cycle where every pivot is degenerate", async () => {
    const size = 64;
    const costMatrix = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i * j) % 2));
    const result = await exactTransport({ costMatrix });
    expect(result.reason).toBe("converged");
    // Half of the rows cost nothing anywhere, the others nothing in half of the columns.
    expect(result.transportCost).toBe(0);
  });

  it("converges where grids of points tie many costs, up to rounding", async () => {
    const grid = Array.from({ length: 400 }, (_, index) => [(index % 20) / 10, Math.floor(index / 20) / 10]);
    const stretched = grid.map(([x, y]) => [x + 0.35, y * 1.7]);
    for (const metric of ["euclidean", "l1"] as const) {
      const result = await exactTransport({ costMatrix: pointCloud(grid, stretched, { metric }) });
      expect(result.reason).toBe("converged");
      expect(Math.abs(result.transportCost - result.dualObjective)).toBeLessThan(1e-14);
      expect(result.sparsePlan().values.length).toBe(400);
    }
  });

  it("solves problems of a single row, a single column, and of points that are all alike", async () => {
    expect((await exactTransport({ costMatrix: [[1, 2, 3]], columnMarginal: [0.5, 0.25, 0.25] })).transportCost).toBe(
      1.75,
    );
    expect((await exactTransport({ costMatrix: [[4], [2]] })).transportCost).toBe(3);
    expect((await exactTransport({ costMatrix: pointCloud([[1, 1]], [[1, 1]]) })).transportCost).toBe(0);
  });

  it("gives rows and columns without mass no plan and potentials that satisfy every constraint", async () => {
    const problem = await randomTransport(6, 5, 1);
    const rowMarginal = [0, 0.25, 0.25, 0.5, 0, 0];
    const columnMarginal = [0.5, 0, 0.5, 0, 0];
    const { rowPotential, columnPotential, plan } = await exactTransport({ ...problem, rowMarginal, columnMarginal });
    const { data } = plan();
    for (let index = 0; index < 30; index++) {
      const [row, column] = [Math.floor(index / 5), index % 5];
      if (rowMarginal[row] * columnMarginal[column] === 0) expect(data[index]).toBe(0);
      expect(rowPotential[row] + columnPotential[column]).toBeLessThanOrEqual(problem.costMatrix.data[index] + 1e-15);
    }
    await expect(exactTransport({ ...problem, rowMarginal }, { zeroMass: "error" })).rejects.toThrow(
      /rowMarginal\[0\]/,
    );
  });

  it("keeps masses of very different sizes apart", async () => {
    const rowMarginal = [1 - 3e-13, 1e-13, 2e-13];
    const { data } = (
      await exactTransport({
        costMatrix: [
          [0, 1, 2],
          [1, 0, 1],
          [2, 1, 0],
        ],
        rowMarginal,
        columnMarginal: [1 - 3e-13, 2e-13, 1e-13],
      })
    ).plan();
    for (let row = 0; row < 3; row++)
      expect(data.slice(3 * row, 3 * row + 3).reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(rowMarginal[row], 17);
  });

  it("uses forbidden pairs, given as huge costs, only where it must", async () => {
    const third = [1 / 3, 1 / 3, 1 / 3];
    const costMatrix = [
      [1e9, 0.2, 0.3],
      [0.1, 1e9, 0.3],
      [0.1, 0.2, 1e9],
    ];
    const result = await exactTransport({ costMatrix, rowMarginal: third, columnMarginal: third });
    expect(result.transportCost).toBeCloseTo(0.2, 15);
  });

  it("stops when aborted or at the limit of pivots, with a feasible plan", async () => {
    const problem = await randomAssignment(200, 200, 0);
    const optimum = await exactTransport(problem);
    const limited = await exactTransport(problem, { maximumPivots: 100 });
    expect(limited.reason).toBe("iteration-limit");
    expect(limited.iterations.simplexPivots).toBe(100);
    const controller = new AbortController();
    const aborted = await exactTransport(problem, { signal: controller.signal, onProgress: () => controller.abort() });
    expect(aborted.reason).toBe("aborted");
    for (const result of [limited, aborted]) {
      expect(result.marginalError).toBeLessThan(1e-13);
      expect(result.transportCost).toBeGreaterThan(optimum.transportCost);
    }
    expect(optimum.history.at(-1)!.error).toBeLessThan(1e-14);
  });

  it("refuses bad input before any work, and devices other than the cpu", async () => {
    await expect(exactTransport({ costMatrix: [[Number.NaN]] })).rejects.toThrow(InvalidInputError);
    await expect(exactTransport({ costMatrix: [[1]], rowMarginal: [0.5] })).rejects.toThrow(/rowMarginal/);
    await expect(exactTransport({ costMatrix: [[1]] }, { maximumPivots: -1 })).rejects.toThrow(/maximumPivots/);
    for (const { label, open } of await testDevices()) {
      if (label.startsWith("cpu")) continue;
      await using device = await open();
      await expect(exactTransport({ costMatrix: [[1]] }, { device })).rejects.toThrow(UnsupportedError);
    }
  });

  it("leaves nothing on the device", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    const before = device.memory().bytes;
    await exactTransport(await randomTransport(20, 20), { device });
    expect(device.memory().bytes).toBe(before);
  });
});

describe("wholeMasses", () => {
  it("has equal sums, and equal masses where they were", () => {
    const [rows, columns] = wholeMasses(new Float64Array(300).fill(1 / 300), new Float64Array(7).fill(1 / 7));
    const sum = (masses: Float64Array) => masses.reduce((total, mass) => total + mass, 0);
    expect(sum(rows)).toBe(sum(columns));
    expect(new Set([...rows, ...columns]).size).toBeLessThanOrEqual(3);
  });
});
