import {
  broadcastTo,
  concatenate,
  type Device,
  InvalidInputError,
  type Key,
  multiply,
  silu,
  type Tensor,
} from "@ansatz/tensor";
import { DIGIT_CLASSES } from "@ansatz/tensor/digits";
import { type AffineParameters, mlp, sinusoidalEmbedding } from "@ansatz/tensor/layers";
import type { DenoisingModel } from "../models/prediction.ts";
import { SMALL_SIZE } from "./small-digits.ts";

/** Width of the hidden layers, and numbers that tell the network the time. */
const HIDDEN = 256;
const TIME_FEATURES = 32;
/** Times in [0, 1] are spread to those that networks trained on a thousand steps see. */
const TIME_SCALE = 1000;

const network = mlp([SMALL_SIZE + TIME_FEATURES + DIGIT_CLASSES, HIDDEN, HIDDEN, SMALL_SIZE], { activation: silu });

/** Weights of the network, see `predictNoise`. */
export type DenoiserParameters = readonly AffineParameters[];

/** First weights, as PyTorch's. */
export function initialDenoiser(key: Key, device: Device): DenoiserParameters {
  return network.init(key, { device, dtype: "float32" });
}

/**
 * The noise in noisy digits: a network of two hidden layers of 256.
 *
 * @param x `[batch, 64]`, float32.
 * @param times `[batch]`, in [0, 1].
 * @param digits `[batch, 10]`: 1 where the image is that digit; a row of zeros does not say.
 * @returns `[batch, 64]`.
 */
export function predictNoise(parameters: DenoiserParameters, x: Tensor, times: Tensor, digits: Tensor): Tensor {
  return x.device.scope(() => {
    const scaled = sinusoidalEmbedding(multiply(times, TIME_SCALE), TIME_FEATURES, { arrangement: "halves" });
    return network.apply(parameters, concatenate([x, scaled, digits], { axis: 1 }));
  });
}

export interface DigitDenoiserOptions {
  /** Draw this digit only. Default: any, the network not being told. */
  readonly digit?: number;
}

/** The network as a model to be sampled from; the parameters stay the caller's. @throws InvalidInputError when the digit is none. */
export function digitDenoiser(parameters: DenoiserParameters, { digit }: DigitDenoiserOptions = {}): DenoisingModel {
  if (digit !== undefined && !(Number.isInteger(digit) && digit >= 0 && digit < DIGIT_CLASSES))
    throw new InvalidInputError("options.digit", `an integer in [0, ${DIGIT_CLASSES - 1}]`, digit);
  return {
    prediction: "noise",
    predict: (x, time) => {
      const { device } = x;
      const [batch] = x.shape;
      return device.scope(() => {
        const row = Array.from({ length: DIGIT_CLASSES }, (_, index) => Number(index === digit));
        const digits = broadcastTo(device.tensor(row, [1, DIGIT_CLASSES], "float32"), [batch, DIGIT_CLASSES]);
        return predictNoise(parameters, x, device.full([batch], time, "float32"), digits);
      });
    },
  };
}
