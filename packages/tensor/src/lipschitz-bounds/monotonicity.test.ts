import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { analyseMonotonicity, type MonotonicityOptions } from "./monotonicity.ts";
import type { DenseLayer, Network } from "./network.ts";
import { denseNetwork } from "./testing/random-network.ts";
import { evaluate } from "./testing/reference-jacobian.ts";

/** The same network with all weights (of the first layer, those of some columns) made positive. */
function increasing(network: Network, columns: readonly boolean[]): Network {
  const layers = network.layers.map((layer, index) => {
    if (layer.kind !== "dense") return layer;
    const inputs = index === 0 ? columns.length : 1;
    const weights = Float64Array.from(layer.weights, (weight, at) =>
      index > 0 || columns[at % inputs] ? Math.abs(weight) : -Math.abs(weight),
    );
    return { ...layer, weights } satisfies DenseLayer;
  });
  return { ...network, layers };
}

describe("analyseMonotonicity", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(async () => {
    expect(device.memory().tensors).toBe(0);
    await device.dispose();
  });

  it.each(["relu", "tanh", "sigmoid"] as const)(
    "certifies %s networks whose weights all have one sign",
    async (kind) => {
      const columns = [true, true, false, true];
      const network = increasing(denseNetwork(5, [4, 7, 7, 1], { kind }), columns);
      const { monotonicity, lower, upper } = await analyseMonotonicity(network, [0.3, 0.9, 0.1, 0.5], { device });
      expect(monotonicity).toEqual(columns.map((rises) => (rises ? "non-decreasing" : "non-increasing")));
      for (const [index, rises] of columns.entries())
        expect(rises ? lower[index] : -upper[index]).toBeGreaterThanOrEqual(0);
    },
  );

  it("tells inputs that have no influence", async () => {
    const network: Network = {
      inputShape: [2],
      layers: [{ kind: "dense", weights: [1, 0, -1, 0] }, { kind: "relu" }, { kind: "dense", weights: [1, 1] }],
    };
    const { monotonicity } = await analyseMonotonicity(network, [0.5, 0.5], { device, range: [-1, 1] });
    expect(monotonicity).toEqual(["not-monotone", "constant"]);
  });

  it.each([1, 2, 3, 4])(
    "agrees with derivatives along the lines, and decides more by branch and bound: seed %d",
    async (seed) => {
      const network = denseNetwork(1000 * seed, [5, 10, 10, 2], { kind: "relu" });
      const sample = [0.2, 0.8, 0.5, 0.4, 0.6];
      const analyse = (options: MonotonicityOptions) =>
        analyseMonotonicity(network, sample, { device, output: 1, ...options });
      const plain = await analyse({});
      const searched = await analyse({ domainLimit: 2000 });
      for (let input = 0; input < 5; input++) {
        const slopes = Array.from({ length: 400 }, (_, index) => {
          const point = sample.with(input, (index + 0.5) / 400);
          return evaluate(network, point, () => 0).jacobian[1][input];
        });
        const [least, most] = [Math.min(...slopes), Math.max(...slopes)];
        for (const { lower, upper } of [plain, searched]) {
          expect(lower[input]).toBeLessThanOrEqual(least + 1e-12);
          expect(upper[input]).toBeGreaterThanOrEqual(most - 1e-12);
        }
        // A line has few regions, and a branch and bound visits them all.
        const truth = least < 0 && most > 0 ? "not-monotone" : most <= 0 ? "non-increasing" : "non-decreasing";
        expect(searched.monotonicity[input]).toBe(truth);
        if (plain.monotonicity[input] !== "undecided") expect(plain.monotonicity[input]).toBe(truth);
      }
    },
  );

  it("refuses outputs, inputs and samples that are none", async () => {
    const network = denseNetwork(1, [2, 3, 1], { kind: "tanh" });
    await expect(analyseMonotonicity(network, [0], { device })).rejects.toThrow("sample");
    await expect(analyseMonotonicity(network, [0, 0], { device, output: 1 })).rejects.toThrow("outputs");
    await expect(analyseMonotonicity(network, [0, 0], { device, inputs: [2] })).rejects.toThrow("options.inputs");
    await expect(analyseMonotonicity(network, [0, 0], { device, range: [1, 0] })).rejects.toThrow("options.range");
    await expect(analyseMonotonicity(network, [0, 0], { device, domainLimit: 5 })).rejects.toThrow("smooth");
  });
});
