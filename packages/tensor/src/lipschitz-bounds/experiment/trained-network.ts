import type { Device } from "../../device/device.ts";
import { valueAndGrad } from "../../differentiation/transforms.ts";
import { DIGIT_CLASSES, DIGIT_EDGE, type LabelledImages } from "../../digits/images.ts";
import { crossEntropy } from "../../digits/network.ts";
import { relu } from "../../kernels/map/activations.ts";
import { sigmoid, tanh } from "../../kernels/map/unary.ts";
import type { AffineParameters } from "../../layers/index.ts";
import { adam } from "../../optimisers/methods.ts";
import { disposeTree } from "../../optimisers/optimiser.ts";
import { cosineDecay } from "../../optimisers/schedules.ts";
import { hostPermutation } from "../../random/discrete.ts";
import { type Key, split } from "../../random/key.ts";
import { sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { outputsAt } from "../jacobian-samples.ts";
import type { Network } from "../network.ts";
import { type SessionOptions, withNetwork } from "../network-session.ts";
import { type Architecture, classifierOf } from "./architecture.ts";

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
  readonly architecture: Architecture;
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

/** A network trained by Adam to tell digits, as the propagation takes it. */
export async function trainedNetwork(
  device: Device,
  images: LabelledImages,
  options: TrainingOptions,
): Promise<Network> {
  const { edge, hidden, activation, epochs, signal, onStep } = options;
  const classifier = classifierOf(options.architecture, edge, hidden, {
    kind: activation,
    apply: FUNCTIONS[activation],
  });
  const { layers, inputShape } = classifier;
  const [forWeights, ...forOrders] = split(options.key, epochs + 1);
  const perEpoch = Math.max(1, Math.floor(Math.min(options.images, images.count) / BATCH));
  const optimiser = adam({ learningRate: cosineDecay(LEARNING_RATE, epochs * perEpoch) });
  const step = valueAndGrad((parameters: readonly AffineParameters[], x: Tensor, labels: Tensor) =>
    crossEntropy(classifier.apply(parameters, x), labels),
  );
  const keys = split(forWeights, layers.length);
  let parameters: readonly AffineParameters[] = layers.map((layer, index) =>
    layer.init(keys[index], { device, dtype: "float32" }),
  );
  let state = optimiser.init(parameters);
  let order = new Int32Array(0);
  for (let done = 0; done < epochs * perEpoch && !signal.aborted; done++) {
    if (done % perEpoch === 0) order = hostPermutation(split(forOrders[done / perEpoch], 2), images.count);
    const first = (done % perEpoch) * BATCH;
    const chosen = order.subarray(first, first + BATCH);
    const next = device.scope(() => {
      const { value, gradient } = step(parameters, ...batchOf(device, images, chosen, inputShape));
      return { loss: value, ...optimiser.update(gradient, state, parameters) };
    });
    disposeTree(parameters, state);
    ({ parameters, state } = next);
    onStep?.(done + 1, epochs * perEpoch, await next.loss.item());
    next.loss.dispose();
  }
  const values: { readonly weights: Float32Array; readonly bias: Float32Array }[] = [];
  for (const layer of parameters) {
    const [weights, bias] = [await layer.weights.data(), await (layer as { readonly bias: Tensor }).bias.data()];
    values.push({ weights: weights as Float32Array, bias: bias as Float32Array });
  }
  disposeTree(parameters, state);
  return classifier.network(values);
}

function batchOf(
  device: Device,
  { pixels, labels }: LabelledImages,
  chosen: Int32Array,
  inputShape: readonly number[],
) {
  const size = sizeOf(inputShape);
  const values = new Float32Array(chosen.length * size);
  for (const [position, index] of chosen.entries())
    values.set(pixels.subarray(index * size, (index + 1) * size), position * size);
  return [
    device.tensor(values, [chosen.length, ...inputShape]),
    device.tensor(Int32Array.from(chosen, (index) => labels[index])),
  ] as const;
}

/** What a network gives for images, [images][classes]. */
export async function scoresOf(
  network: Network,
  images: ArrayLike<number>,
  session: SessionOptions,
): Promise<number[][]> {
  const scores = await withNetwork(network, session, (on) => outputsAt(on, Float64Array.from(images)));
  return Array.from({ length: scores.length / DIGIT_CLASSES }, (_, image) =>
    Array.from(scores.subarray(image * DIGIT_CLASSES, (image + 1) * DIGIT_CLASSES)),
  );
}

/** The network with one output for each other class: by how much a class is ahead of it. */
export function marginsOf(network: Network, digit: number): Network {
  const others = Array.from({ length: DIGIT_CLASSES }, (_, other) => other).filter((other) => other !== digit);
  const weights = others.flatMap((other) =>
    Array.from({ length: DIGIT_CLASSES }, (_, index) => Number(index === digit) - Number(index === other)),
  );
  return { ...network, layers: [...network.layers, { kind: "dense", weights, bias: new Float64Array(others.length) }] };
}
