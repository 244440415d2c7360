import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { perExampleGradients } from "../differentiation/jacobian.ts";
import { grad, vjp } from "../differentiation/transforms.ts";
import { InvalidInputError } from "../errors.ts";
import { add } from "../kernels/map/binary.ts";
import { square } from "../kernels/map/unary.ts";
import { sum } from "../kernels/reduce/index.ts";
import { slice } from "../movement/slices.ts";
import { normal } from "../random/draw.ts";
import { key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose, testDevices } from "../testing/index.ts";
import {
  attention,
  batchNorm,
  conv2d,
  dense,
  diagonalStateSpace,
  dropout,
  embedding,
  groupNorm,
  integralTransform,
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
  upBlock,
} from "./index.ts";
import golden from "./torch.json" with { type: "json" };

for (const { label, open } of await testDevices())
  describe(`layers on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());
    const draw = (seed: number, shape: readonly number[]) => normal(key(seed), shape, { device });
    const close = { relative: 1e-5, absolute: 1e-5 };

    it("drop out a share of the elements and keep the mean, the same ones for the same key", async () => {
      using x = device.full([4000], 3, "float32");
      using y = dropout(key(1), x, 0.25);
      const values = await y.data();
      expect([...new Set(values)].sort()).toEqual([0, 4]);
      // Five standard errors.
      const dropped = values.filter((value) => value === 0).length;
      expect(Math.abs(dropped - 1000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
      using again = dropout(key(1), x, 0.25);
      expect(await again.data()).toEqual(values);
      using none = dropout(key(1), x, 0);
      expect(await none.data()).toEqual(await x.data());
      using slope = grad((at: Tensor) => sum(dropout(key(1), at, 0.25)))(x);
      expectAllClose(
        await slope.data(),
        [...values].map((value) => value / 3),
        close,
      );
    });

    it("hide keys from queries by a mask, of which causality is one", async () => {
      using q = draw(1, [2, 3, 4]);
      using k = draw(2, [2, 3, 4]);
      using v = draw(3, [2, 3, 2]);
      using triangle = device.tensor([1, 0, 0, 1, 1, 0, 1, 1, 1], [3, 3], "bool");
      using masked = attention(q, k, v, { mask: triangle });
      using causal = attention(q, k, v, { causal: true });
      expectAllClose(await masked.data(), await causal.data(), close);
      // The first query sees the first key only: its value.
      using first = device.scope(() => slice(causal, [null, [0, 1]]));
      using expected = device.scope(() => slice(v, [null, [0, 1]]));
      expectAllClose(await first.data(), await expected.data(), close);
      using blind = device.tensor([0, 0, 0], [3], "bool");
      using nothing = attention(q, k, v, { mask: blind });
      expect((await nothing.data()).every(Number.isNaN)).toBe(true);
    });

    it("carry the running statistics of batch normalisation as PyTorch, also out of a gradient", async () => {
      const { before, after } = golden.batchNormState;
      const input = golden.cases.find(({ name }) => name === "batchNorm, training")!.inputs[0];
      const upload = ({ shape, values }: typeof before.mean) => device.tensor(values, shape, device.defaultFloat);
      const norm = batchNorm(3);
      const x = upload(input);
      const state = { mean: upload(before.mean), variance: upload(before.variance) };
      const parameters = norm.init(key(0), { device, dtype: device.defaultFloat });
      const training = (p: typeof parameters) => {
        const { output, state: next } = norm.applyTraining(p, x, state);
        return { loss: sum(square(output)), next };
      };
      using linear = vjp(training, parameters);
      const { loss, next } = linear.value;
      const zeros = norm.initState({ device, dtype: device.defaultFloat }).mean;
      const gradient = linear.pullback({
        loss: device.full([], 1, loss.dtype),
        next: { mean: zeros, variance: zeros },
      });
      expect(gradient.scale.shape).toEqual([3]);
      for (const name of ["mean", "variance"] as const)
        expectAllClose(await next[name].data(), after[name].values, close, name);
    });

    it("add a low-rank change that is nothing at first, and merge it into weights", async () => {
      const layer = dense(6, 4, { bias: false });
      const adapter = lowRankAdapter(6, 4, 2, { alpha: 3 });
      const frozen = layer.init(key(1), { device });
      const start = adapter.init(key(2), { device });
      using x = draw(3, [5, 6]);
      using nothing = adapter.apply(start, x);
      expect((await nothing.data()).every((value) => value === 0)).toBe(true);
      const change = { ...start, up: draw(4, [4, 2]) };
      using beside = device.scope(() => add(layer.apply(frozen, x), adapter.apply(change, x)));
      using merged = device.scope(() => layer.apply({ weights: adapter.merge(change, frozen.weights) }, x));
      expectAllClose(await merged.data(), await beside.data(), close);
    });

    it("arrange waves of positions in halves too", async () => {
      using at = device.tensor([0, 1.5], [2], "float32");
      using y = sinusoidalEmbedding(at, 4, { arrangement: "halves", largestPeriod: 100 });
      const expected = [0, 0, 1, 1, Math.sin(1.5), Math.sin(0.15), Math.cos(1.5), Math.cos(0.15)];
      expectAllClose(await y.data(), expected, close);
    });

    it("give gradients for each example by itself", async () => {
      const network = mlp([3, 4, 1]);
      const parameters = network.init(key(1), { device });
      using x = draw(2, [5, 3]);
      const loss = (p: typeof parameters, example: Tensor) => sum(square(network.apply(p, example)));
      const all = perExampleGradients(loss)(parameters, x);
      expect(all[0].weights.shape).toEqual([5, 4, 3]);
      using total = device.scope(() => sum(all[0].weights, { axes: 0 }));
      const together = grad(loss)(parameters, x);
      expectAllClose(await total.data(), await together[0].weights.data(), close);
    });

    it("take batches without examples", async () => {
      const empty = device.zeros([0, 3], "float32");
      expect(mlp([3, 4, 2]).apply(mlp([3, 4, 2]).init(key(0), { device }), empty).shape).toEqual([0, 2]);
      const norm = layerNorm(3);
      expect(norm.apply(norm.init(key(0), { device }), empty).shape).toEqual([0, 3]);
    });

    if (label.startsWith("tensorflow")) return;

    it("step through a state-space system to the same values as all at once", async () => {
      for (const discretisation of ["hold", "bilinear"] as const) {
        const layer = diagonalStateSpace(2, 4, { discretisation });
        const parameters = layer.init(key(7), { device });
        using x = draw(8, [1, 2, 9]);
        using expected = layer.apply(parameters, x);
        let state = layer.initState(1, { device });
        for (let k = 0; k < 9; k++) {
          using sample = device.scope(() => slice(x, [null, null, [k, k + 1]]).reshape([1, 2]));
          const next = layer.applyStep(parameters, sample, state);
          state.dispose();
          state = next.state;
          using column = device.scope(() => slice(expected, [null, null, [k, k + 1]]));
          expectAllClose(await next.output.data(), await column.data(), { relative: 1e-4, absolute: 1e-4 });
          next.output.dispose();
        }
      }
    });

    it("do the same to a function at any resolution, in the spectrum", async () => {
      const layer = spectralConvolution(1, 1, [3]);
      const parameters = layer.init(key(5), { device });
      const wave = (n: number) =>
        device.tensor(
          Float32Array.from(
            { length: n },
            (_, k) => 1 + Math.sin((2 * Math.PI * k) / n) - Math.cos((4 * Math.PI * k) / n),
          ),
          [1, 1, n],
        );
      using coarse = layer.apply(parameters, wave(8));
      using fine = layer.apply(parameters, wave(24));
      using every = device.scope(() => slice(fine, [null, null, [0, null, 3]]));
      expectAllClose(await every.data(), await coarse.data(), close);
    });
  });

describe("layers", () => {
  it("refuse what does not fit, naming layer and argument", async () => {
    const [{ open }] = await testDevices();
    await using device = await open();
    const zeros = (...shape: number[]) => device.zeros(shape, "float32");
    const refuses = (run: () => unknown, argument: string) =>
      expect(run, argument).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
    refuses(() => dense(0, 1), "dense: inputs");
    refuses(() => dense(2, 1.5), "dense: outputs");
    const two = dense(3, 2);
    const own = two.init(key(0), { device });
    refuses(() => two.apply(own, zeros(4, 2)), "dense: x");
    refuses(() => two.apply(own, device.zeros([3], "float64")), "matmul: b");
    refuses(() => mlp([3]), "mlp: widths");
    refuses(() => mlp([3, 2, 1]).apply([own], zeros(3)), "mlp: parameters");
    refuses(() => conv2d(2, 3, 0), "conv2d: window");
    refuses(() => conv2d(2, 3, [1, 1, 1] as never), "conv2d: window");
    refuses(() => conv2d(3, 3, 1, { groups: 2 }), "conv2d: options.groups");
    const filters = conv2d(2, 3, 1);
    refuses(() => filters.apply(filters.init(key(0), { device }), zeros(1, 2, 4)), "conv2d: x");
    refuses(() => layerNorm([]), "layerNorm: shape");
    refuses(() => layerNorm(2, { epsilon: 0 }), "layerNorm: options.epsilon");
    refuses(() => groupNorm(2, 3), "groupNorm: groups");
    refuses(() => batchNorm(2, { momentum: 2 }), "batchNorm: options.momentum");
    const norm = batchNorm(2);
    const normOwn = norm.init(key(0), { device });
    const state = norm.initState({ device });
    refuses(() => norm.apply(normOwn, zeros(1, 3), state), "batchNorm: x");
    refuses(() => norm.applyTraining(normOwn, zeros(1, 2), state), "batchNorm: x");
    refuses(() => embedding(3, 0), "embedding: width");
    refuses(() => embedding(3, 2).apply({ table: zeros(3, 2) }, zeros(1)), "gather: indices");
    refuses(() => sinusoidalEmbedding(zeros(1), 3), "sinusoidalEmbedding: width");
    refuses(() => sinusoidalEmbedding(device.zeros([1], "int32"), 4), "sinusoidalEmbedding: positions");
    refuses(() => dropout(key(0), zeros(1), 1), "dropout: rate");
    refuses(() => attention(zeros(2, 3), zeros(2, 4), zeros(2, 3)), "attention: key");
    refuses(() => attention(zeros(2, 3), zeros(2, 3), zeros(3, 3)), "attention: value");
    refuses(() => linearAttention(zeros(3), zeros(2, 3), zeros(3, 3)), "linearAttention: query");
    refuses(() => multiHeadAttention(4, 3), "multiHeadAttention: heads");
    refuses(() => multiHeadAttention(4, 2, { kind: "linear", causal: true }), "multiHeadAttention: options.causal");
    refuses(() => lowRankAdapter(2, 3, 3), "lowRankAdapter: rank");
    refuses(() => residualBlock(2, 2, { rank: 4 }), "residualBlock: options.rank");
    const block = residualBlock(2, 2, { rank: 1, embeddingWidth: 3 });
    refuses(() => block.apply(block.init(key(0), { device }), zeros(1, 2, 4)), "residualBlock: embedding");
    refuses(() => resNetBlock(2, 2, { stride: 0 }), "resNetBlock: options.stride");
    refuses(() => unet(1, [], 1), "unet: widths");
    const up = upBlock(2, 3, 2, { rank: 1 });
    refuses(() => up.apply(up.init(key(0), { device }), zeros(1, 2, 4), zeros(1, 2, 8)), "upBlock: skip");
    refuses(() => spectralConvolution(1, 1, []), "spectralConvolution: modes");
    const spectral = spectralConvolution(1, 1, [3, 3]);
    refuses(() => spectral.apply(spectral.init(key(0), { device }), zeros(1, 1, 5, 8)), "spectralConvolution: x");
    refuses(() => diagonalStateSpace(1, 1, { steps: [0, 1] }), "diagonalStateSpace: options.steps");
    refuses(() => messagePassing(1, 1, 1, { aggregation: "max" as "sum" }), "messagePassing: options.aggregation");
    refuses(() => integralTransform(1, 1, { multipliesValues: false }), "integralTransform: options.multipliesValues");
  });
});
