import { DivergedError, openDevice } from "@ansatz/tensor";
import { testDevices } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { exactTransport } from "../exact-transport/index.ts";
import { type FixtureProblem, marginalErrorOf, randomTransport, shiftedGaussians } from "../fixtures/problems.ts";
import { sparseTransport } from "./index.ts";

const POINTS = 32;
const problem = await shiftedGaussians(POINTS);

/** Most positive entries of a column of a row-major plan. */
function largestColumn({
  data,
  shape: [rows, columns],
}: ReturnType<Awaited<ReturnType<typeof sparseTransport>>["plan"]>): number {
  const counts = Array.from(
    { length: columns },
    (_, column) =>
      Array.from({ length: rows }, (_, row) => data[row * columns + column]).filter((mass) => mass > 0).length,
  );
  return Math.max(...counts);
}

/** Quadratically regularized transport by exact maximisation of the dual in one potential after the other: T = [α + β − C]₊/γ. */
function quadraticTransport({ costMatrix, rowMarginal, columnMarginal }: FixtureProblem, gamma: number): number {
  const [m, n] = costMatrix.shape;
  const { data } = costMatrix;
  const alpha = new Float64Array(m);
  const beta = new Float64Array(n);
  /** x with Σ [x − t]₊ = γ mass. */
  const level = (costs: readonly number[], mass: number) => {
    const ascending = costs.toSorted((a, b) => a - b);
    let sum = 0;
    let x = 0;
    for (const [index, cost] of ascending.entries()) {
      if (index > 0 && x <= cost) break;
      sum += cost;
      x = (sum + gamma * mass) / (index + 1);
    }
    return x;
  };
  for (let sweep = 0; sweep < 20_000; sweep++) {
    let change = 0;
    for (let i = 0; i < m; i++) {
      const next = level(
        Array.from(beta, (b, j) => data[i * n + j] - b),
        rowMarginal[i],
      );
      change = Math.max(change, Math.abs(next - alpha[i]));
      alpha[i] = next;
    }
    for (let j = 0; j < n; j++)
      beta[j] = level(
        Array.from(alpha, (a, i) => data[i * n + j] - a),
        columnMarginal[j],
      );
    if (change < 1e-13) break;
  }
  let objective = 0;
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      const mass = Math.max(0, alpha[i] + beta[j] - data[i * n + j]) / gamma;
      objective += mass * data[i * n + j] + (gamma / 2) * mass * mass;
    }
  return objective;
}

describe("plans with at most k entries per column", () => {
  it("are those of quadratically regularized transport when k is the number of rows", async () => {
    const small = await shiftedGaussians(16, 3);
    for (const regularization of [0.1, 1]) {
      const expected = quadraticTransport(small, regularization);
      for (const maximumEntries of [8, 16]) {
        const result = await sparseTransport({ ...small, regularization, maximumEntries });
        expect(result.reason).toBe("converged");
        expect(Math.abs(result.dualObjective - expected)).toBeLessThan(1e-7);
        expect(Math.abs(result.objective - expected)).toBeLessThan(1e-7);
      }
    }
  });

  it("are assignments, and those of exact transport, when k is 1", async () => {
    for (const seed of [0, 1, 2]) {
      const own = await shiftedGaussians(POINTS, seed);
      const result = await sparseTransport({ ...own, regularization: 0.5, maximumEntries: 1 });
      const exact = await exactTransport(own);
      // The regularizer of an assignment is a constant.
      const constant = (0.5 / 2) * own.columnMarginal.reduce((total, mass) => total + mass * mass, 0);
      expect(Math.abs(result.dualObjective - constant - exact.transportCost)).toBeLessThan(1e-12);
      expect(Math.abs(result.transportCost - exact.transportCost)).toBeLessThan(1e-12);
      const { data } = result.plan();
      expect(data.filter((mass) => mass > 0).length).toBe(POINTS);
      expect(marginalErrorOf(data, own)).toBeLessThan(1e-12);
    }
  });

  it("have the value of the relaxation in either formulation, which does not increase with k", async () => {
    const values = [];
    const small = await shiftedGaussians(20, 5);
    for (const maximumEntries of [1, 2, 4, 8, 20]) {
      const own = { ...small, regularization: 1, maximumEntries };
      const options = { maximumIterations: 300, subgradientIterations: 200 };
      const semiDual = await sparseTransport(own, options);
      const dual = await sparseTransport(own, { ...options, formulation: "dual" });
      values.push(semiDual.dualObjective);
      // At kinks, both are lower bounds that a few hundred steps bring within 10⁻⁴.
      const tolerance =
        semiDual.reason === "converged" && dual.reason === "converged" ? 1e-7 : 1e-4 * Math.abs(semiDual.dualObjective);
      expect(Math.abs(semiDual.dualObjective - dual.dualObjective)).toBeLessThan(tolerance);
      if (maximumEntries >= 8) expect([semiDual.reason, dual.reason]).toEqual(["converged", "converged"]);
    }
    for (const [index, value] of values.entries()) if (index > 0) expect(value).toBeLessThan(values[index - 1] + 1e-9);
  });

  it.each(["quadratic", "entropic"] as const)(
    "never have more than k entries, and exact columns in the semi-dual (%s)",
    async (regularizer) => {
      for (const maximumEntries of [1, 2, 5]) {
        const own = { ...(await randomTransport(20, 13)), maximumEntries, regularizer, regularization: 0.1 };
        const options = { maximumIterations: 30, subgradientIterations: 10 };
        const semiDual = await sparseTransport(own, { ...options, allowInfeasible: true });
        expect(largestColumn(semiDual.plan())).toBeLessThanOrEqual(maximumEntries);
        expect(semiDual.largestCount).toBe(largestColumn(semiDual.plan()));
        expect(semiDual.columnViolation).toBeLessThan(1e-14 * 13);
        const dual = await sparseTransport(own, { ...options, allowInfeasible: true, formulation: "dual" });
        expect(largestColumn(dual.plan())).toBeLessThanOrEqual(maximumEntries);
      }
    },
  );

  it("say where ties leave marginals unmet, and can be repaired to plans that meet them", async () => {
    for (const regularizer of ["quadratic", "entropic"] as const) {
      const regularization = regularizer === "quadratic" ? 0.1 : 0.01;
      const result = await sparseTransport(
        { ...problem, regularization, maximumEntries: 2, regularizer },
        { subgradientIterations: 200 },
      );
      expect(result.solver).toBe("subgradient");
      expect(result.marginalViolation).toBeGreaterThan(0.01);
      expect(result.marginalViolation).toBeCloseTo(marginalErrorOf(result.plan().data, problem), 12);
      expect(result.tiedColumns).toBeGreaterThan(0);
      const repaired = await result.repairTies();
      expect(largestColumn(repaired.plan())).toBeLessThanOrEqual(2);
      expect(marginalErrorOf(repaired.plan().data, problem)).toBeLessThan(1e-8);
      // A feasible plan is worth no less than the bound.
      expect(repaired.objective).toBeGreaterThanOrEqual(result.dualObjective - 1e-9);
      // Of the plans with one entry per column, which it could be, the best is worth more.
      const assignment = await sparseTransport({ ...problem, regularization, maximumEntries: 1, regularizer });
      expect(repaired.objective).toBeLessThan(assignment.objective);
      // What the duality gap leaves of the cost; entropy makes more of it, since masses at a tie are nowhere near alike.
      if (regularizer === "quadratic") expect(repaired.objective / result.dualObjective - 1).toBeLessThan(2e-3);
    }
  });

  it("take fewer L-BFGS iterations as k grows", async () => {
    const iterations = [];
    for (const maximumEntries of [2, 8, 32]) {
      const { history, reason } = await sparseTransport(
        { ...problem, regularization: 1, maximumEntries },
        { solver: "lbfgs", maximumIterations: 1000 },
      );
      iterations.push(history.length - 1);
      expect(reason === "converged").toBe(maximumEntries >= 8);
    }
    expect(iterations[0]).toBeGreaterThan(200);
    expect(iterations[1]).toBeLessThan(60);
    expect(iterations[2]).toBeLessThanOrEqual(iterations[1]);
  });

  it("are the transposed ones where rows are sparse", async () => {
    const own = await randomTransport(12, 7, 4);
    const { data, shape } = own.costMatrix;
    const turned = {
      costMatrix: {
        data: Float64Array.from(data, (_, index) => data[(index % shape[0]) * shape[1] + Math.floor(index / shape[0])]),
        shape: [7, 12],
      },
      rowMarginal: own.columnMarginal,
      columnMarginal: own.rowMarginal,
    };
    const common = { regularization: 2, maximumEntries: 6, regularizer: "entropic" } as const;
    const few = { maximumIterations: 30, subgradientIterations: 10 };
    const columns = await sparseTransport({ ...own, ...common }, few);
    const rows = await sparseTransport({ ...turned, ...common, sparseSide: "rows" }, few);
    expect(rows.dualObjective).toBe(columns.dualObjective);
    expect(rows.rowPotential).toEqual(columns.columnPotential);
    expect([rows.rowViolation, rows.columnViolation]).toEqual([columns.columnViolation, columns.rowViolation]);
    const [plan, other] = [columns.plan().data, rows.plan().data];
    for (let row = 0; row < 12; row++)
      for (let column = 0; column < 7; column++) expect(other[column * 12 + row]).toBe(plan[row * 7 + column]);
    const { rowOffsets, columnIndices, values } = columns.sparsePlan();
    for (let row = 0; row < 12; row++)
      for (let at = rowOffsets[row]; at < rowOffsets[row + 1]; at++)
        expect(plan[row * 7 + columnIndices[at]]).toBe(values[at]);
  });

  it("have potentials of both sides that give the plan", async () => {
    for (const regularizer of ["quadratic", "entropic"] as const) {
      const regularization = 1;
      const result = await sparseTransport({ ...problem, regularization, maximumEntries: 32, regularizer });
      const plan = result.plan().data;
      for (const [index, mass] of plan.entries()) {
        const score =
          result.rowPotential[Math.floor(index / POINTS)] +
          result.columnPotential[index % POINTS] -
          problem.costMatrix.data[index];
        expect(mass).toBeCloseTo(
          regularizer === "quadratic" ? Math.max(0, score) / regularization : Math.exp(score / regularization - 1),
          12,
        );
      }
    }
  });

  it("go on from given potentials", async () => {
    const own = { ...problem, regularization: 1, maximumEntries: 8 };
    for (const formulation of ["semi-dual", "dual"] as const) {
      const first = await sparseTransport(own, { formulation });
      const again = await sparseTransport(own, {
        formulation,
        initialPotentials: { row: first.rowPotential, column: first.columnPotential },
      });
      expect(again.history.length).toBe(1);
      expect(again.reason).toBe("converged");
    }
  });

  it("refuse what cannot be met, unless told to", async () => {
    const own = { ...(await randomTransport(9, 4)), regularization: 1 };
    const few = { maximumIterations: 30, subgradientIterations: 10 };
    await expect(sparseTransport({ ...own, maximumEntries: 2 })).rejects.toThrow(
      "at least 3: 4 columns of fewer entries cannot take mass from all 9 rows",
    );
    const relaxed = await sparseTransport({ ...own, maximumEntries: 2 }, { ...few, allowInfeasible: true });
    expect(relaxed.marginalViolation).toBeGreaterThan(0.01);
    expect((await relaxed.repairTies()).marginalViolation).toBeGreaterThan(0.001);
    await expect(sparseTransport({ ...own, maximumEntries: 1, sparseSide: "rows" }, few)).resolves.toMatchObject({
      largestCount: 1,
    });
  });

  it("take k for the number of rows where it is larger, and say so", async () => {
    const own = { ...(await randomTransport(5, 4)), regularization: 1 };
    const result = await sparseTransport({ ...own, maximumEntries: 50 });
    expect(result.maximumEntries).toBe(5);
    expect(result.warnings).toEqual(["maximumEntries is 50, and taken for 5: there are no more rows"]);
  });

  it("leave out lines without mass where they may", async () => {
    const own = {
      costMatrix: [
        [0, 1, 2],
        [1, 0, 1],
        [2, 1, 0],
      ],
      rowMarginal: [0.5, 0, 0.5],
      columnMarginal: [0.5, 0.5, 0],
      regularization: 1,
      maximumEntries: 2,
    };
    await expect(sparseTransport(own)).rejects.toThrow("rowMarginal[1]");
    const { rowPotential, columnPotential, plan } = await sparseTransport(own, { zeroMass: "remove" });
    expect([rowPotential[1], columnPotential[2]]).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    expect(
      marginalErrorOf(plan().data, {
        ...own,
        rowMarginal: Float64Array.from(own.rowMarginal),
        columnMarginal: Float64Array.from(own.columnMarginal),
      } as never),
    ).toBeLessThan(1e-8);
  });

  it.each([
    [{ maximumEntries: 0 }, {}, "maximumEntries"],
    [{ maximumEntries: 1.5 }, {}, "maximumEntries"],
    [{ regularization: 0 }, {}, "regularization"],
    [{ sparseSide: "both" }, {}, "sparseSide"],
    [{ regularizer: "cubic" }, {}, "regularizer"],
    [{}, { formulation: "primal" }, "options.formulation"],
    [{}, { solver: "newton" }, "options.solver"],
    [{}, { tolerance: -1 }, "options.tolerance"],
    [{}, { maximumIterations: 0 }, "options.maximumIterations"],
    [{}, { dtype: "float16" }, "options.dtype"],
    [{}, { initialPotentials: { row: [1] } }, "options.initialPotentials.row"],
  ])("refuse %o with options %o", async (wrong, options, argument) => {
    const own = { ...problem, regularization: 1, maximumEntries: 3, ...wrong };
    await expect(sparseTransport(own as never, options as never)).rejects.toMatchObject({ argument });
  });

  it("stop when aborted, and report every iteration", async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const result = await sparseTransport(
      { ...problem, regularization: 1, maximumEntries: 2 },
      {
        signal: controller.signal,
        onProgress: ({ iteration }) => {
          seen.push(iteration);
          if (iteration === 7) controller.abort();
        },
      },
    );
    expect(result.reason).toBe("aborted");
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(result.history.map(({ iteration }) => iteration)).toEqual(seen);
  });

  it("are found in the entropic dual wherever costs begin", async () => {
    const own = await shiftedGaussians(10, 2);
    const common = { ...own, regularization: 0.05, maximumEntries: 10, regularizer: "entropic" } as const;
    const expected = await sparseTransport(common);
    const shifted = {
      ...common,
      costMatrix: { ...own.costMatrix, data: own.costMatrix.data.map((cost) => cost - 1000) },
    };
    const result = await sparseTransport(shifted, { formulation: "dual", tolerance: 1e-8 });
    expect(result.reason).toBe("converged");
    // Costs of 1000 are rounded by 10⁻¹³.
    expect(Math.abs(result.dualObjective + 1000 - expected.dualObjective)).toBeLessThan(1e-9);
  });

  it("are refused, and nothing is left behind, where given potentials overflow", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    const common = { ...problem, regularization: 0.01, maximumEntries: 4, regularizer: "entropic" } as const;
    const initialPotentials = { row: new Float64Array(POINTS).fill(100), column: new Float64Array(POINTS) };
    const run = sparseTransport(common, { device, formulation: "dual", initialPotentials });
    await expect(run).rejects.toMatchObject({ name: DivergedError.name, lastIterate: expect.any(Float64Array) });
    expect(device.memory().tensors).toBe(0);
  });

  it("let the event loop run", async () => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), 5);
    const result = await sparseTransport(
      { ...problem, regularization: 1, maximumEntries: 2 },
      { signal: controller.signal },
    );
    clearTimeout(timer);
    expect(result.reason).toBe("aborted");
  });

  it("come to kinks by subgradients alone, too", async () => {
    const own = { ...problem, regularization: 0.1, maximumEntries: 1 };
    const exact = await sparseTransport(own);
    const result = await sparseTransport(own, { solver: "subgradient", subgradientIterations: 200 });
    expect(result.history.every(({ solver }) => solver === "subgradient")).toBe(true);
    expect(exact.dualObjective - result.dualObjective).toBeLessThan(2e-3 * exact.dualObjective);
    expect(exact.dualObjective - result.dualObjective).toBeGreaterThanOrEqual(-1e-12);
  });
});

describe("k-sparse plans in float32", async () => {
  it.each(await testDevices())("have the value of float64 on $label", async ({ open }) => {
    await using device = await open();
    const own = { ...(await shiftedGaussians(10, 1)), regularization: 2, maximumEntries: 8 };
    const expected = await sparseTransport(own);
    const result = await sparseTransport(own, {
      device,
      dtype: "float32",
      maximumIterations: 15,
      subgradientIterations: 1,
    });
    expect(device.memory().tensors).toBe(0);
    expect(result.dtype).toBe("float32");
    // Costs and potentials of size 1 are rounded by 6e-8 each.
    expect(Math.abs(result.dualObjective - expected.dualObjective)).toBeLessThan(1e-6);
    expect(result.columnViolation).toBeLessThan(1e-6);
    expect(result.rowViolation).toBeLessThan(1e-3);
  });

  it("are computed on the device that costs are on", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    const own = await shiftedGaussians(8, 1);
    using costMatrix = device.tensor(own.costMatrix.data as Float64Array<ArrayBuffer>, [8, 8]);
    const result = await sparseTransport({ ...own, costMatrix, regularization: 1, maximumEntries: 4 });
    expect(result.reason).toBe("converged");
    expect(device.memory().tensors).toBe(1);
  });
});
