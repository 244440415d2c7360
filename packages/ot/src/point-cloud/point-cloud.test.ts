import { InvalidInputError, key, normal, openDevice, UnsupportedError } from "@ansatz/tensor";
import { testDevices } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { hostMatrix } from "../cost-matrix.ts";
import { sinkhorn } from "../sinkhorn/index.ts";
import { sinkhornNewton } from "../sinkhorn-newton/index.ts";
import { type PointMetric, type Points, pointCloud } from "./index.ts";

async function gaussianPoints(count: number, dimension: number, seed: number) {
  await using device = await openDevice("cpu", { threads: 1 });
  using points = normal(key(seed), [count, dimension], { device, dtype: "float64" });
  return { data: await points.data(), shape: [count, dimension] };
}

const METRICS: readonly PointMetric[] = [
  "squared-euclidean",
  "euclidean",
  "l1",
  (x, y) => Math.abs(x[0] - y[0]) ** 1.5,
];

describe.each(METRICS.map((metric) => [typeof metric === "string" ? metric : "a function", metric] as const))(
  "points with the metric %s",
  (_, metric) => {
    it("have the same plan as their matrix of costs", async () => {
      const [x, y] = [await gaussianPoints(37, 3, 1), await gaussianPoints(300, 3, 2)];
      const cloud = pointCloud(x, y, { metric });
      const problem = { regularization: 0.3, rowMarginal: x.data.slice(0, 37).map((value) => value ** 2 + 0.1) };
      const total = problem.rowMarginal.reduce((sum, mass) => sum + mass, 0);
      const rowMarginal = problem.rowMarginal.map((mass) => mass / total);
      const options = { tolerance: 1e-12, checkInterval: 5 };
      const implicit = await sinkhorn({ ...problem, rowMarginal, costMatrix: cloud }, options);
      const explicit = await sinkhorn({ ...problem, rowMarginal, costMatrix: await hostMatrix(cloud) }, options);
      expect(implicit.reason).toBe("converged");
      expect(implicit.iterations).toEqual(explicit.iterations);
      // Both stop at 10⁻¹², from where their costs may still differ by that times the range of the costs, some tens.
      expect(Math.abs(implicit.transportCost - explicit.transportCost)).toBeLessThan(1e-11);
      expect(Math.abs(implicit.objective - explicit.objective)).toBeLessThan(1e-11);
      const [a, b] = [implicit.plan().data, explicit.plan().data];
      for (const [index, mass] of a.entries()) expect(Math.abs(mass - b[index])).toBeLessThan(1e-12);
    });
  },
);

describe("pointCloud", () => {
  it("takes arrays of points, numbers on a line, host matrices and tensors", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    using tensor = device.tensor(Float64Array.of(0, 1, 3), [3, 1]);
    const forms: Points[] = [
      [0, 1, 3],
      [[0], [1], [3]],
      Float64Array.of(0, 1, 3),
      { data: Float32Array.of(0, 1, 3), shape: [3, 1] },
      tensor,
    ];
    for (const form of forms) {
      const { data } = await hostMatrix(pointCloud(form, [1, 2]));
      expect([...data]).toEqual([1, 4, 0, 1, 4, 1]);
    }
    expect((await hostMatrix(pointCloud([0, 2]))).data).toEqual(Float64Array.of(0, 4, 4, 0));
  });

  it("becomes a matrix for the methods that need one", async () => {
    const cloud = pointCloud([0, 1, 2], [0.5, 1.5], { metric: "l1" });
    const newton = await sinkhornNewton({ costMatrix: cloud, regularization: 0.1 });
    const plain = await sinkhorn({ costMatrix: cloud, regularization: 0.1 });
    expect(newton.transportCost).toBeCloseTo(plain.transportCost, 12);
  });

  it("leaves out points without mass", async () => {
    const problem = { costMatrix: pointCloud([0, 9, 1], [0, 1]), rowMarginal: [0.5, 0, 0.5], regularization: 0.2 };
    const result = await sinkhorn(problem, { zeroMass: "remove" });
    const smaller = await sinkhorn({ costMatrix: pointCloud([0, 1], [0, 1]), regularization: 0.2 });
    expect(result.transportCost).toBeCloseTo(smaller.transportCost, 14);
    expect(result.plan().data.slice(2, 4)).toEqual(new Float64Array(2));
  });

  it("refuses coordinates that are not finite, dimensions that differ, and unknown metrics", async () => {
    const solve = (cloud: ReturnType<typeof pointCloud>) => sinkhorn({ costMatrix: cloud, regularization: 1 });
    await expect(solve(pointCloud([[0, 1]], [[0, Number.NaN]]))).rejects.toThrow(/y\[0\]\[1\]/);
    await expect(solve(pointCloud([[0, 1]], [[0, 1, 2]]))).rejects.toThrow(/2 coordinates/);
    await expect(solve(pointCloud([[0, 1], [0]], [[0, 1]]))).rejects.toThrow(/x\[1\]/);
    await expect(solve(pointCloud([], [1]))).rejects.toThrow(InvalidInputError);
    await expect(solve(pointCloud([0], [1], { metric: "cosine" as never }))).rejects.toThrow(/metric/);
    await expect(solve(pointCloud([0], [1], { metric: () => Number.NaN }))).rejects.toThrow(/metric/);
    await expect(
      sinkhorn({ costMatrix: pointCloud([0], [1], { metric: () => 1 }), regularization: 1 }, { dtype: "float32" }),
    ).rejects.toThrow(UnsupportedError);
  });
});

describe("sinkhorn between points", () => {
  it("needs memory for the points only, and frees it", async () => {
    const [m, n, dimension] = [2000, 1500, 2];
    const [x, y] = [await gaussianPoints(m, dimension, 3), await gaussianPoints(n, dimension, 4)];
    await using device = await openDevice("cpu");
    const before = device.memory();
    await sinkhorn({ costMatrix: pointCloud(x, y), regularization: 0.5 }, { device, maximumSweeps: 3 });
    expect({ ...device.memory(), peakBytes: 0 }).toEqual({ ...before, peakBytes: 0 });
    // Points twice, marginals, potentials before and after, sums and costs, room for 560 numbers per 16 rows; the matrix would have 24 MB.
    const bound = 8 * (m + n) * (2 * dimension + 20) + (8 * 560 * (m + n)) / 16;
    expect(device.memory().peakBytes - before.bytes).toBeLessThan(bound);
    expect(bound).toBeLessThan((8 * m * n) / 10);
  });

  it("agrees with float64 on every device, far from the origin too", async () => {
    const [x, y] = [await gaussianPoints(60, 2, 5), await gaussianPoints(90, 2, 6)];
    const moved = (points: { data: Float64Array; shape: number[] }) => ({
      ...points,
      data: points.data.map((value) => value + 1000),
    });
    const expected = await sinkhorn({ costMatrix: pointCloud(x, y), regularization: 0.5 }, { tolerance: 1e-12 });
    for (const { label, open, dtypes } of await testDevices()) {
      await using device = await open();
      const solve = () =>
        sinkhorn({ costMatrix: pointCloud(moved(x), moved(y)), regularization: 0.5 }, { device, dtype: "float32" });
      if (label === "tensorflow") {
        await expect(solve()).rejects.toThrow(UnsupportedError);
        continue;
      }
      expect(dtypes).toContain("float32");
      const result = await solve();
      expect(result.reason).toBe("converged");
      // Costs up to some 30 are rounded to 2·10⁻⁶, and to fewer digits where they are differences of coordinates that are rounded.
      expect(Math.abs(result.transportCost / expected.transportCost - 1)).toBeLessThan(1e-5);
    }
  });
});
