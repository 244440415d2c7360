import type { Device } from "../device/device.ts";
import { valueAndGrad } from "../differentiation/transforms.ts";
import { argmax } from "../kernels/arg-extremum/index.ts";
import { concatenate } from "../kernels/concatenate/index.ts";
import { adam } from "../optimisers/methods.ts";
import { disposeTree } from "../optimisers/optimiser.ts";
import { cosineDecay } from "../optimisers/schedules.ts";
import { hostPermutation } from "../random/discrete.ts";
import { type Key, split } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { DIGIT_EDGE, type LabelledImages } from "./images.ts";
import { crossEntropy, features, initialParameters, type Parameters, scores } from "./network.ts";

export interface TrainingOptions {
  readonly key: Key;
  readonly epochs: number;
  readonly batch: number;
  /** The first one. */
  readonly learningRate: number;
  readonly signal?: AbortSignal;
  /** Called after each step with its loss. */
  onStep?(step: number, total: number, loss: number): void;
}

/** Images tested at once. */
const TEST_BATCH = 250;

/**
 * Trains the network by Adam with a learning rate that falls along a cosine, on the same batches in the same order on every device; a last batch that is not full is left out.
 *
 * @returns the parameters, which are the caller's, after the steps done when the signal fires.
 */
export async function train(device: Device, images: LabelledImages, options: TrainingOptions): Promise<Parameters> {
  const { epochs, batch, learningRate, signal, onStep = () => {} } = options;
  const [forWeights, ...forOrders] = split(options.key, epochs + 1);
  const perEpoch = Math.floor(images.count / batch);
  const optimiser = adam({ learningRate: cosineDecay(learningRate, Math.max(1, epochs * perEpoch)) });
  const step = valueAndGrad((p: Parameters, x: Tensor, labels: Tensor) => crossEntropy(scores(p, x), labels));
  let parameters = initialParameters(forWeights, device);
  let state = optimiser.init(parameters);
  for (let epoch = 0, done = 0; epoch < epochs; epoch++) {
    const order = hostPermutation(split(forOrders[epoch], 2), images.count);
    for (let first = 0; first + batch <= images.count && !signal?.aborted; first += batch) {
      const chosen = order.subarray(first, first + batch);
      const next = device.scope(() => {
        const { value, gradient } = step(
          parameters,
          imagesOn(device, images, chosen),
          labelsOn(device, images, chosen),
        );
        return { loss: value, ...optimiser.update(gradient, state, parameters) };
      });
      disposeTree(parameters, state);
      ({ parameters, state } = next);
      onStep(++done, epochs * perEpoch, await next.loss.item());
      next.loss.dispose();
    }
  }
  disposeTree(state);
  return parameters;
}

/** What the network takes each image for. */
export async function classify(device: Device, parameters: Parameters, images: LabelledImages): Promise<Int32Array> {
  const found = new Int32Array(images.count);
  for (const chosen of testBatches(images)) {
    using best = device.scope(() => argmax(scores(parameters, imagesOn(device, images, chosen)), { axis: 1 }));
    found.set(await best.data(), chosen[0]);
  }
  return found;
}

/** What the network's dense layer sees of images: [images, features]. */
export function featuresOf(device: Device, parameters: Parameters, images: LabelledImages): Tensor {
  return device.scope(() => {
    const batches = testBatches(images).map((chosen) =>
      device.scope(() => features(parameters, imagesOn(device, images, chosen))),
    );
    return concatenate(batches, { axis: 0 });
  });
}

function testBatches({ count }: LabelledImages): Int32Array<ArrayBuffer>[] {
  return Array.from({ length: Math.ceil(count / TEST_BATCH) }, (_, batch) => {
    const first = batch * TEST_BATCH;
    return Int32Array.from({ length: Math.min(TEST_BATCH, count - first) }, (_, k) => first + k);
  });
}

function imagesOn(device: Device, { pixels }: LabelledImages, chosen: Int32Array): Tensor {
  const size = DIGIT_EDGE ** 2;
  const values = new Float32Array(chosen.length * size);
  for (const [position, index] of chosen.entries())
    values.set(pixels.subarray(index * size, (index + 1) * size), position * size);
  return device.tensor(values, [chosen.length, 1, DIGIT_EDGE, DIGIT_EDGE]);
}

function labelsOn(device: Device, { labels }: LabelledImages, chosen: Int32Array): Tensor {
  return device.tensor(Int32Array.from(chosen, (index) => labels[index]));
}
