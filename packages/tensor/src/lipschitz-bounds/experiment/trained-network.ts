import type { Device } from "../../device/device.ts";
import { valueAndGrad } from "../../differentiation/transforms.ts";
import { DIGIT_CLASSES, DIGIT_EDGE, type LabelledImages } from "../../digits/images.ts";
import { crossEntropy } from "../../digits/network.ts";
import { relu } from "../../kernels/map/activations.ts";
import { sigmoid, tanh } from "../../kernels/map/unary.ts";
import type { AffineParameters } from "../../layers/index.ts";
import { mlp } from "../../layers/index.ts";
import { adam } from "../../optimisers/methods.ts";
import { disposeTree } from "../../optimisers/optimiser.ts";
import { cosineDecay } from "../../optimisers/schedules.ts";
import { hostPermutation } from "../../random/discrete.ts";
import { type Key, split } from "../../random/key.ts";
import type { Tensor } from "../../tensor.ts";
import type { Network, NetworkLayer } from "../network.ts";

type HiddenActivation = "relu" | "tanh" | "sigmoid";

const FUNCTIONS = { relu, tanh, sigmoid };
const BATCH = 50;
const LEARNING_RATE = 0.004;

/** Images of fewer pixels: means of blocks of the original ones. */
export function shrink({ count, pixels, labels }: LabelledImages, edge: number): LabelledImages {
  const block = DIGIT_EDGE / edge;
  const small = new Float32Array(count * edge ** 2);
  for (let index = 0; index < pixels.length; index++) {
    const [image, row, column] = [
      Math.floor(index / DIGIT_EDGE ** 2),
      Math.floor(index / DIGIT_EDGE) % DIGIT_EDGE,
      index % DIGIT_EDGE,
    ];
    small[image * edge ** 2 + Math.floor(row / block) * edge + Math.floor(column / block)] +=
      pixels[index] / block ** 2;
  }
  return { count, pixels: small, labels };
}

export interface TrainingOptions {
  readonly edge: number;
  readonly hidden: readonly number[];
  readonly activation: HiddenActivation;
  readonly epochs: number;
  /** Of images that are drawn anew in each epoch. */
  readonly images: number;
  readonly key: Key;
  readonly signal: AbortSignal;
  onStep?(step: number, total: number, loss: number): void;
}

/** A multilayer perceptron trained by Adam to tell digits, as the propagation takes it. */
export async function trainedNetwork(
  device: Device,
  images: LabelledImages,
  options: TrainingOptions,
): Promise<Network> {
  const { edge, hidden, activation, epochs, signal, onStep } = options;
  const widths = [edge ** 2, ...hidden, DIGIT_CLASSES];
  const perceptron = mlp(widths, { activation: FUNCTIONS[activation] });
  const [forWeights, ...forOrders] = split(options.key, epochs + 1);
  const perEpoch = Math.max(1, Math.floor(Math.min(options.images, images.count) / BATCH));
  const optimiser = adam({ learningRate: cosineDecay(LEARNING_RATE, epochs * perEpoch) });
  const step = valueAndGrad((parameters: readonly AffineParameters[], x: Tensor, labels: Tensor) =>
    crossEntropy(perceptron.apply(parameters, x), labels),
  );
  let parameters = perceptron.init(forWeights, { device, dtype: "float32" });
  let state = optimiser.init(parameters);
  let order = new Int32Array(0);
  for (let done = 0; done < epochs * perEpoch && !signal.aborted; done++) {
    if (done % perEpoch === 0) order = hostPermutation(split(forOrders[done / perEpoch], 2), images.count);
    const first = (done % perEpoch) * BATCH;
    const chosen = order.subarray(first, first + BATCH);
    const next = device.scope(() => {
      const { value, gradient } = step(parameters, ...batchOf(device, images, chosen, edge));
      return { loss: value, ...optimiser.update(gradient, state, parameters) };
    });
    disposeTree(parameters, state);
    ({ parameters, state } = next);
    onStep?.(done + 1, epochs * perEpoch, await next.loss.item());
    next.loss.dispose();
  }
  const layers: NetworkLayer[] = [];
  for (const [index, layer] of parameters.entries()) {
    const [weights, bias] = [await layer.weights.data(), await (layer as { readonly bias: Tensor }).bias.data()];
    layers.push({ kind: "dense", weights: weights as Float32Array, bias: bias as Float32Array });
    if (index < parameters.length - 1) layers.push({ kind: activation });
  }
  disposeTree(parameters, state);
  return { inputShape: [edge ** 2], layers };
}

function batchOf(device: Device, { pixels, labels }: LabelledImages, chosen: Int32Array, edge: number) {
  const size = edge ** 2;
  const values = new Float32Array(chosen.length * size);
  for (const [position, index] of chosen.entries())
    values.set(pixels.subarray(index * size, (index + 1) * size), position * size);
  return [
    device.tensor(values, [chosen.length, size]),
    device.tensor(Int32Array.from(chosen, (index) => labels[index])),
  ] as const;
}

/** What a network of dense layers gives for an image. */
export function scoresOf({ layers }: Network, image: ArrayLike<number>): number[] {
  let values = Array.from(image);
  for (const layer of layers) {
    const before = values;
    if (layer.kind === "dense")
      values = Array.from(layer.bias!, (bias, row) =>
        before.reduce((sum, value, column) => sum + layer.weights[row * before.length + column] * value, bias),
      );
    else if (layer.kind === "relu") values = before.map((z) => Math.max(z, 0));
    else values = before.map((z) => (layer.kind === "tanh" ? Math.tanh(z) : 1 / (1 + Math.exp(-z))));
  }
  return values;
}

/** The network with one output for each other class: by how much a class is ahead of it. */
export function marginsOf(network: Network, digit: number): Network {
  const others = Array.from({ length: DIGIT_CLASSES }, (_, other) => other).filter((other) => other !== digit);
  const weights = others.flatMap((other) =>
    Array.from({ length: DIGIT_CLASSES }, (_, index) => Number(index === digit) - Number(index === other)),
  );
  return { ...network, layers: [...network.layers, { kind: "dense", weights, bias: new Float64Array(others.length) }] };
}
