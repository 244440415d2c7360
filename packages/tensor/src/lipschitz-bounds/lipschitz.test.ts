import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { AbortedError } from "../errors.ts";
import { sineNetwork } from "./experiment/sine-network.ts";
import { type LipschitzOptions, type LipschitzRelaxation, lipschitzBounds } from "./lipschitz.ts";
import type { Network } from "./network.ts";
import type { Region } from "./region.ts";
import { denseNetwork, normals, residualNetwork } from "./testing/random-network.ts";

/** Constants from a float64 prototype of the method: widths, radius about 0.1, constants by relaxation. */
const TABLE: readonly {
  readonly widths: readonly number[];
  readonly radius: number;
  readonly constants: Readonly<Record<LipschitzRelaxation, number>>;
}[] = [
  {
    widths: [4, 8, 8, 1],
    radius: 0.02,
    constants: { linear: 2.570802, recurjac: 3.283677, interval: 3.547482, global: 25.41 },
  },
  {
    widths: [4, 8, 8, 1],
    radius: 0.1,
    constants: { linear: 5.996255, recurjac: 8.648034, interval: 8.956511, global: 25.41 },
  },
  {
    widths: [10, 20, 20, 1],
    radius: 0.01,
    constants: { linear: 2.74648, recurjac: 3.459464, interval: 3.583743, global: 157.571 },
  },
  {
    widths: [64, 100, 100, 10],
    radius: 0.002,
    constants: { linear: 12.826233, recurjac: 64.795247, interval: 66.849584, global: 1415.074 },
  },
  {
    widths: [16, 32, 32, 32, 4],
    radius: 0.005,
    constants: { linear: 3.062043, recurjac: 13.039267, interval: 18.32432, global: 2387.09 },
  },
];

const RELAXATIONS = ["linear", "recurjac", "interval", "global"] as const;

const about = (network: Network, radius: number) => ({
  center: new Float64Array(network.inputShape[0]).fill(0.1),
  radius,
});

describe("lipschitzBounds", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(async () => {
    expect(device.memory().tensors).toBe(0);
    await device.dispose();
  });

  const constantOf = async (network: Network, radius: number, relaxation: LipschitzRelaxation = "linear") =>
    (await lipschitzBounds(network, about(network, radius), { device, relaxation })).constant[0];

  it.each(TABLE)(
    "gives the prototype's constants for $widths within $radius",
    async ({ widths, radius, constants }) => {
      for (const relaxation of RELAXATIONS) {
        const found = await constantOf(sineNetwork(widths), radius, relaxation);
        // The table's digits.
        const digits = relaxation === "global" ? 5e-4 : 1e-6;
        expect(Math.abs(found - constants[relaxation]), relaxation).toBeLessThanOrEqual(digits);
      }
    },
  );

  it("is at least four times tighter than RecurJac on the wider networks", async () => {
    for (const { widths, radius } of TABLE.slice(3)) {
      const network = sineNetwork(widths);
      const recurjac = await constantOf(network, radius, "recurjac");
      expect(recurjac / (await constantOf(network, radius))).toBeGreaterThanOrEqual(4);
    }
  });

  it("keeps the order of the relaxations, up to boxes in which every neuron is unstable", async () => {
    for (const seed of [100, 300, 500])
      for (const kind of ["relu", "leaky-relu", "tanh", "sigmoid"] as const)
        for (const radius of [0.01, 1, 30]) {
          const network = denseNetwork(seed, [4, 9, 8, 7, 2], { kind, ...(kind === "leaky-relu" && { slope: 0.3 }) });
          for (const norm of ["infinity", "euclidean"] as const) {
            const region = { center: [0.5, -0.5, 0.2, 0.1], radius };
            const found: number[] = [];
            for (const relaxation of RELAXATIONS)
              found.push(...(await lipschitzBounds(network, region, { device, relaxation, norm })).perOutput);
            // Equal bounds are computed in different orders.
            for (const [index, value] of found.slice(2).entries())
              expect(found[index]).toBeLessThanOrEqual(value * (1 + 1e-12));
          }
        }
  });

  it("keeps their order where there are shortcuts", async () => {
    for (const kind of ["relu", "tanh", "sigmoid"] as const)
      for (const radius of [0.01, 0.3, 3]) {
        const region = { center: normals(99, 32, 0.3), radius };
        const found: number[] = [];
        for (const relaxation of RELAXATIONS) {
          const network = residualNetwork(6, { kind });
          found.push(...(await lipschitzBounds(network, region, { device, relaxation })).perOutput);
        }
        for (const [index, value] of found.slice(2).entries())
          expect(found[index]).toBeLessThanOrEqual(value * (1 + 1e-12));
      }
  });

  it("is tightened by ascent over the slopes of unstable ReLUs", async () => {
    for (const { widths, radius, constants } of TABLE.filter(({ widths: [inputs] }) => inputs <= 16)) {
      const network = sineNetwork(widths);
      const { constant } = await lipschitzBounds(network, about(network, radius), { device, slopeIterations: 20 });
      expect(constant[0]).toBeLessThanOrEqual(constants.linear + 1e-6);
    }
    const network = denseNetwork(11, [2, 6, 6, 1], { kind: "relu" });
    const plain = await constantOf(network, 0.05);
    const { constant } = await lipschitzBounds(network, about(network, 0.05), { device, slopeIterations: 20 });
    const region = { center: [0.1, -0.2], radius: 0.05 };
    const before = (await lipschitzBounds(network, region, { device })).constant[0];
    const after = (await lipschitzBounds(network, region, { device, slopeIterations: 20 })).constant[0];
    expect(after / before).toBeLessThan(0.5);
    expect(constant[0]).toBeLessThanOrEqual(plain * (1 + 1e-12));
  });

  it("bounds several boxes, and some of the outputs, as one by one", async () => {
    const network = denseNetwork(9, [3, 8, 8, 4], { kind: "tanh" });
    const centers = [
      [0, 0.1, 0.2],
      [0.5, -0.4, 0],
      [-1, 1, 0.3],
    ];
    const radius = [0.1, 0.2, 0];
    const together = await lipschitzBounds(network, { center: centers.flat(), radius }, { device, outputs: [3, 1] });
    for (const [box, center] of centers.entries()) {
      const alone = await lipschitzBounds(network, { center, radius }, { device });
      for (const [index, output] of [3, 1].entries())
        expect(together.perOutput[2 * box + index]).toBeCloseTo(alone.perOutput[output], 10);
      expect(together.constant[box]).toBe(Math.max(...together.perOutput.subarray(2 * box, 2 * box + 2)));
    }
    const clipped = await lipschitzBounds(network, { center: centers[1], radius, range: [-0.4, 0.5] }, { device });
    const corners = { lower: [0.4, -0.4, 0], upper: [0.5, -0.2, 0] };
    expect(clipped.constant).toEqual((await lipschitzBounds(network, corners, { device })).constant);
  });

  it("takes the same network as dense layers, and as convolutions over one position", async () => {
    const dense = denseNetwork(12, [3, 6, 2], { kind: "relu" });
    const layers = dense.layers.map((layer) =>
      layer.kind === "dense"
        ? ({ kind: "convolution", filter: layer.weights, window: 1, bias: layer.bias! } as const)
        : layer,
    );
    const region = { center: [0.1, 0.2, 0.3], radius: 0.5 };
    const [first] = (await lipschitzBounds(dense, region, { device })).constant;
    const [second] = (await lipschitzBounds({ inputShape: [3, 1], layers }, region, { device })).constant;
    expect(second).toBeCloseTo(first, 10);
  });

  it("tells how far it is, and stops when asked to", async () => {
    const network = sineNetwork([16, 32, 32, 32, 4]);
    const seen: number[] = [];
    await lipschitzBounds(network, about(network, 0.005), {
      device,
      onProgress: ({ done, total }) => seen.push(done / total),
    });
    expect(seen.at(-1)).toBe(1);
    const signal = AbortSignal.abort();
    await expect(lipschitzBounds(network, about(network, 0.005), { device, signal })).rejects.toThrow(AbortedError);
  });

  it("opens a device when given none", async () => {
    const network = sineNetwork([4, 8, 8, 1]);
    const { constant } = await lipschitzBounds(network, about(network, 0.02));
    expect(constant[0]).toBeCloseTo(2.570802, 6);
  });

  it.each([
    ["network.inputShape", { inputShape: [0], layers: [] }, {}, {}],
    ["network.layers[0].weights", { inputShape: [2], layers: [{ kind: "dense", weights: [1, 2, 3] }] }, {}, {}],
    [
      "network.layers[0].weights[1]",
      { inputShape: [2], layers: [{ kind: "dense", weights: [1, Number.NaN] }] },
      {},
      {},
    ],
    ["network.layers[0].bias", { inputShape: [2], layers: [{ kind: "dense", weights: [1, 2], bias: [1, 2] }] }, {}, {}],
    ["network.layers[0].slope", { inputShape: [2], layers: [{ kind: "leaky-relu", slope: 2 }] }, {}, {}],
    ["network.layers[0].kind", { inputShape: [2], layers: [{ kind: "softmax" }] }, {}, {}],
    ["network.layers[0]", { inputShape: [2], layers: [{ kind: "convolution", filter: [1], window: 1 }] }, {}, {}],
    [
      "network.layers[0].filter",
      { inputShape: [2, 3], layers: [{ kind: "convolution", filter: [1], window: 1 }] },
      {},
      {},
    ],
    ["network.layers[0].window", { inputShape: [2, 3], layers: [{ kind: "max-pool", window: 4 }] }, {}, {}],
    ["region.radius", undefined, { radius: -1 }, {}],
    ["region.radius", undefined, { radius: [1, 1, 1] }, {}],
    ["region.center[0]", undefined, { center: [Number.NaN, 0] }, {}],
    ["region", undefined, { center: [1, 2, 3] }, {}],
    ["region: input 1", undefined, { center: [0, 3], range: [-1, 1] }, {}],
    ["options.outputs", undefined, {}, { outputs: [1] }],
    ["options.norm", undefined, {}, { norm: "l3" }],
    ["options.relaxation", undefined, {}, { relaxation: "exact" }],
    ["options.slopeIterations", undefined, {}, { slopeIterations: -1 }],
    ["options.dtype", undefined, {}, { dtype: "int32" }],
  ])("refuses %s that does not fit", async (argument, network, region, options) => {
    const given = network ?? { inputShape: [2], layers: [{ kind: "dense", weights: [1, 2] }] };
    const call = lipschitzBounds(
      given as unknown as Network,
      { center: [0, 0], radius: 1, ...region } as Region,
      { device, ...options } as LipschitzOptions,
    );
    await expect(call).rejects.toMatchObject({
      name: "InvalidInputError",
      argument: expect.stringMatching(startingWith(argument)),
    });
  });
});

/** The argument itself, or an operation's name for one of its options. */
function startingWith(argument: string): RegExp {
  return new RegExp(`^${argument.replace(/[[\].]/g, "\\$&")}`);
}
