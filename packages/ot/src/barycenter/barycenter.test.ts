import { InvalidInputError } from "@ansatz/tensor";
import { testDevices } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { pointCloud } from "../point-cloud/index.ts";
import { sinkhornNewton } from "../sinkhorn-newton/index.ts";
import { barycenter } from "./index.ts";

const SIZE = 80;
const points = Float64Array.from({ length: SIZE }, (_, index) => (index + 0.5) / SIZE);
const costMatrix = pointCloud(points);

function bell(mean: number, deviation: number): Float64Array {
  const values = points.map((t) => Math.exp(-0.5 * ((t - mean) / deviation) ** 2) + 1e-9);
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}

function moments(histogram: Float64Array): readonly [mean: number, variance: number] {
  const mean = histogram.reduce((sum, mass, index) => sum + mass * points[index], 0);
  return [mean, histogram.reduce((sum, mass, index) => sum + mass * (points[index] - mean) ** 2, 0)];
}

describe("barycenter", () => {
  it("of Gaussians is a Gaussian with the mean of means and the width that entropy gives it", async () => {
    const regularization = 4e-3;
    const deviation = 0.05;
    const histograms = [bell(0.25, deviation), bell(0.65, deviation)];
    const { barycenter: average, reason } = await barycenter({
      costMatrix,
      histograms,
      regularization,
      weights: [3, 1],
    });
    expect(reason).toBe("converged");
    const [mean, variance] = moments(average);
    expect(mean).toBeCloseTo(0.35, 6);
    // Closed form for equal variances and costs |x − y|²: the entropy relative to the Lebesgue measure shifts the variance by ε/2.
    expect(variance).toBeCloseTo(deviation ** 2 + regularization / 2, 5);
  });

  it("minimises the weighted sum of transport values: no other histogram nearby has a smaller one", async () => {
    const regularization = 0.02;
    const histograms = [bell(0.2, 0.04), bell(0.5, 0.1), bell(0.8, 0.06)];
    const weights = [0.5, 0.2, 0.3];
    const found = await barycenter({ costMatrix, histograms, regularization, weights }, { tolerance: 1e-13 });
    const value = async (columnMarginal: Float64Array) => {
      let total = 0;
      for (const [index, rowMarginal] of histograms.entries()) {
        const { objective } = await sinkhornNewton({ costMatrix, rowMarginal, columnMarginal, regularization });
        total += weights[index] * objective;
      }
      return total;
    };
    const least = await value(found.barycenter);
    for (const [from, to] of [
      [32, 38],
      [36, 31],
      [34, 35],
    ]) {
      const step = found.barycenter[from] / 100;
      const moved = (shift: number) =>
        found.barycenter.map((mass, index) => mass + (index === to ? shift : index === from ? -shift : 0));
      const [more, less] = [await value(moved(step)), await value(moved(-step))];
      expect(Math.min(more, less)).toBeGreaterThan(least);
      // At a minimum the slope is that of the cubic term, ε (step / mass)² / 6 for the entropy of a bin of about this mass.
      expect(Math.abs(more - less) / (2 * step)).toBeLessThan(regularization * 1e-4);
    }
  });

  it("has a slope of zero: the weighted potentials of the barycentre add up to a constant", async () => {
    const histograms = [bell(0.3, 0.05), bell(0.6, 0.1)];
    const weights = [0.25, 0.75];
    const { potentials, error } = await barycenter(
      { costMatrix, histograms, regularization: 0.05, weights },
      { tolerance: 1e-12 },
    );
    expect(error).toBeLessThanOrEqual(1e-12);
    const added = potentials[0].column.map((value, index) => 0.25 * value + 0.75 * potentials[1].column[index]);
    expect(Math.max(...added) - Math.min(...added)).toBeLessThan(1e-12);
  });

  it("of a single histogram at small ε is that histogram, between different supports too", async () => {
    const histogram = [0.5, 0.2, 0.3];
    const { barycenter: found } = await barycenter({
      costMatrix: [
        [0, 1, 1, 1],
        [1, 0, 1, 1],
        [1, 1, 0, 1],
      ],
      histograms: [histogram],
      regularization: 0.02,
    });
    for (const [index, mass] of histogram.entries()) expect(found[index]).toBeCloseTo(mass, 12);
    expect(found[3]).toBeLessThan(1e-12);
  });

  it("is the same on every device, and leaves nothing there", async () => {
    const problem = { costMatrix, histograms: [bell(0.3, 0.05), bell(0.6, 0.1)], regularization: 0.01 };
    const expected = await barycenter(problem);
    for (const { open } of await testDevices()) {
      await using device = await open();
      const before = device.memory().bytes;
      const { barycenter: found, reason } = await barycenter(problem, { device, dtype: "float32" });
      expect(reason).toBe("converged");
      // The tolerance of float32, 10⁻⁵, spread over the bins, of which the largest has 0.04.
      for (const [index, mass] of found.entries())
        expect(Math.abs(mass - expected.barycenter[index])).toBeLessThan(1e-5);
      expect(device.memory().bytes).toBe(before);
    }
  });

  it("stops at its limit, when aborted, and refuses bad input by name", async () => {
    const problem = { costMatrix, histograms: [bell(0.3, 0.05), bell(0.6, 0.1)], regularization: 1e-3 };
    expect((await barycenter(problem, { maximumIterations: 2 })).reason).toBe("iteration-limit");
    expect((await barycenter(problem, { signal: AbortSignal.abort() })).reason).toBe("aborted");
    await expect(barycenter({ ...problem, histograms: [] })).rejects.toThrow(InvalidInputError);
    await expect(barycenter({ ...problem, histograms: [bell(0.3, 0.05), [1]] })).rejects.toThrow(/histograms\[1\]/);
    await expect(barycenter({ ...problem, weights: [1] })).rejects.toThrow(/weights/);
    await expect(barycenter({ ...problem, weights: [1, -1] })).rejects.toThrow(/weights\[1\]/);
    await expect(barycenter(problem, { maximumIterations: 0 })).rejects.toThrow(/maximumIterations/);
  });
});
