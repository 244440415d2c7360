import { describe, expect, it } from "vitest";
import { exactTransport } from "../exact-transport/index.ts";
import { randomTransport } from "../fixtures/problems.ts";
import { type PointMetric, pointCloud } from "../point-cloud/index.ts";
import { sinkhornDivergence } from "./index.ts";

async function measures(metric: PointMetric = "squared-euclidean", regularization = 0.1) {
  const { costMatrix, rowMarginal, columnMarginal } = await randomTransport(5, 7, 8);
  return {
    x: { data: Float64Array.from(costMatrix.data.slice(0, 10)), shape: [5, 2] },
    y: { data: Float64Array.from(costMatrix.data.slice(10, 24)), shape: [7, 2] },
    xWeights: rowMarginal,
    yWeights: columnMarginal,
    metric,
    regularization,
  };
}

describe("sinkhornDivergence", () => {
  it("is 0 between a measure and itself, where entropic transport is not, and positive between others", async () => {
    for (const metric of ["squared-euclidean", "euclidean", "l1"] as const) {
      const problem = await measures(metric);
      const same = { ...problem, y: problem.x, yWeights: problem.xWeights };
      expect(Math.abs((await sinkhornDivergence(same)).divergence)).toBeLessThan(1e-14);
      expect((await sinkhornDivergence(problem)).divergence).toBeGreaterThan(1e-3);
    }
  });

  it("tends to the cost of unregularised transport and to half the distance of the means for small and large ε", async () => {
    const problem = await measures();
    const exact = await exactTransport({
      costMatrix: pointCloud(problem.x, problem.y),
      rowMarginal: problem.xWeights,
      columnMarginal: problem.yWeights,
    });
    const small = await sinkhornDivergence({ ...problem, regularization: 1e-4 });
    // Entropy is worth at most 10⁻⁴ log 35 in the transport between both.
    expect(Math.abs(small.divergence - exact.transportCost)).toBeLessThan(4e-4);
    const mean = ({ data }: typeof problem.x, weights: Float64Array, axis: number) =>
      weights.reduce((sum, mass, index) => sum + mass * data[2 * index + axis], 0);
    const square = [0, 1].reduce((sum, axis) => {
      return sum + (mean(problem.x, problem.xWeights, axis) - mean(problem.y, problem.yWeights, axis)) ** 2;
    }, 0);
    // For squared distances the plans are then products, and the variances cancel; what is left falls as 1/ε.
    const large = await sinkhornDivergence({ ...problem, regularization: 1000 });
    expect(Math.abs(large.divergence - square)).toBeLessThan(1e-3);
  });

  it("has the gradients that finite differences have", async () => {
    const problem = await measures("squared-euclidean", 0.2);
    const value = async (changed: Partial<typeof problem>) =>
      (await sinkhornDivergence({ ...problem, ...changed }, { tolerance: 1e-14 })).divergence;
    const { x, y, xWeights, yWeights } = await sinkhornDivergence(problem, { tolerance: 1e-14, gradients: true });
    const step = 1e-4;
    const moved = (cloud: typeof problem.x, index: number, shift: number) => {
      return { ...cloud, data: cloud.data.map((coordinate, each) => coordinate + (each === index ? shift : 0)) };
    };
    const shifted = (masses: Float64Array, shift: number) =>
      masses.map((mass, index) => mass + (index === 0 ? shift : index === 3 ? -shift : 0));
    const differences = async (at: (shift: number) => Partial<typeof problem>) =>
      ((await value(at(step))) - (await value(at(-step)))) / (2 * step);
    // Central differences are off by some step² times a third derivative of size 1.
    for (const index of [0, 7]) {
      expect(x![index]).toBeCloseTo(await differences((shift) => ({ x: moved(problem.x, index, shift) })), 7);
      expect(y![index]).toBeCloseTo(await differences((shift) => ({ y: moved(problem.y, index, shift) })), 7);
    }
    const byX = await differences((shift) => ({ xWeights: shifted(problem.xWeights, shift) }));
    expect(xWeights![0] - xWeights![3]).toBeCloseTo(byX, 6);
    const byY = await differences((shift) => ({ yWeights: shifted(problem.yWeights, shift) }));
    expect(yWeights![0] - yWeights![3]).toBeCloseTo(byY, 6);
  });
});
