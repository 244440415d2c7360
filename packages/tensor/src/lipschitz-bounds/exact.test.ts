import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { branchAndBound } from "./branch-and-bound.ts";
import { lipschitzBounds } from "./lipschitz.ts";
import type { DenseLayer, Network } from "./network.ts";
import { sampleLipschitz } from "./sampling.ts";
import { exactConstant } from "./testing/activation-regions.ts";
import { denseNetwork } from "./testing/random-network.ts";

const relu = { kind: "relu" } as const;

describe("against the exact constant", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  it.each([
    { seed: 1, widths: [2, 6, 1], radius: 0.5 },
    { seed: 11, widths: [2, 6, 6, 1], radius: 0.3 },
    { seed: 21, widths: [2, 6, 6, 1], radius: 1 },
    { seed: 31, widths: [2, 5, 5, 5, 1], radius: 0.4 },
    { seed: 41, widths: [2, 8, 8, 1], radius: 0.2 },
  ])(
    "of two inputs, by enumeration of all activation regions: $widths within $radius, seed $seed",
    async ({ seed, widths, radius }) => {
      const network = denseNetwork(seed, widths, relu);
      const region = { center: [0.1, -0.2], radius };
      const { constant: exact } = exactConstant(network, [
        [0.1 - radius, -0.2 - radius],
        [0.1 + radius, -0.2 + radius],
      ]);
      const sampled = await sampleLipschitz(network, region, { device, samples: 4000 });
      expect(sampled.constant[0]).toBeLessThanOrEqual(exact * (1 + 1e-12));
      // Every region but the very small is hit by a few thousand points.
      expect(sampled.constant[0]).toBeGreaterThanOrEqual(0.97 * exact);
      const propagated = (await lipschitzBounds(network, region, { device })).constant[0];
      const { constant: searched } = await branchAndBound(network, region, { device });
      expect(searched).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
      expect(searched).toBeLessThanOrEqual(propagated * (1 + 1e-12));
      // Exact, up to the gap at which the search ends.
      expect(searched).toBeLessThanOrEqual(exact * (1 + 2e-9));
    },
  );

  it.each([1, 2, 3])("of one hidden layer, over all signs of unstable neurons: seed %d", async (seed) => {
    const network = denseNetwork(100 * seed, [3, 12, 2], relu);
    const region = { center: [0, 0, 0], radius: 0.4 };
    for (const output of [0, 1]) {
      const { constant } = await branchAndBound(network, region, {
        device,
        outputs: [output],
        batch: 16,
        discardInfeasible: false,
      });
      expect(constant).toBeCloseTo(largestOverSigns(network, 0.4, output), 9);
      const tighter = await branchAndBound(network, region, { device, outputs: [output] });
      expect(tighter.constant).toBeLessThanOrEqual(constant);
    }
  });
});

/** The largest Σⱼ |Σᵢ vᵢ sᵢ Wᵢⱼ| over the signs that each neuron can have by itself in a box about 0. */
function largestOverSigns({ inputShape: [inputs], layers }: Network, radius: number, output: number): number {
  const [first, , last] = layers as readonly [DenseLayer, unknown, DenseLayer];
  const neurons = first.bias!.length;
  const row = (neuron: number) =>
    Array.from({ length: inputs }, (_, column) => first.weights[neuron * inputs + column]);
  let gradients: number[][] = [new Array<number>(inputs).fill(0)];
  for (let neuron = 0; neuron < neurons; neuron++) {
    const weights = row(neuron);
    const reach = radius * weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
    const bias = first.bias![neuron];
    const added = gradients.map((gradient) =>
      gradient.map((value, column) => value + last.weights[output * neurons + neuron] * weights[column]),
    );
    if (bias - reach > 0) gradients = added;
    else if (bias + reach >= 0) gradients = [...gradients, ...added];
  }
  return Math.max(...gradients.map((gradient) => gradient.reduce((sum, value) => sum + Math.abs(value), 0)));
}
