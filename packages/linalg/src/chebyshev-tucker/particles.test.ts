import { AbortedError, key, openDevice, uniform } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { newtonSum } from "../kernels/newton-sum/index.ts";
import { estimateChebyshevNodes } from "./degree.ts";
import { uniformGrid } from "./experiment/grid-error.ts";
import { gaussianSumAt, newtonGaussians, type Particles, particleCanonical, separateRanges } from "./newton-kernel.ts";
import { gaussiansOnGrid, particlePotential } from "./particles.ts";

async function randomParticles(count: number, seed = 3): Promise<Particles> {
  await using device = await openDevice("cpu", { threads: 1 });
  using draws = uniform(key(seed), [4 * count], { device, dtype: "float64" });
  const numbers = (await draws.data()) as Float64Array;
  return {
    positions: numbers.slice(0, 3 * count).map((u) => 1.8 * u - 0.9),
    charges: numbers.slice(3 * count).map((u) => (u < 0.5 ? -1 : 1)),
  };
}

describe("particlePotential", () => {
  it("has ranks that do not grow with the number of charges", { timeout: 60_000 }, async () => {
    const ranks = async (count: number, tolerance: number) =>
      Math.max(...(await particlePotential(await randomParticles(count), { tolerance })).approximation.ranks);
    const few = await ranks(50, 1e-7);
    const many = await ranks(400, 1e-7);
    expect(many).toBeLessThanOrEqual(few + 3);
    // The specification's own run: 37 to 38, of 65 nodes.
    expect(Math.abs(many - 38)).toBeLessThanOrEqual(2);
    // And 25.
    expect(Math.abs((await ranks(200, 1e-4)) - 25)).toBeLessThanOrEqual(2);
  });

  it("equals direct summation, with its forces and energy, by either algorithm", { timeout: 60_000 }, async () => {
    const particles = await randomParticles(60);
    const { positions, charges } = particles;
    const points = Float64Array.from({ length: 90 }, (_, at) => 0.99 * Math.sin(at * at + 1));
    await using device = await openDevice("cpu", { threads: 1 });
    const tensor = (values: ArrayLike<number>, shape: number[]) =>
      device.tensor(Float64Array.from(values), shape, "float64");
    using direct = newtonSum(tensor(points, [30, 3]), tensor(positions, [60, 3]), tensor(charges, [60]));
    const exact = (await direct.data()) as Float64Array;
    for (const algorithm of ["accumulated", "canonical"] as const) {
      const { potential } = await particlePotential(particles, {
        largestExponent: 4,
        tolerance: 1e-8,
        nodes: 49,
        algorithm,
      });
      const values = await potential.evaluate(points);
      // Tolerance 10⁻⁸ of coefficients whose norm is some tens.
      for (const [at, value] of values.entries()) expect(Math.abs(value - exact[at])).toBeLessThan(1e-5);
      const forces = await potential.forces();
      let energy = 0;
      for (let i = 0; i < 60; i++) {
        const force = [0, 0, 0];
        for (let j = 0; j < 60; j++) {
          if (i === j) continue;
          const apart = [0, 1, 2].map((axis) => positions[3 * i + axis] - positions[3 * j + axis]);
          const r = Math.hypot(...apart);
          energy += (charges[i] * charges[j]) / r / 2;
          for (let axis = 0; axis < 3; axis++) force[axis] += (charges[i] * charges[j] * apart[axis]) / r ** 3;
        }
        for (let axis = 0; axis < 3; axis++) expect(Math.abs(forces[3 * i + axis] - force[axis])).toBeLessThan(1e-3);
      }
      expect(Math.abs((await potential.energy()) - energy)).toBeLessThan(1e-4);
    }
  });

  it("takes charges on the boundary, and boxes of any size", async () => {
    const domain = [
      [-10, 10],
      [0, 20],
      [5, 25],
    ] as const;
    const particles = { positions: [-10, 0, 5, 10, 20, 25, 0, 10, 15], charges: [1, -1, 2] };
    const { potential } = await particlePotential(particles, { domain, nodes: 33, largestExponent: 4 });
    const [value] = await potential.evaluate([-9.9, 0.1, 5.1]);
    const exact = 1 / Math.hypot(0.1, 0.1, 0.1) - 1 / Math.hypot(19.9, 19.9, 19.9) + 2 / Math.hypot(9.9, 9.9, 9.9);
    expect(Math.abs(value - exact)).toBeLessThan(1e-6);
  });

  it("refuses particles that are outside or not finite", async () => {
    const refused = (particles: Particles, message: RegExp) =>
      expect(particlePotential(particles)).rejects.toThrow(message);
    await refused({ positions: [0, 0, 2], charges: [1] }, /particle 0, axis 2/);
    await refused({ positions: [0, 0], charges: [1] }, /positions/);
    await refused({ positions: [0, 0, 0], charges: [Number.NaN] }, /charges\[0\]/);
    await refused({ positions: [], charges: [] }, /charges/);
    const signal = AbortSignal.abort();
    await expect(particlePotential({ positions: [0, 0, 0], charges: [1] }, { nodes: 9, signal })).rejects.toThrow(
      AbortedError,
    );
  });

  it("sums Gaussians on grids as their canonical function does", async () => {
    const particles = await randomParticles(7);
    const { longRange } = separateRanges(newtonGaussians(), 8);
    await using device = await openDevice("cpu", { threads: 1 });
    const grid = uniformGrid(3);
    using values = gaussiansOnGrid(particles, longRange, [grid, grid, grid], device);
    let expected = 0;
    for (let at = 0; at < 7; at++)
      expected +=
        particles.charges[at] *
        gaussianSumAt(
          longRange,
          Math.hypot(...[0, 1, 2].map((axis) => [-1, 0, 1][axis] - particles.positions[3 * at + axis])),
        );
    expect(Math.abs(((await values.data()) as Float64Array)[5] - expected)).toBeLessThan(1e-12);
  });
});

describe("estimateChebyshevNodes", () => {
  it("doubles axis by axis until the last two coefficients are small", async () => {
    const estimate = await estimateChebyshevNodes((x, y) => 1 / (1 + 25 * x * x) + y);
    expect(estimate).toMatchObject({ reason: "resolved", nodes: [129, 17, 17] });
    expect(estimate.history.map(({ nodes }) => nodes[0])).toEqual([17, 33, 65, 129]);
  });

  it("reports a cusp and does not chase it", async () => {
    const estimate = await estimateChebyshevNodes((x) => Math.abs(x), { maximumNodes: 65 });
    expect(estimate).toMatchObject({ reason: "node-limit", nodes: [65, 17, 17] });
    expect(estimate.remedy).toMatch(/maximumNodes/);
  });

  it("looks at one axis at a time of canonical functions", async () => {
    const { longRange } = separateRanges(newtonGaussians(), 16);
    const canonical = particleCanonical({ positions: [0, 0, 0], charges: [1] }, longRange);
    const estimate = await estimateChebyshevNodes(canonical);
    expect(estimate).toMatchObject({ reason: "resolved", nodes: [129, 129, 129] });
    const all = particleCanonical({ positions: [0, 0, 0], charges: [1] }, newtonGaussians());
    expect((await estimateChebyshevNodes(all, { maximumNodes: 129 })).reason).toBe("node-limit");
    await expect(estimateChebyshevNodes(all, { maximumNodes: 4 })).rejects.toThrow(/maximumNodes/);
    expect((await estimateChebyshevNodes(all, { signal: AbortSignal.abort() })).reason).toBe("aborted");
  });
});
