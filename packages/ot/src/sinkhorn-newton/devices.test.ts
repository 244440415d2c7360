import type { Device } from "@ansatz/tensor";
import { testDevices } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FixtureProblem, gaussians, marginalErrorOf, randomTransport } from "../fixtures/problems.ts";
import { sinkhorn } from "../sinkhorn/index.ts";
import type { TransportResult } from "../transport-result.ts";
import { sinkhornNewton } from "./index.ts";

/** Small, since one of the devices may be a GPU in software. */
const PROBLEMS: readonly {
  readonly name: string;
  readonly eta: number;
  readonly make: () => Promise<FixtureProblem>;
}[] = [
  { name: "random costs at η = 600", eta: 600, make: () => randomTransport(60, 47, 4) },
  { name: "densities at η = 1000", eta: 1000, make: async () => gaussians(64, 2) },
];

for (const { label, open } of await testDevices())
  describe(`sinkhornNewton in float32 on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it.each(PROBLEMS)("solves as in float64: $name", async ({ make, eta }) => {
      const problem = { ...(await make()), regularization: 1 / eta };
      const exact = await sinkhornNewton(problem);
      const before = { ...device.memory(), peakBytes: 0 };
      const result = await sinkhornNewton(problem, { device, dtype: "float32" });
      expect({ ...device.memory(), peakBytes: 0 }).toEqual(before);
      expect(result.reason).toBe("converged");
      expect(result.marginalError).toBeLessThanOrEqual(5e-6);
      // Also of the plan that the caller gets, which is evaluated in float64.
      expect(marginalErrorOf(result.plan().data, problem)).toBeLessThanOrEqual(5e-6);
      expect(relativeDifference(result, exact)).toBeLessThanOrEqual(1e-5);
    });

    it("keeps a fixed share of the plan when told to", async () => {
      const problem = { ...(await randomTransport(30, 40, 5)), regularization: 1 / 100 };
      const result = await sinkhornNewton(problem, { device, dtype: "float32", sparsity: { fraction: 0.5 } });
      expect(result.reason).toBe("converged");
      const kept = result.history.flatMap(({ keptEntries }) => keptEntries ?? []);
      expect(new Set(kept)).toEqual(new Set([600]));
    });

    it("is the same problem for plain Sinkhorn", async () => {
      const problem = { ...(await randomTransport(30, 40, 5)), regularization: 1 / 20 };
      const newton = await sinkhornNewton(problem, { device, dtype: "float32" });
      const plain = await sinkhorn(problem, { device, dtype: "float32", tolerance: 2e-6, maximumSweeps: 400 });
      expect(plain.reason).toBe("converged");
      expect(relativeDifference(plain, newton)).toBeLessThanOrEqual(1e-5);
    });
  });

function relativeDifference(a: TransportResult, b: TransportResult): number {
  return Math.abs(a.transportCost - b.transportCost) / b.transportCost;
}
