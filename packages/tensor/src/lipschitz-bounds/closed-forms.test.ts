import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { branchAndBound } from "./branch-and-bound.ts";
import { jacobianBounds } from "./jacobian.ts";
import { lipschitzBounds } from "./lipschitz.ts";
import type { Network } from "./network.ts";
import { sampleLipschitz } from "./sampling.ts";
import { convolutionalNetwork, denseNetwork, normals } from "./testing/random-network.ts";
import { evaluate } from "./testing/reference-jacobian.ts";

describe("closed forms", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  const constantOf = async (network: Network, lower: readonly number[], upper: readonly number[]) =>
    (await lipschitzBounds(network, { lower, upper }, { device })).constant[0];

  const single: Network = {
    inputShape: [1],
    layers: [{ kind: "dense", weights: [1] }, { kind: "relu" }, { kind: "dense", weights: [1] }],
  };

  it("of a linear network is the norm of its matrix", async () => {
    const [a, b] = [normals(1, 12), normals(2, 8)];
    const network: Network = {
      inputShape: [3],
      layers: [
        { kind: "dense", weights: a },
        { kind: "dense", weights: b, bias: [1, 2] },
      ],
    };
    const sums = [0, 1].map((row) =>
      [0, 1, 2].reduce(
        (sum, j) => sum + Math.abs([0, 1, 2, 3].reduce((dot, k) => dot + b[4 * row + k] * a[3 * k + j], 0)),
        0,
      ),
    );
    const { perOutput, constant } = await lipschitzBounds(network, { center: [0, 0, 0], radius: 5 }, { device });
    for (const [row, sum] of sums.entries()) expect(Math.abs(perOutput[row] - sum)).toBeLessThan(1e-12);
    expect(constant[0]).toBe(Math.max(...perOutput));
  });

  it("of a ReLU is 1 as far as its kink, and 0 beyond", async () => {
    // Rounding of three layers.
    const nearly = (value: number) => expect.closeTo(value, 13);
    expect(await constantOf(single, [-1], [1])).toEqual(nearly(1));
    expect(await constantOf(single, [0], [1])).toEqual(nearly(1));
    expect(await constantOf(single, [-1], [0])).toEqual(nearly(1));
    expect(await constantOf(single, [1], [2])).toEqual(nearly(1));
    expect(await constantOf(single, [-2], [-1])).toBe(0);
  });

  it("of relu(−x) + x is 1 where x is positive and 0 elsewhere", async () => {
    const shortcut: Network = {
      inputShape: [1],
      layers: [{ kind: "residual", layers: [{ kind: "dense", weights: [-1] }, { kind: "relu" }] }],
    };
    const nearly = (value: number) => expect.closeTo(value, 13);
    expect(await constantOf(shortcut, [1], [2])).toEqual(nearly(1));
    expect(await constantOf(shortcut, [-1], [1])).toEqual(nearly(1));
    // Rounding about a difference of ones.
    expect(await constantOf(shortcut, [-2], [-1])).toBeLessThan(1e-14);
  });

  it("of a residual network everywhere is made of those of shortcuts and branches", async () => {
    const network: Network = {
      inputShape: [2],
      layers: [
        { kind: "dense", weights: [1, 2, 0, 1] },
        {
          kind: "residual",
          layers: [{ kind: "dense", weights: [3, -1, 1, 1] }, { kind: "sigmoid" }],
          shortcut: [{ kind: "dense", weights: [0, 2, 1, 0] }],
        },
        { kind: "dense", weights: [1, 0] },
      ],
    };
    const region = { center: [0, 0], radius: 1 };
    const { constant } = await lipschitzBounds(network, region, { device, relaxation: "global" });
    // Norms 3, then 2 + 4 / 4, then 1.
    expect(constant[0]).toBeCloseTo(9, 10);
    const block = { ...network, layers: network.layers.slice(0, 2) };
    const { perOutput } = await lipschitzBounds(block, region, { device, relaxation: "global" });
    expect(perOutput[0]).toBeCloseTo(9, 10);
    // Rows 1 of the shortcut and 2 of the branch.
    expect(perOutput[1]).toBeCloseTo(3 * (1 + 2 / 4), 10);
  });

  it("of |x| is 1, with both signs of the derivative", async () => {
    const absolute: Network = {
      inputShape: [1],
      layers: [{ kind: "dense", weights: [1, -1] }, { kind: "relu" }, { kind: "dense", weights: [1, 1] }],
    };
    expect(await constantOf(absolute, [-1], [1])).toBeCloseTo(1, 12);
    const { lower, upper } = await jacobianBounds(absolute, { lower: [-1], upper: [1] }, { device });
    expect([lower[0], upper[0]]).toEqual([expect.closeTo(-1, 12), expect.closeTo(1, 12)]);
  });

  it.each([
    [[2], undefined],
    [[3], undefined],
    [[3], [1]],
  ])("of max-pooling is 1, in windows of %j with strides of %j", async (window, stride) => {
    const network: Network = { inputShape: [1, 6], layers: [{ kind: "max-pool", window, ...(stride && { stride }) }] };
    const region = { center: new Float64Array(6), radius: 1 };
    expect((await lipschitzBounds(network, region, { device })).constant[0]).toBeCloseTo(1, 12);
    const { lower, upper } = await jacobianBounds(network, region, { device });
    const members = lower.slice(0, 6).map((_, index) => Number(index < window[0]));
    for (const [index, isMember] of members.entries()) {
      expect(lower[index]).toBeCloseTo(0, 12);
      expect(upper[index]).toBeCloseTo(isMember, 12);
    }
  });

  it("of a network that is dead in the box is 0", async () => {
    const network = denseNetwork(3, [3, 5, 2], { kind: "relu" });
    const dead = {
      ...network,
      layers: network.layers.map((layer, index) => (index === 0 ? { ...layer, bias: new Array(5).fill(-100) } : layer)),
    } as Network;
    expect(await constantOf(dead, [-1, -1, -1], [1, 1, 1])).toBe(0);
  });

  it.each([
    ["ReLUs", denseNetwork(4, [3, 8, 8, 2], { kind: "relu" })],
    ["tanh", denseNetwork(5, [3, 8, 8, 2], { kind: "tanh" })],
    ["sigmoid", denseNetwork(6, [3, 8, 8, 2], { kind: "sigmoid" })],
    ["convolution and pooling", convolutionalNetwork(7, { window: 2 })],
  ])("at a point is the Jacobian there, whatever rounding does: %s", async (_, network) => {
    const size = network.inputShape.reduce((a, b) => a * b);
    const center = normals(50, size, 0.4);
    const { jacobian } = evaluate(network, [...center], () => 0);
    for (const [dtype, width] of [
      ["float64", 1e-11],
      ["float32", 1e-2],
    ] as const) {
      const { lower, upper } = await jacobianBounds(network, { center, radius: 0 }, { device, dtype });
      for (const [index, value] of jacobian.flat().entries()) {
        // Rounding of the reference; without the propagation's own account of float32 the bounds would miss by 10⁻⁷.
        expect(lower[index]).toBeLessThanOrEqual(value + 1e-14);
        expect(upper[index]).toBeGreaterThanOrEqual(value - 1e-14);
        // Smooth activations are bounded by constants on intervals below 10⁻⁶.
        expect(upper[index] - lower[index]).toBeLessThan(width);
      }
    }
  });

  it.each(["tanh", "sigmoid"] as const)("of %s is approached in proportion to the radius", async (kind) => {
    const network = denseNetwork(8, [3, 8, 8, 1], { kind });
    const gaps: number[] = [];
    for (const radius of [0.04, 0.02, 0.01, 0.005]) {
      const region = { center: [0.3, -0.2, 0.1], radius };
      const upper = (await lipschitzBounds(network, region, { device })).constant[0];
      gaps.push(upper - (await sampleLipschitz(network, region, { device, samples: 500 })).constant[0]);
    }
    for (const [index, gap] of gaps.slice(1).entries()) expect(gap / gaps[index]).toBeLessThan(0.6);
    expect(gaps[3]).toBeGreaterThan(0);
  });

  it("of an activation without weights around it is that of identities", async () => {
    const network: Network = { inputShape: [2], layers: [{ kind: "leaky-relu", slope: 0.5 }, { kind: "relu" }] };
    expect(await constantOf(network, [-1, 1], [-0.5, 2])).toBeCloseTo(1, 12);
    expect(await constantOf(network, [-1, -2], [-0.5, -1])).toBe(0);
    const { constant } = await branchAndBound(network, { lower: [-1, -1], upper: [1, 1] }, { device });
    expect(constant).toBeCloseTo(1, 12);
  });

  it("says nothing, rather than something wrong, where numbers overflow", async () => {
    const layers = [1e30, 1e30, 1e30].flatMap((weight) => [
      { kind: "dense", weights: [weight] } as const,
      { kind: "relu" } as const,
    ]);
    const network: Network = { inputShape: [1], layers };
    const region = { lower: [-1], upper: [1] };
    for (const relaxation of ["linear", "recurjac", "interval"] as const) {
      const { lower, upper } = await jacobianBounds(network, region, { device, dtype: "float32", relaxation });
      expect(lower[0]).toBeLessThanOrEqual(0);
      expect(upper[0]).toBe(Number.POSITIVE_INFINITY);
      const { constant } = await lipschitzBounds(network, region, { device, dtype: "float32", relaxation });
      // The product of norms is computed in float64.
      expect(constant[0]).toBeCloseTo(1e90, -80);
    }
    const searched = await branchAndBound(network, region, { device, dtype: "float32", domainLimit: 20 });
    expect(searched.constant).toBe(Number.POSITIVE_INFINITY);
  });
});
