import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { randomTransport } from "../fixtures/problems.ts";
import { pointCloud } from "../point-cloud/index.ts";
import { solve, suitableMethod } from "./index.ts";

describe("solve", () => {
  it("takes the network simplex method without regularization, and sparse Newton steps with it", async () => {
    const problem = await randomTransport(12, 9, 1);
    const exact = await solve(problem);
    expect(exact.method).toBe("exact");
    const entropic = await solve({ ...problem, regularization: 1e-3 });
    expect(entropic.method).toBe("sinkhorn-newton");
    expect(entropic.marginalError).toBeLessThan(1e-12);
    // The entropy of any plan lies between 0 and log(m n), which bounds what it can cost.
    expect(entropic.transportCost - exact.transportCost).toBeGreaterThan(-1e-15);
    expect(entropic.transportCost - exact.transportCost).toBeLessThan(1e-3 * Math.log(108));
  });

  it("gives the same solution by every method, for a matrix and for points", async () => {
    const x = [0.1, 0.4, 0.9, 0.3];
    const y = [0.2, 0.6, 0.8];
    const costMatrix = x.map((s) => y.map((t) => (s - t) ** 2));
    const results = [];
    for (const cost of [costMatrix, pointCloud(x, y)])
      for (const method of ["sinkhorn", "sinkhorn-newton"] as const)
        results.push(await solve({ costMatrix: cost, regularization: 0.05 }, { method, tolerance: 1e-13 }));
    for (const { transportCost, method, reason } of results) {
      expect(reason).toBe("converged");
      expect(transportCost, method).toBeCloseTo(results[0].transportCost, 13);
    }
  });

  it("does not store the costs between very many points", () => {
    const points = (count: number) => ({ data: new Float64Array(2 * count), shape: [count, 2] });
    const method = (count: number) => suitableMethod({ costMatrix: pointCloud(points(count)), regularization: 1 });
    expect([method(8000), method(20_000)]).toEqual(["sinkhorn-newton", "sinkhorn"]);
  });

  it("refuses what does not fit together", async () => {
    const costMatrix = [[1]];
    await expect(solve({ costMatrix }, { method: "sinkhorn" })).rejects.toThrow(/regularization/);
    await expect(solve({ costMatrix, regularization: 1 }, { method: "exact" })).rejects.toThrow(/regularization/);
    await expect(solve({ costMatrix, regularization: -1 })).rejects.toThrow(InvalidInputError);
    await expect(solve({ costMatrix }, { tolerance: 1e-3 })).rejects.toThrow(/tolerance/);
    await expect(solve({ costMatrix }, { dtype: "float32" })).rejects.toThrow(/dtype/);
    await expect(solve({ costMatrix }, { method: "simplex" as never })).rejects.toThrow(/method/);
  });
});
