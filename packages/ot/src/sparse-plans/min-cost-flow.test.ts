import { describe, expect, it } from "vitest";
import { exactTransport } from "../exact-transport/index.ts";
import { randomTransport } from "../fixtures/problems.ts";
import { minimumCostFlow } from "./min-cost-flow.ts";

/** All arcs, ordered by column. */
function completeArcs(
  rows: number,
  columns: number,
  cost: (row: number, column: number) => number,
  capacity = Number.POSITIVE_INFINITY,
) {
  const order = Array.from({ length: rows * columns }, (_, index) => [index % rows, Math.floor(index / rows)] as const);
  return {
    offsets: Int32Array.from({ length: columns + 1 }, (_, column) => column * rows),
    rows: Int32Array.from(order, ([row]) => row),
    costs: Float64Array.from(order, ([row, column]) => cost(row, column)),
    capacities: new Float64Array(rows * columns).fill(capacity),
  };
}

describe("flows of least cost", () => {
  it("cost what exact transport costs, on all arcs", async () => {
    for (let seed = 0; seed < 10; seed++) {
      const [m, n] = [3 + seed, 11 - seed];
      const problem = await randomTransport(m, n, seed);
      const { data } = problem.costMatrix;
      const arcs = completeArcs(m, n, (row, column) => data[row * n + column]);
      const { flows, unrouted } = minimumCostFlow(problem.rowMarginal, problem.columnMarginal, arcs);
      const cost = flows.reduce((total, flow, arc) => total + flow * arcs.costs[arc], 0);
      expect(unrouted).toBe(0);
      expect(Math.abs(cost - (await exactTransport(problem)).transportCost)).toBeLessThan(1e-13);
    }
  });

  it("respect capacities, and say what they leave", () => {
    const arcs = completeArcs(2, 2, (row, column) => (row === column ? 0 : 1), 0.3);
    const { flows, unrouted } = minimumCostFlow(Float64Array.of(0.5, 0.5), Float64Array.of(0.5, 0.5), arcs);
    expect(Array.from(flows, (flow) => Number(flow.toFixed(12)))).toEqual([0.3, 0.2, 0.2, 0.3]);
    expect(unrouted).toBe(0);
    const narrow = minimumCostFlow(Float64Array.of(0.5, 0.5), Float64Array.of(0.5, 0.5), {
      ...arcs,
      capacities: arcs.capacities.map(() => 0.2),
    });
    expect(narrow.unrouted).toBeCloseTo(0.2, 12);
  });

  it("use the arcs there are", () => {
    const arcs = {
      offsets: Int32Array.of(0, 1, 1),
      rows: Int32Array.of(0),
      costs: Float64Array.of(3),
      capacities: Float64Array.of(Number.POSITIVE_INFINITY),
    };
    const { flows, unrouted } = minimumCostFlow(Float64Array.of(0.25, 0.75), Float64Array.of(0.5, 0.5), arcs);
    expect([...flows, unrouted]).toEqual([0.25, 0.75]);
  });
});
