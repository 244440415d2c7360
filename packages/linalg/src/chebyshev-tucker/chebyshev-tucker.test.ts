import { AbortedError, InvalidInputError, openDevice } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { norm2 } from "../host-norms.ts";
import { gridError, uniformGrid } from "./experiment/grid-error.ts";
import { chebyshevTucker, chebyshevTuckerFromGrid, type TrivariateFunction } from "./index.ts";

const chebyshev = (degree: number, x: number) => Math.cos(degree * Math.acos(x));
const runge: TrivariateFunction = (x, y, z) => 1 / (1 + 25 * (x * x + y * y + z * z));
const oscillating: TrivariateFunction = (x, y, z) => Math.exp(x * y * z) + Math.sin(3 * (x + 2 * y - z));

describe("chebyshevTucker", () => {
  it("is exact for polynomials, at their ranks", async () => {
    const f: TrivariateFunction = (x, y, z) => chebyshev(3, x) * chebyshev(5, y) * chebyshev(2, z) + 2 * x * y;
    const { approximation, reason } = await chebyshevTucker(f, { nodes: 8, tolerance: 1e-10 });
    expect(approximation.ranks).toEqual([2, 2, 2]);
    expect(reason).toBe("resolved");
    expect(await gridError(approximation, f, 11)).toBeLessThan(1e-13);
    const bilinear: TrivariateFunction = (x, y, z) => 2 * x * y * z - x;
    const second = (await chebyshevTucker(bilinear, { nodes: 8, tolerance: 1e-10 })).approximation;
    expect(Math.max(...second.ranks)).toBeLessThanOrEqual(2);
    expect(await gridError(second, bilinear, 11)).toBeLessThan(1e-13);
  });

  // The errors and ranks of the specification's own run at ε = 10⁻⁷; errors may be twice as large, ranks differ by one.
  it.each([
    { name: "Runge's function", f: runge, nodes: 33, error: 1.6e-3, ranks: [10, 10, 10] },
    { name: "Runge's function", f: runge, nodes: 65, error: 2e-6, ranks: [11, 11, 11] },
    {
      name: "a Newton kernel from outside",
      f: ((x, y, z) => 1 / Math.hypot(x - 2, y - 2, z - 2)) as TrivariateFunction,
      nodes: 33,
      error: 2e-7,
      ranks: [6, 6, 6],
    },
    { name: "an exponential and a wave", f: oscillating, nodes: 33, error: 9.7e-8, ranks: [8, 9, 8] },
    {
      name: "a rounded Slater function",
      f: ((x, y, z) => Math.exp(-Math.sqrt(x * x + y * y + z * z + 0.01))) as TrivariateFunction,
      nodes: 65,
      error: 3.8e-6,
      ranks: [10, 10, 10],
    },
  ])("approximates $name from $nodes nodes with the error and ranks expected", async ({ f, nodes, error, ranks }) => {
    const { approximation } = await chebyshevTucker(f, { nodes });
    expect(await gridError(approximation, f, 41)).toBeLessThan(2 * error);
    for (const [axis, rank] of approximation.ranks.entries())
      expect(Math.abs(rank - ranks[axis])).toBeLessThanOrEqual(1);
  });

  it("says which axes are not resolved", async () => {
    const { reason, tails } = await chebyshevTucker((x, y) => runge(x, 0, 0) * y, { nodes: [17, 9, 5] });
    expect(reason).toBe("unresolved");
    expect(tails[0]).toBeGreaterThan(1e-4);
    expect(Math.max(tails[1], tails[2])).toBeLessThan(1e-14);
  });

  it("keeps its error bounds", async () => {
    const { approximation, truncationError, uniformBound } = await chebyshevTucker(oscillating, {
      nodes: 25,
      tolerance: 1e-3,
    });
    expect(truncationError).toBeLessThanOrEqual(1e-3);
    expect(truncationError).toBeGreaterThan(0);
    const error = await gridError(approximation, oscillating, 21);
    expect(error * (Math.E + 1)).toBeLessThan(uniformBound);
  });

  it("refines factors without lowering the norm of the core: HOOI error ≤ HOSVD error ≤ √3 · best", async () => {
    const all = (await chebyshevTucker(oscillating, { nodes: 21, tolerance: 1e-14 })).approximation;
    const norm = norm2(all.core);
    for (const rank of [2, 3, 5]) {
      const { coreNorms, truncationError } = await chebyshevTucker(oscillating, {
        nodes: 21,
        ranks: [rank, rank, rank],
        refinementSweeps: 10,
      });
      for (let sweep = 1; sweep < coreNorms.length; sweep++)
        expect(coreNorms[sweep]).toBeGreaterThanOrEqual(coreNorms[sweep - 1] * (1 - 1e-14));
      // ‖C − Ĉ‖² = ‖C‖² − ‖G‖² for orthogonal projections.
      const [before, after] = [coreNorms[0], coreNorms[coreNorms.length - 1]].map((core) =>
        Math.sqrt(norm ** 2 - core ** 2),
      );
      expect(after).toBeLessThanOrEqual(before);
      expect(before).toBeLessThanOrEqual(truncationError * norm * (1 + 1e-10));
      // The best is at most what refinement reached.
      expect(before).toBeLessThanOrEqual(Math.sqrt(3) * after);
    }
  });

  it("approximates zero and constants with rank 1, and takes one node for an axis that nothing depends on", async () => {
    const zero = await chebyshevTucker(() => 0, { nodes: 5 });
    expect(zero.approximation.ranks).toEqual([1, 1, 1]);
    expect([...(await zero.approximation.evaluate([0.1, 0.2, 0.3]))]).toEqual([0]);
    const flat = await chebyshevTucker((x) => x * x, { nodes: [5, 1, 1] });
    expect((await flat.approximation.evaluate([0.5, -1, 1]))[0]).toBeCloseTo(0.25, 14);
    expect(flat.reason).toBe("resolved");
  });

  it("takes any box", async () => {
    const domain = [
      [2, 3],
      [-5, -1],
      [0, 10],
    ] as const;
    const f: TrivariateFunction = (x, y, z) => Math.log(x) * Math.cos(y) + Math.exp(-z / 5);
    const { approximation } = await chebyshevTucker(f, { nodes: 24, domain });
    const points = [2, -1, 0, 2.5, -3, 7, 3, -5, 10];
    const values = await approximation.evaluate(points);
    for (let at = 0; at < 3; at++)
      expect(Math.abs(values[at] - f(points[3 * at], points[3 * at + 1], points[3 * at + 2]))).toBeLessThan(1e-6);
  });

  it("takes samples on a uniform grid, to the accuracy of splines", async () => {
    const n = 40;
    const centre = (i: number) => -1 + (i + 0.5) / (n / 2);
    const samples = Float64Array.from({ length: n ** 3 }, (_, at) =>
      oscillating(centre(Math.floor(at / n / n)), centre(Math.floor(at / n) % n), centre(at % n)),
    );
    const { approximation, samples: used } = await chebyshevTuckerFromGrid(samples, [n, n, n], { nodes: 20 });
    expect(used).toBe(n ** 3);
    // h⁴ max|f⁗| / 384 with h = 0.05 and a fourth derivative of 6⁴, thrice for three axes, ten times near the ends.
    expect(await gridError(approximation, oscillating, 21)).toBeLessThan(1e-3);
    await expect(chebyshevTuckerFromGrid(samples.subarray(1), [n, n, n])).rejects.toThrow(/samples/);
    await expect(chebyshevTuckerFromGrid(new Float64Array(3), [3, 1, 1])).rejects.toThrow(/extents/);
  });

  it("refuses what makes no sense before it samples", async () => {
    const refused = async (options: object, argument: RegExp) => {
      let calls = 0;
      const counting: TrivariateFunction = () => ++calls;
      await expect(chebyshevTucker(counting, options)).rejects.toThrow(argument);
      expect(calls).toBe(0);
    };
    await refused({ nodes: 0 }, /nodes/);
    await refused({ nodes: [4, 4, 1.5] }, /nodes, axis 2/);
    await refused({ tolerance: 1e-15 }, /tolerance/);
    await refused({ tolerance: 1 }, /tolerance/);
    await refused({ nodes: 4, ranks: [4, 5, 4] }, /ranks\[1\]/);
    await refused(
      {
        domain: [
          [0, 1],
          [1, 1],
          [0, 1],
        ],
      },
      /domain\[1\]/,
    );
    await refused({ nodes: 300, memoryLimit: 1e6 }, /memoryLimit/);
    await refused({ refinementSweeps: -1 }, /refinementSweeps/);
    await expect(chebyshevTucker(undefined as never)).rejects.toThrow(InvalidInputError);
    await expect(chebyshevTucker((x) => 1 / x, { nodes: 5 })).rejects.toThrow(/f\(0, /);
  });

  it("stops when it is told to, and tells how far it is", async () => {
    const controller = new AbortController();
    const stages: string[] = [];
    const onProgress = (stage: string) => {
      stages.push(stage);
      if (stage === "coefficients") controller.abort();
    };
    await expect(chebyshevTucker(runge, { nodes: 9, signal: controller.signal, onProgress })).rejects.toThrow(
      AbortedError,
    );
    expect(stages).toEqual(["sampled", "coefficients"]);
  });

  it("leaves nothing on a device that it was given, and refuses one without float64", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    const before = device.memory();
    const { approximation } = await chebyshevTucker(oscillating, { nodes: 12, device, refinementSweeps: 2 });
    await approximation.gradient([0, 0, 0], { device });
    await approximation.evaluateGrid(uniformGrid(4), uniformGrid(5), uniformGrid(6), { device });
    const controller = new AbortController();
    controller.abort();
    await expect(chebyshevTucker(oscillating, { nodes: 12, device, signal: controller.signal })).rejects.toThrow(
      AbortedError,
    );
    expect(device.memory().tensors).toBe(before.tensors);
  });
});
