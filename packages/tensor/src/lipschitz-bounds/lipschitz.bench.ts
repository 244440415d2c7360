import { defineBenchmark } from "@ansatz/lab";
import type { FloatDType } from "../dtype.ts";
import { sineNetwork } from "./experiment/sine-network.ts";
import { lipschitzBounds } from "./lipschitz.ts";

interface NetworkCase {
  readonly name: string;
  readonly widths: readonly number[];
  readonly radius: number;
  readonly dtype: FloatDType;
  /** From the specification's table. */
  readonly constant: number;
}

const NETWORKS = [
  { widths: [4, 8, 8, 1], radius: 0.1, constant: 5.996255 },
  { widths: [16, 32, 32, 32, 4], radius: 0.005, constant: 3.062043 },
  { widths: [64, 100, 100, 10], radius: 0.002, constant: 12.826233 },
] as const;

/** Certified constants of networks of ReLUs. */
export const lipschitzBoundsBenchmark = defineBenchmark<NetworkCase>({
  id: "tensor/lipschitz-bounds",
  title: "Certified local Lipschitz constants",
  summary: "Linear bound propagation through dense networks of ReLUs and through their chain rule, all outputs.",
  isolates: "a whole call: checks, transfer of the weights, forward and backward bounds, results on the host",
  cases: NETWORKS.flatMap((network) =>
    (["float64", "float32"] as const).map((dtype) => ({
      name: `${network.widths.join("-")} ${dtype}`,
      ...network,
      dtype,
    })),
  ),
  devices: ["cpu", "webgpu", "tensorflow"],
  async setup({ case: { widths, radius, dtype, constant }, device }) {
    const network = sineNetwork(widths);
    const region = { center: new Float64Array(widths[0]).fill(0.1), radius };
    const solve = () => lipschitzBounds(network, region, { device, dtype });
    let found = await solve();
    return {
      async run() {
        found = await solve();
      },
      async validate() {
        // The table's digits; float32 adds its rounding.
        const tolerance = dtype === "float64" ? 1e-6 : 1e-2;
        if (!(Math.abs(found.constant[0] / constant - 1) <= tolerance))
          throw new Error(`found ${found.constant[0]} instead of ${constant}`);
      },
      cost: {
        flops: flopsOf(widths),
        bytes: (dtype === "float64" ? 8 : 4) * products(widths, 0, widths.length - 1),
      },
      dtype,
      dispose() {},
    };
  },
});

/** The products of coefficients, two for each neuron, with the weights of the layers that they are substituted through. */
function flopsOf(widths: readonly number[]): number {
  const last = widths.length - 1;
  let flops = 0;
  for (let layer = 2; layer < last; layer++) flops += 4 * widths[layer] * products(widths, 0, layer - 1);
  for (let layer = 0; layer < last - 1; layer++)
    flops += 4 * widths[last] * widths[layer] * products(widths, layer + 1, last - 1);
  return flops;
}

/** Weights between the layers from `first` to `last`. */
function products(widths: readonly number[], first: number, last: number): number {
  return widths.slice(first, last).reduce((sum, width, index) => sum + width * widths[first + index + 1], 0);
}
