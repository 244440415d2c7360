import type { Device } from "../device/device.ts";
import { convolution } from "../kernels/convolution/index.ts";
import { fuse } from "../kernels/fused/index.ts";
import { add, maximum, multiply, subtract } from "../kernels/map/binary.ts";
import { neg } from "../kernels/map/unary.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { logSumExp, mean, sum } from "../kernels/reduce/index.ts";
import { oneHot } from "../movement/one-hot.ts";
import { normal } from "../random/draw.ts";
import { type Key, split } from "../random/key.ts";
import { maxPool } from "../resampling/pooling.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { DIGIT_CLASSES, DIGIT_EDGE } from "./images.ts";

/** Weights of a small convolutional network: two layers of 3 × 3 filters, each followed by a pooling, and a dense one. */
export interface Parameters {
  readonly first: Layer;
  readonly second: Layer;
  readonly dense: Layer;
  readonly [name: string]: Layer;
}

interface Layer {
  readonly weights: Tensor;
  readonly bias: Tensor;
  readonly [name: string]: Tensor;
}

const FILTERS = [16, 32] as const;
const WINDOW = 3;
/** Edge length after two poolings. */
const SMALL_EDGE = DIGIT_EDGE / 4;

const rectify = fuse((x: Tensor, bias: Tensor) => maximum(add(x, bias), 0));

/** Weights of the size that keeps activations at theirs (He et al., 2015), biases of 0. */
export function initialParameters(key: Key, device: Device): Parameters {
  const [first, second, dense] = split(key, 3);
  const layer = (own: Key, shape: Shape, fanIn: number, bias: Shape): Layer => ({
    weights: device.scope(() => multiply(normal(own, shape, { device }), Math.sqrt(2 / fanIn))),
    bias: device.zeros(bias, "float32"),
  });
  const [few, many] = FILTERS;
  const features = many * SMALL_EDGE ** 2;
  return {
    first: layer(first, [few, 1, WINDOW, WINDOW], WINDOW ** 2, [few, 1, 1]),
    second: layer(second, [many, few, WINDOW, WINDOW], few * WINDOW ** 2, [many, 1, 1]),
    dense: layer(dense, [features, DIGIT_CLASSES], features, [DIGIT_CLASSES]),
  };
}

/** What the dense layer sees of images, none of it negative: [examples, 1568] from [examples, 1, 28, 28]. */
export function features({ first, second }: Parameters, images: Tensor): Tensor {
  const convolved = (x: Tensor, { weights, bias }: Layer) =>
    maxPool(rectify(convolution(x, weights, { padding: "same" }), bias), { window: 2 });
  return convolved(convolved(images, first), second).reshape([images.shape[0], -1]);
}

/** Scores of the ten digits: [examples, 10] from [examples, 1, 28, 28]. */
export function scores(parameters: Parameters, images: Tensor): Tensor {
  const { dense } = parameters;
  return add(matmul(features(parameters, images), dense.weights), dense.bias);
}

/** Mean cross-entropy of the scores with what the images are. */
export function crossEntropy(given: Tensor, labels: Tensor): Tensor {
  const logarithms = subtract(given, logSumExp(given, { axes: 1, keepDimensions: true }));
  return neg(mean(sum(multiply(logarithms, oneHot(labels, DIGIT_CLASSES)), { axes: 1 })));
}
