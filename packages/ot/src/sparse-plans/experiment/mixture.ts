import {
  add,
  argmax,
  type Device,
  gather,
  type Key,
  logSoftmax,
  matmul,
  mean,
  multiply,
  neg,
  normal,
  oneHot,
  permutation,
  relu,
  softmax,
  split,
  sum,
  type Tensor,
  valueAndGrad,
} from "@ansatz/tensor";
import { DIGIT_CLASSES, DIGIT_EDGE, type LabelledImages } from "@ansatz/tensor/digits";
import { adam, cosineDecay, disposeTree } from "@ansatz/tensor/optimisers";
import {
  combineExperts,
  dispatchTokens,
  expertChoiceRouter,
  type Routing,
  sparseRouter,
  topKRouter,
} from "../router.ts";

/** Ways to send images to experts. */
export const ROUTERS = ["sparse transport", "expert choice", "softmax top-1", "softmax top-2"] as const;
export type RouterName = (typeof ROUTERS)[number];

const PIXELS = DIGIT_EDGE ** 2;

/** Weight of the loss that asks routers without balance of their own for it (Switch Transformers, section 2.2): of 0.01, 0.1, 1 and 3 the one with which they recognise most. */
const BALANCE = 1;

/** Linear router, experts of one hidden layer. */
export interface Mixture {
  readonly router: Tensor;
  readonly hidden: Tensor;
  readonly hiddenBias: Tensor;
  readonly output: Tensor;
  readonly outputBias: Tensor;
  readonly [name: string]: Tensor;
}

export interface MixtureOptions {
  readonly router: RouterName;
  readonly experts: number;
  /** Units of an expert's hidden layer. */
  readonly width: number;
  readonly capacityFactor: number;
  readonly epochs: number;
  /** Images routed together. */
  readonly batch: number;
  readonly learningRate: number;
  readonly key: Key;
  readonly signal: AbortSignal;
  onStep(step: number, total: number, loss: number): void;
}

/** Where images went, and whether they were recognised. */
export interface MixtureTest {
  readonly accuracy: number;
  /** Share of images that an expert took. */
  readonly coverage: number;
  /** Images of the fullest expert of a batch over the mean, averaged over batches. */
  readonly loadImbalance: number;
  /** Most images of an expert in a batch. */
  readonly largestLoad: number;
  /** Images that each expert took of each digit, `[experts, digits]`. */
  readonly specialisation: Float64Array;
}

function initialMixture(key: Key, device: Device, experts: number, width: number): Mixture {
  const [forRouter, forHidden, forOutput] = split(key, 3);
  const scaled = (own: Key, shape: readonly number[], deviation: number) =>
    device.scope(() => multiply(normal(own, shape, { device }), deviation));
  return {
    router: scaled(forRouter, [PIXELS, experts], 1 / Math.sqrt(PIXELS)),
    hidden: scaled(forHidden, [experts, PIXELS, width], Math.sqrt(2 / PIXELS)),
    hiddenBias: device.zeros([experts, 1, width], "float32"),
    output: scaled(forOutput, [experts, width, DIGIT_CLASSES], Math.sqrt(2 / width)),
    outputBias: device.zeros([experts, 1, DIGIT_CLASSES], "float32"),
  };
}

function route(scores: Tensor, { router, capacityFactor }: MixtureOptions): Routing {
  if (router === "sparse transport") return sparseRouter(scores, { capacityFactor, weights: "softmax" });
  if (router === "expert choice") return expertChoiceRouter(scores, { capacityFactor });
  const expertsPerToken = router === "softmax top-2" ? 2 : 1;
  return topKRouter(scores, { expertsPerToken, capacityFactor });
}

/** Digit scores, zero for images that no expert took, and the routing. */
function forward(mixture: Mixture, images: Tensor, options: MixtureOptions) {
  const { router, hidden, hiddenBias, output, outputBias } = mixture;
  const scores = matmul(images, router);
  const routing = route(scores, options);
  const inner = relu(add(matmul(dispatchTokens(images, routing), hidden), hiddenBias));
  return { scores, routing, logits: combineExperts(add(matmul(inner, output), outputBias), routing) };
}

function loss(mixture: Mixture, images: Tensor, labels: Tensor, options: MixtureOptions): Tensor {
  const { scores, logits } = forward(mixture, images, options);
  const digits = neg(mean(sum(multiply(logSoftmax(logits, { axis: 1 }), oneHot(labels, DIGIT_CLASSES)), { axes: 1 })));
  if (options.router === "sparse transport" || options.router === "expert choice") return digits;
  // Experts · Σ share of images that want it most · mean probability, least when all are alike.
  const shares = mean(oneHot(argmax(scores, { axis: 1 }), options.experts), { axes: 0 });
  const probabilities = mean(softmax(scores, { axis: 1 }), { axes: 0 });
  return add(digits, multiply(sum(multiply(shares, probabilities)), BALANCE * options.experts));
}

/** A mixture trained by Adam, the caller's to dispose. */
export async function trainMixture(device: Device, data: LabelledImages, options: MixtureOptions): Promise<Mixture> {
  const { experts, width, epochs, batch, learningRate, signal } = options;
  const [forWeights, ...forOrders] = split(options.key, epochs + 1);
  const perEpoch = Math.floor(data.count / batch);
  const optimiser = adam({ learningRate: cosineDecay(learningRate, epochs * perEpoch) });
  const gradientOf = valueAndGrad((mixture: Mixture, images: Tensor, labels: Tensor) =>
    loss(mixture, images, labels, options),
  );
  using images = device.tensor(data.pixels, [data.count, PIXELS]);
  using labels = device.tensor(data.labels, [data.count]);
  let mixture = initialMixture(forWeights, device, experts, width);
  let state = optimiser.init(mixture);
  let done = 0;
  for (const forOrder of forOrders) {
    using order = permutation(forOrder, data.count, { device });
    const positions = (await order.data()) as Int32Array<ArrayBuffer>;
    for (let first = 0; first + batch <= data.count && !signal.aborted; first += batch) {
      const next = device.scope(() => {
        const chosen = device.tensor(positions.slice(first, first + batch), [batch]);
        const { value, gradient } = gradientOf(mixture, gather(images, chosen), gather(labels, chosen));
        return { value, ...optimiser.update(gradient, state, mixture) };
      });
      disposeTree(mixture, state);
      mixture = next.parameters;
      state = next.state;
      options.onStep(++done, epochs * perEpoch, await next.value.item());
      next.value.dispose();
    }
  }
  disposeTree(state);
  return mixture;
}

/** Routes test images in batches as in training, in a random order. */
export async function testMixture(
  device: Device,
  mixture: Mixture,
  data: LabelledImages,
  options: MixtureOptions,
): Promise<MixtureTest> {
  const { batch, experts } = options;
  using images = device.tensor(data.pixels, [data.count, PIXELS]);
  using order = permutation(options.key, data.count, { device });
  const positions = (await order.data()) as Int32Array<ArrayBuffer>;
  const specialisation = new Float64Array(experts * DIGIT_CLASSES);
  let [right, taken, tested, largestLoad, imbalance] = [0, 0, 0, 0, 0];
  for (let first = 0; first + batch <= data.count; first += batch) {
    const chosen = positions.slice(first, first + batch);
    const tensors = device.scope(() => {
      const { routing, logits } = forward(mixture, gather(images, device.tensor(chosen, [batch])), options);
      return [routing.tokenIndices, routing.dispatchMask, argmax(logits, { axis: 1 })];
    });
    const [tokens, mask, found] = await Promise.all(tensors.map((tensor) => tensor.data()));
    for (const tensor of tensors) tensor.dispose();
    const loads = new Array<number>(experts).fill(0);
    const covered = new Set<number>();
    for (const [slot, isUsed] of mask.entries()) {
      if (!isUsed) continue;
      const expert = Math.floor(slot / (mask.length / experts));
      loads[expert]++;
      covered.add(tokens[slot]);
      specialisation[expert * DIGIT_CLASSES + data.labels[chosen[tokens[slot]]]]++;
    }
    // Of an image that none took, nothing is known.
    for (const image of covered) if (found[image] === data.labels[chosen[image]]) right++;
    const fullest = Math.max(...loads);
    largestLoad = Math.max(largestLoad, fullest);
    imbalance += (batch * fullest * experts) / loads.reduce((a, b) => a + b, 0);
    taken += covered.size;
    tested += batch;
  }
  return {
    accuracy: right / tested,
    coverage: taken / tested,
    loadImbalance: imbalance / tested,
    largestLoad,
    specialisation,
  };
}
