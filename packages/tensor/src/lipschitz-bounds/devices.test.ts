import { describe, expect, it } from "vitest";
import { testDevices } from "../testing/index.ts";
import { branchAndBound } from "./branch-and-bound.ts";
import { sineNetwork } from "./experiment/sine-network.ts";
import { jacobianBounds } from "./jacobian.ts";
import { lipschitzBounds } from "./lipschitz.ts";
import { sampleLipschitz } from "./sampling.ts";
import { convolutionalNetwork, denseNetwork, normals } from "./testing/random-network.ts";

const CASES = [
  { name: "ReLUs", network: sineNetwork([4, 8, 8, 1]), center: [0.1, 0.1, 0.1, 0.1], radius: 0.1 },
  { name: "tanh", network: denseNetwork(2, [3, 6, 5, 2], { kind: "tanh" }), center: [0.1, 0.2, -0.3], radius: 0.3 },
  {
    name: "convolution and pooling",
    network: convolutionalNetwork(4, { window: 2 }),
    center: normals(99, 72, 0.3),
    radius: 0.05,
  },
];

for (const { label, open } of await testDevices())
  describe(`on ${label}`, () => {
    it.each(CASES)(
      "bounds in float32 hold, and are close to those in float64: $name",
      async ({ network, center, radius }) => {
        await using device = await open();
        const region = { center, radius };
        const exact = await jacobianBounds(network, region);
        const single = await jacobianBounds(network, region, { device, dtype: "float32" });
        // Rounding of float32 over all layers, as it is bounded rather than as it is: about 100 terms · 2⁻²⁴ of the sizes of the gradients and of what relaxations make of it.
        for (const [index, value] of single.upper.entries()) {
          expect(value).toBeGreaterThanOrEqual(exact.upper[index] - 1e-3);
          expect(value - exact.upper[index]).toBeLessThan(1e-2);
          expect(exact.lower[index] - single.lower[index]).toBeLessThan(1e-2);
        }
        const { constant } = await lipschitzBounds(network, region, { device, dtype: "float32" });
        const double = (await lipschitzBounds(network, region)).constant[0];
        expect(Math.abs(constant[0] / double - 1)).toBeLessThan(1e-2);
        const sampled = await sampleLipschitz(network, region, { device, dtype: "float32", samples: 100, rounds: 2 });
        expect(sampled.constant[0]).toBeLessThanOrEqual(constant[0]);
        expect(device.memory().tensors).toBe(0);
      },
    );

    it("branch and bound ends where it does in float64", async () => {
      await using device = await open();
      const network = sineNetwork([4, 8, 8, 1]);
      const region = { center: [0.1, 0.1, 0.1, 0.1], radius: 0.02 };
      const { constant, lower } = await branchAndBound(network, region, {
        device,
        dtype: "float32",
        gap: 1e-3,
        batch: 4,
        samples: 200,
      });
      // Where the bounds' allowance for rounding leaves domains that float64 discards, their constants stay.
      expect(constant).toBeLessThan(2.5393 * 1.001);
      expect(lower).toBeGreaterThan(2.5284 * 0.999);
    });

    it("optimises slopes", async () => {
      await using device = await open();
      const network = sineNetwork([4, 8, 8, 1]);
      const region = { center: [0.1, 0.1, 0.1, 0.1], radius: 0.1 };
      const options = { device, dtype: "float32", slopeIterations: 3 } as const;
      expect((await lipschitzBounds(network, region, options)).constant[0]).toBeLessThan(5.996256 * 1.001);
      expect(device.memory().tensors).toBe(0);
    });
  });
