import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import type { FloatDType } from "../dtype.ts";
import { drawUniform } from "../random/host-draws.ts";
import { sineNetwork } from "./experiment/sine-network.ts";
import { jacobianBounds } from "./jacobian.ts";
import { lipschitzBounds } from "./lipschitz.ts";
import type { Network, NetworkLayer } from "./network.ts";
import { convolutionalNetwork, denseNetwork, normals, residualNetwork } from "./testing/random-network.ts";
import { evaluate } from "./testing/reference-jacobian.ts";

interface Case {
  readonly name: string;
  readonly network: Network;
  readonly radius: number;
  /** Points at which Jacobians are held against the bounds; 10⁵ in all cases together. */
  readonly samples: number;
}

const relu: NetworkLayer = { kind: "relu" };
const CASES: readonly Case[] = [
  { name: "4-8-8-1 of ReLUs", network: sineNetwork([4, 8, 8, 1]), radius: 0.1, samples: 40_000 },
  { name: "16-32-32-32-4 of ReLUs", network: sineNetwork([16, 32, 32, 32, 4]), radius: 0.005, samples: 1_000 },
  { name: "3-6-6-2 of ReLUs in a wide box", network: denseNetwork(20, [3, 6, 6, 2], relu), radius: 3, samples: 15_000 },
  {
    name: "leaky ReLUs",
    network: denseNetwork(1, [3, 6, 5, 2], { kind: "leaky-relu", slope: 0.2 }),
    radius: 0.5,
    samples: 13_000,
  },
  { name: "tanh", network: denseNetwork(2, [3, 6, 5, 2], { kind: "tanh" }), radius: 0.4, samples: 13_000 },
  { name: "tanh in a wide box", network: denseNetwork(8, [2, 5, 4, 2], { kind: "tanh" }), radius: 4, samples: 5_000 },
  { name: "sigmoid", network: denseNetwork(3, [3, 6, 5, 4, 2], { kind: "sigmoid" }), radius: 1, samples: 11_000 },
  { name: "convolution and pooling", network: convolutionalNetwork(4, { window: 2 }), radius: 0.1, samples: 1_000 },
  {
    name: "pooling with windows that overlap",
    network: convolutionalNetwork(5, { window: 3, stride: 2 }),
    radius: 0.05,
    samples: 1_000,
  },
  { name: "shortcuts about ReLUs", network: residualNetwork(6, relu), radius: 0.1, samples: 1_000 },
  { name: "shortcuts about tanh", network: residualNetwork(7, { kind: "tanh" }), radius: 0.3, samples: 1_000 },
];

describe("bounds hold at every point", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(async () => {
    expect(device.memory().tensors).toBe(0);
    await device.dispose();
  });

  /** Bounds by all relaxations, with and without optimised slopes. */
  async function allBounds({ network, radius }: Case, dtype: FloatDType) {
    const region = regionOf(network, radius);
    const jacobians = [];
    const norms = [];
    for (const relaxation of ["linear", "recurjac", "interval"] as const)
      jacobians.push(await jacobianBounds(network, region, { device, dtype, relaxation }));
    jacobians.push(await jacobianBounds(network, region, { device, dtype, slopeIterations: 4 }));
    for (const norm of ["infinity", "euclidean"] as const)
      norms.push({ norm, ...(await lipschitzBounds(network, region, { device, dtype, norm })) });
    return { jacobians, norms };
  }

  it.each(CASES)("$name", async (given) => {
    const { network, radius, samples } = given;
    const float64 = await allBounds(given, "float64");
    const float32 = await allBounds(given, "float32");
    const center = centerOf(network);
    const uniforms = drawUniform([7, 1, 0, 0], samples * center.length, "float64");
    const weights = drawUniform([8, 1, 0, 0], 4096, "float64");
    let used = 0;
    for (let sample = 0; sample < samples; sample++) {
      const offsets = uniforms.subarray(sample * center.length, (sample + 1) * center.length);
      // Every eighth at a vertex.
      const point = center.map(
        (value, index) => value + radius * (2 * (sample % 8 === 0 ? Math.round(offsets[index]) : offsets[index]) - 1),
      );
      const { jacobian } = evaluate(network, point, () => weights[used++ % weights.length]);
      hold(jacobian, float64);
      hold(jacobian, float32);
    }
  });

  it("with any subgradient on kinks of the first layer", async () => {
    const given = { name: "", network: sineNetwork([4, 8, 8, 1]), radius: 0.1, samples: 10_000 };
    const bounds = await allBounds(given, "float64");
    const [first] = given.network.layers as readonly {
      readonly weights: ArrayLike<number>;
      readonly bias: ArrayLike<number>;
    }[];
    const uniforms = drawUniform([9, 1, 0, 0], given.samples * 6, "float64");
    let drawn = 0;
    let onKinks = 0;
    for (let sample = 0; sample < given.samples; sample++) {
      const [unit, ...offsets] = uniforms.subarray(6 * sample, 6 * sample + 5);
      const neuron = Math.floor(8 * unit);
      const weights = Array.from({ length: 4 }, (_, column) => first.weights[4 * neuron + column]);
      const start = offsets.map((offset) => 0.1 + 0.1 * (2 * offset - 1));
      const value = start.reduce((sum, x, column) => sum + weights[column] * x, first.bias[neuron]);
      const square = weights.reduce((sum, weight) => sum + weight * weight, 0);
      const point = start.map((x, column) => x - (value * weights[column]) / square);
      if (point.some((x) => Math.abs(x - 0.1) > 0.1)) continue;
      onKinks++;
      hold(evaluate(given.network, point, () => uniforms[drawn++ % uniforms.length]).jacobian, bounds);
    }
    expect(onKinks).toBeGreaterThan(1000);
  });
});

function centerOf(network: Network): number[] {
  const size = network.inputShape.reduce((a, b) => a * b);
  return network.inputShape.length > 1 ? [...normals(99, size, 0.3)] : new Array<number>(size).fill(0.1);
}

function regionOf(network: Network, radius: number) {
  return { center: centerOf(network), radius };
}

/** Rounding of the reference itself. */
const SLACK = 1e-12;

function hold(
  jacobian: readonly (readonly number[])[],
  {
    jacobians,
    norms,
  }: Awaited<
    ReturnType<
      () => Promise<{
        jacobians: readonly { lower: Float64Array; upper: Float64Array }[];
        norms: readonly { norm: string; perOutput: Float64Array }[];
      }>
    >
  >,
): void {
  const inputs = jacobian[0].length;
  for (const [output, row] of jacobian.entries()) {
    for (const { lower, upper } of jacobians)
      for (const [input, value] of row.entries()) {
        const at = output * inputs + input;
        if (!(value >= lower[at] - SLACK && value <= upper[at] + SLACK))
          throw new Error(`derivative ${output}, ${input} is ${value}, out of [${lower[at]}, ${upper[at]}]`);
      }
    for (const { norm, perOutput } of norms) {
      const size = norm === "infinity" ? row.reduce((sum, value) => sum + Math.abs(value), 0) : Math.hypot(...row);
      if (!(size <= perOutput[output] + SLACK)) throw new Error(`norm ${size} above ${perOutput[output]}`);
    }
  }
}
