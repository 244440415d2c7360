import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import type { TensorTree } from "../differentiation/tree.ts";
import { leavesOf } from "../differentiation/tree.ts";
import type { FloatDType } from "../dtype.ts";
import { type ReferenceArray, referenceArray } from "../kernel.ts";
import { tanh } from "../kernels/map/unary.ts";
import { type Key, key } from "../random/key.ts";
import { byPath, fromPaths } from "../safetensors/paths.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose, testDerivatives, testDevices } from "../testing/index.ts";
import {
  batchNorm,
  conv1d,
  conv2d,
  conv3d,
  dense,
  diagonalStateSpace,
  embedding,
  groupNorm,
  integralTransform,
  type Layer,
  type LayerOptions,
  layerNorm,
  linearAttention,
  lowRankAdapter,
  messagePassing,
  mlp,
  multiHeadAttention,
  residualBlock,
  resNetBlock,
  sinusoidalEmbedding,
  spectralConvolution,
  unet,
} from "./index.ts";
import golden from "./torch.json" with { type: "json" };

type OtherDevice = "webgpu" | "tensorflow";

/** A layer as a function of tensors only, as the golden cases have it. */
interface LayerCase {
  readonly layer?: { init(key: Key, options: LayerOptions): TensorTree };
  apply(parameters: never, ...inputs: Tensor[]): Tensor;
  /** Devices besides the cpu that have its operations. Default: both. */
  readonly devices?: readonly OtherDevice[];
  /**
   * Devices besides the cpu whose derivatives are tested. Default: none. Layers are written in operations whose derivatives are tested on every device, and a software GPU takes seconds
   * to compile those of a layer: one layer of each kind is enough.
   */
  readonly derivativesOn?: readonly OtherDevice[];
  /** Tensors that the case itself makes and keeps: states, edges. */
  readonly makes?: number;
  /** Paths of parameters that the result does not depend on: derivatives in them are 0 but for rounding. */
  readonly idle?: readonly string[];
  /** Orders of `jet` compared with nested `jvp`, where three take long. */
  readonly jetOrder?: number;
}

/** A layer that takes tensors. */
function plain<P extends TensorTree>(
  layer: Layer<P, never[], Tensor>,
  rest: Omit<LayerCase, "layer" | "apply"> = {},
): LayerCase {
  return {
    layer,
    apply: (parameters: P, ...inputs: Tensor[]) => layer.apply(parameters, ...(inputs as never[])),
    ...rest,
  };
}

const placeOf = ({ device, dtype }: Tensor) => ({ device, dtype: dtype as FloatDType });
const norm = batchNorm(3);
const block = resNetBlock(2, 3, { stride: 2 });
const edgesOn = (device: Device) => ({
  sources: device.tensor(Int32Array.of(0, 1, 2, 2, 3, 0)),
  targets: device.tensor(Int32Array.of(1, 0, 0, 1, 1, 3)),
});
const passing = messagePassing(2, 2, 2, { edgeWidth: 1, hidden: [3], activation: tanh });
const transform = (seesValues: boolean): LayerCase => {
  const layer = integralTransform(1, 2, { hidden: [3], seesValues });
  return {
    layer,
    apply: (parameters: never, values: Tensor, points: Tensor, queries: Tensor) =>
      layer.apply(parameters, { values, points, queries, edges: edgesOn(values.device) }),
    makes: 2,
  };
};
const withoutFft = { devices: ["webgpu"] } as const;
const onAll = { derivativesOn: ["webgpu", "tensorflow"] } as const;
/** A bias of the keys adds the same to all scores of a query. */
const softmaxed = { idle: ["key.bias"] };
const table = embedding(5, 3);

const CASES: Readonly<Record<string, LayerCase>> = {
  "dense, tanh": plain(dense(4, 5, { activation: tanh }), onAll),
  "dense, no bias": plain(dense(3, 2, { bias: false })),
  mlp: plain(mlp([3, 4, 4, 2])),
  conv1d: plain(conv1d(2, 3, 3, { stride: 2, padding: 1 })),
  "conv2d, groups": plain(conv2d(2, 4, [3, 2], { padding: 1, groups: 2 }), onAll),
  conv3d: plain(conv3d(1, 2, 2, { dilation: 2 })),
  layerNorm: plain(layerNorm(4)),
  "layerNorm, two axes": plain(layerNorm([3, 2])),
  groupNorm: plain(groupNorm(2, 4), onAll),
  batchNorm: {
    layer: norm,
    apply: (parameters: never, x, mean, variance) => norm.apply(parameters, x, { mean, variance }),
  },
  "batchNorm, training": {
    layer: norm,
    apply: (parameters: never, x) => norm.applyTraining(parameters, x, norm.initState(placeOf(x))).output,
    makes: 4,
  },
  embedding: {
    layer: table,
    apply: (parameters: { table: Tensor }) =>
      table.apply(parameters, parameters.table.device.tensor(Int32Array.of(4, 0, 2, 2), [2, 2])),
    makes: 1,
  },
  multiHeadAttention: plain(multiHeadAttention(4, 2), { ...softmaxed, ...onAll }),
  "multiHeadAttention, causal": plain(multiHeadAttention(4, 2, { causal: true }), softmaxed),
  "multiHeadAttention, cross": plain(multiHeadAttention(4, 2, { contextWidth: 3 }), softmaxed),
  "linearAttention, elu": { apply: (_: never, q, k, v) => linearAttention(q, k, v) },
  "linearAttention, softmax": { apply: (_: never, q, k, v) => linearAttention(q, k, v, { features: "softmax" }) },
  sinusoidalEmbedding: { apply: (_: never, positions) => sinusoidalEmbedding(positions, 6) },
  lowRankAdapter: plain(lowRankAdapter(4, 3, 2, { alpha: 4 })),
  residualBlock: plain(residualBlock(2, 2, { rank: 1 })),
  "residualBlock, embedding": plain(residualBlock(2, 4, { groups: 2, embeddingWidth: 3 }), { jetOrder: 2 }),
  "resNetBlock, training": {
    layer: block,
    apply: (parameters: never, x) => block.applyTraining(parameters, x, block.initState(placeOf(x))).output,
    makes: 12,
    jetOrder: 2,
  },
  unet: plain(unet(1, [2, 3, 4], 1, { rank: 1 }), { jetOrder: 1 }),
  "spectralConvolution, 1": plain(spectralConvolution(2, 2, [3]), withoutFft),
  "spectralConvolution, 2": plain(spectralConvolution(2, 2, [2, 3]), withoutFft),
  "spectralConvolution, 3": plain(spectralConvolution(1, 2, [2, 1, 3]), withoutFft),
  "diagonalStateSpace, hold": plain(diagonalStateSpace(2, 3), { ...withoutFft, derivativesOn: ["webgpu"] }),
  "diagonalStateSpace, bilinear": plain(diagonalStateSpace(2, 3, { discretisation: "bilinear" }), withoutFft),
  messagePassing: {
    layer: passing,
    apply: (parameters: never, nodes, edgeFeatures) =>
      passing.apply(parameters, { nodes, edges: edgesOn(nodes.device), edgeFeatures }).nodes,
    makes: 3,
  },
  integralTransform: transform(false),
  "integralTransform, seeing values": transform(true),
};

interface Packed {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const goldenCases = golden.cases.map(({ name, parameters, inputs, output }) => {
  const named = Object.entries(parameters as unknown as Record<string, Packed>);
  return { name, named, inputs: inputs as readonly Packed[], output: output as Packed, own: CASES[name] };
});
type GoldenCase = (typeof goldenCases)[number];

/** Runs a case on tensors for its parameters, in order, and its inputs. */
function run({ named, own }: GoldenCase, tensors: readonly Tensor[]): Tensor {
  const parameters = fromPaths(
    named.map(([path], index) => [path, index]),
    (index) => tensors[index],
  );
  return own.apply(parameters as never, ...tensors.slice(named.length));
}

const arraysOf = ({ named, inputs }: GoldenCase): readonly Packed[] => [...named.map(([, array]) => array), ...inputs];

for (const { label, open } of await testDevices())
  describe(`layers on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());
    const isHere = ({ own }: GoldenCase) =>
      label.startsWith("cpu") || (own.devices ?? ["webgpu", "tensorflow"]).some((kind) => label.startsWith(kind));

    it.each(goldenCases.filter(isHere))("compute what PyTorch does, and keep nothing else: $name", async (given) => {
      const before = device.memory().tensors;
      const result = device.scope(() => {
        const tensors = arraysOf(given).map(({ shape, values }) => device.tensor(values, shape, device.defaultFloat));
        const inside = device.memory().tensors;
        const y = run(given, tensors);
        expect(device.memory().tensors).toBe(inside + 1 + (given.own.makes ?? 0));
        return y;
      });
      using y = result;
      expect(y.shape).toEqual(given.output.shape);
      const largest = given.output.values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      // The file has ten digits; float32 and a few dozen operations.
      const tolerance = y.dtype === "float64" ? 2e-9 : 2e-4;
      const allowed = { relative: tolerance, absolute: tolerance * largest };
      expectAllClose(await y.data(), given.output.values, allowed, given.name);
      y.dispose();
      expect(device.memory().tensors).toBe(before);
    });

    it.each(goldenCases.filter(({ own }) => own.layer))("start with parameters of PyTorch's shapes: $name", (given) => {
      const tree = given.own.layer!.init(key(3), { device });
      const expected = given.named.map(([path, { shape }]) => [path, shape] as const);
      const actual = [...byPath(tree)].map(([path, { shape }]) => [path, shape] as const);
      const sorted = (list: readonly (readonly [string, readonly number[]])[]) =>
        list.toSorted(([a], [b]) => (a < b ? -1 : 1));
      expect(sorted(actual)).toEqual(sorted(expected));
      for (const leaf of leavesOf(tree)) leaf.dispose();
    });
  });

describe("golden cases", () => {
  it("are those that are tested", () => {
    expect(Object.keys(CASES).sort()).toEqual(goldenCases.map(({ name }) => name).sort());
  });
});

for (const given of goldenCases) {
  const arrays = arraysOf(given);
  const { derivativesOn = [], jetOrder, idle = [] } = given.own;
  const isIdle = arrays.map((_, index) => idle.includes(given.named[index]?.[0]));
  const point = arrays
    .filter((_, index) => !isIdle[index])
    .map(({ shape, values }): ReferenceArray => referenceArray("float64", shape, values));
  const f = (...tensors: Tensor[]) => {
    let next = 0;
    const [{ device, dtype }] = tensors;
    const all = arrays.map(({ shape, values }, index) =>
      isIdle[index] ? device.tensor(values, shape, dtype) : tensors[next++],
    );
    return run(given, all);
  };
  await testDerivatives(given.name, f, point, { devices: derivativesOn, ...(jetOrder ? { jetOrder } : {}) });
}
