import { InvalidInputError, openDevice, UnsupportedError } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { denseNewton } from "./dense-newton/index.ts";
import { dualLbfgs } from "./dual-lbfgs/index.ts";
import { type FixtureProblem, marginalErrorOf, randomTransport } from "./fixtures/problems.ts";
import { sinkhorn } from "./sinkhorn/index.ts";
import { sinkhornNewton } from "./sinkhorn-newton/index.ts";

/** Every solver must pass this battery; a new one joins the list. */
const SOLVERS = { sinkhorn, sinkhornNewton, denseNewton, dualLbfgs };

let problem: FixtureProblem & { readonly regularization: number };
let cpu: Awaited<ReturnType<typeof openDevice>>;

beforeAll(async () => {
  problem = { ...(await randomTransport(23, 31, 5)), regularization: 0.02 };
  cpu = await openDevice("cpu", { threads: 1 });
});
afterAll(() => cpu.dispose());

describe.each(Object.entries(SOLVERS))("%s", (_, solve) => {
  it("meets both marginals, with equal primal and dual objectives", async () => {
    const result = await solve(problem, { tolerance: 1e-9 });
    expect(result.reason).toBe("converged");
    expect(result.marginalError).toBeLessThanOrEqual(1e-9);
    expect(marginalErrorOf(result.plan().data, problem)).toBeLessThanOrEqual(1.1e-9);
    // Their difference is (P1 − r)·x + (Pᵀ1 − c)·y, and potentials are below 1.
    expect(Math.abs(result.objective - result.dualObjective)).toBeLessThanOrEqual(1e-9);
  });

  it("reports the cost and the objective of the plan it returns", async () => {
    const result = await solve(problem, { tolerance: 1e-9 });
    const plan = result.plan().data;
    const { data } = problem.costMatrix;
    const cost = plan.reduce((sum, mass, index) => sum + mass * data[index], 0);
    const entropy = plan.reduce((sum, mass) => sum + (mass > 0 ? mass * Math.log(mass) : 0), 0);
    expect(result.transportCost).toBeCloseTo(cost, 13);
    expect(result.objective).toBeCloseTo(cost + problem.regularization * entropy, 12);
  });

  it("finds the same cost as the others", async () => {
    const [own, other] = await Promise.all([solve(problem, { tolerance: 1e-10 }), sinkhornNewton(problem)]);
    expect(own.transportCost).toBeCloseTo(other.transportCost, 8);
  });

  it("tells its history, and the caller as it goes", async () => {
    const seen: number[] = [];
    const result = await solve(problem, { tolerance: 1e-6, onProgress: ({ iteration }) => seen.push(iteration) });
    expect(seen).toEqual(result.history.map(({ iteration }) => iteration));
    expect(seen).toEqual(seen.map((_, index) => index + 1));
    for (const { error, regularization } of result.history) {
      expect(error).toBeGreaterThanOrEqual(0);
      expect(regularization).toBe(problem.regularization);
    }
  });

  it("stops when aborted, with the iterate of that moment", async () => {
    const controller = new AbortController();
    const onProgress = ({ iteration }: { iteration: number }) => {
      if (iteration === 3) controller.abort();
    };
    const result = await solve(problem, { signal: controller.signal, tolerance: 0, onProgress });
    expect(result.reason).toBe("aborted");
    expect(result.history.length).toBe(3);
    expect(result.marginalError).toBeGreaterThan(0);
    expect(result.plan().data.every(Number.isFinite)).toBe(true);
  });

  it("lets a timer abort it", async () => {
    const result = await solve(
      { ...problem, regularization: 1e-3 },
      {
        signal: AbortSignal.timeout(1),
        tolerance: 0,
        ...{ maximumSweeps: 1e7, maximumSteps: 1e7, maximumNewtonSteps: 1e7 },
      },
    );
    // A method that ends by itself before the timer can be heard has nothing to abort.
    expect(["aborted", "converged", "stalled"]).toContain(result.reason);
  });

  it("goes on from given potentials", async () => {
    const first = await solve(problem, { tolerance: 1e-9 });
    const initialPotentials = { row: first.rowPotential, column: first.columnPotential };
    const again = await solve(problem, { tolerance: 1e-8, initialPotentials });
    expect(again.history.filter(({ kind }) => kind !== "sinkhorn")).toEqual([]);
    expect(again.marginalError).toBeLessThanOrEqual(1e-8);
  });

  it("gives rows and columns without mass none", async () => {
    const rowMarginal = Float64Array.from(problem.rowMarginal);
    rowMarginal[0] += rowMarginal[4];
    rowMarginal[4] = 0;
    await expect(solve({ ...problem, rowMarginal })).rejects.toThrow(InvalidInputError);
    const result = await solve({ ...problem, rowMarginal }, { zeroMass: "remove", tolerance: 1e-9 });
    expect(result.rowPotential[4]).toBe(Number.NEGATIVE_INFINITY);
    const { data, shape } = result.plan();
    expect(shape).toEqual([23, 31]);
    expect(data.slice(4 * 31, 5 * 31).every((mass) => mass === 0)).toBe(true);
    expect(marginalErrorOf(data, { ...problem, rowMarginal })).toBeLessThanOrEqual(1.1e-9);
  });

  it("leaves nothing on the caller's device, and uses the caller's tensors where they are", async () => {
    using costMatrix = cpu.tensor(problem.costMatrix.data as Float64Array<ArrayBuffer>, [23, 31]);
    const before = { ...cpu.memory(), peakBytes: 0 };
    const result = await solve({ ...problem, costMatrix }, { tolerance: 1e-6 });
    expect({ ...cpu.memory(), peakBytes: 0 }).toEqual(before);
    const onHost = await solve(problem, { device: cpu, tolerance: 1e-6 });
    expect(result.transportCost).toBe(onHost.transportCost);
  });

  it("computes in float32 when asked to", async () => {
    const result = await solve(problem, { dtype: "float32", tolerance: 2e-6 });
    expect(result.dtype).toBe("float32");
    expect(result.marginalError).toBeLessThanOrEqual(2e-6);
    expect(marginalErrorOf(result.plan().data, problem)).toBeLessThanOrEqual(5e-6);
  });

  it("refuses bad options before any work, naming them", async () => {
    const refuses = (options: object, argument: string) =>
      expect(solve(problem, options)).rejects.toThrow(
        expect.objectContaining({ name: InvalidInputError.name, argument }),
      );
    await refuses({ tolerance: -1 }, "options.tolerance");
    await refuses({ tolerance: Number.NaN }, "options.tolerance");
    await refuses({ dtype: "int32" }, "options.dtype");
    await refuses({ zeroMass: "ignore" }, "options.zeroMass");
    await refuses({ initialPotentials: { row: [1], column: problem.columnMarginal } }, "options.initialPotentials.row");
    const column = Float64Array.from(problem.columnMarginal);
    column[3] = Number.NaN;
    await refuses({ initialPotentials: { row: problem.rowMarginal, column } }, "options.initialPotentials.column[3]");
  });
});

it("refuses a dtype that the device does not hold", async () => {
  await using device = await openDevice("tensorflow", { engine: "portable" });
  await expect(sinkhornNewton(problem, { device, dtype: "float64" })).rejects.toThrow(UnsupportedError);
  expect(device.memory().tensors).toBe(0);
});
