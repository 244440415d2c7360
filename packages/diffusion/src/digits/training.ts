import {
  add,
  child,
  type Device,
  DivergedError,
  InvalidInputError,
  type Key,
  mean,
  multiply,
  normal,
  split,
  square,
  subtract,
  type Tensor,
  uniform,
  valueAndGrad,
} from "@ansatz/tensor";
import { DIGIT_CLASSES } from "@ansatz/tensor/digits";
import { adam, cosineDecay, disposeTree, type OptimiserState } from "@ansatz/tensor/optimisers";
import type { NoiseSchedule } from "../noise-schedules/index.ts";
import { type DenoiserParameters, initialDenoiser, predictNoise } from "./denoiser.ts";
import { SMALL_SIZE, type SmallDigits } from "./small-digits.ts";

/** Where a training is: plain tensors and a number, to be saved and gone on from. */
export interface DenoiserTraining {
  readonly step: number;
  readonly parameters: DenoiserParameters;
  readonly optimiser: OptimiserState;
}

export interface DenoiserTrainingOptions {
  readonly images: SmallDigits;
  readonly schedule: NoiseSchedule;
  readonly device: Device;
  /** Weights, batches, noise and times follow from it. */
  readonly key: Key;
  /** Steps of the whole training, those done before `resume` included. Default 8000. */
  readonly steps?: number;
  /** Images per step. Default 256. */
  readonly batch?: number;
  /** Adam's learning rates at the start and the end of a half cosine. Default 1e-3 and 1e-4. */
  readonly learningRates?: readonly [first: number, last: number];
  /** Share of images of which the network is not told the digit. Default 0.1. */
  readonly unconditionalShare?: number;
  /** Where an earlier call stopped; taken over. The other options must be the same. */
  readonly resume?: DenoiserTraining;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly step: number; readonly steps: number; readonly loss: number }) => void;
}

export interface DenoiserTrainingResult {
  /** The caller's. */
  readonly training: DenoiserTraining;
  readonly reason: "completed" | "aborted";
  /** Mean squared error of the noise at every step of this call. */
  readonly losses: readonly number[];
}

/**
 * Trains the digit denoiser: noise predicted at uniformly drawn times, Adam along a half cosine. The same steps in the same order however often it is interrupted.
 *
 * @throws InvalidInputError before any work; DivergedError when the loss is not finite.
 */
export async function trainDigitDenoiser(options: DenoiserTrainingOptions): Promise<DenoiserTrainingResult> {
  const { device, key, steps = 8000, batch = 256, learningRates = [1e-3, 1e-4], resume, signal, onProgress } = options;
  checkTraining(options, steps, batch);
  const [forWeights, forSteps] = split(key);
  const optimiser = adam({ learningRate: cosineDecay(learningRates[0], steps, learningRates[1]) });
  const lossAndGradient = valueAndGrad((parameters: DenoiserParameters, { x, noise, times, digits }: Batch) =>
    mean(square(subtract(predictNoise(parameters, x, times, digits), noise))),
  );
  let training = resume ?? beginning(initialDenoiser(forWeights, device), optimiser.init);
  const losses: number[] = [];
  while (training.step < steps && !signal?.aborted) {
    const drawn = await drawBatch(options, child(forSteps, training.step), batch);
    const before = training;
    const { loss, next } = device.scope(() => {
      const { value, gradient } = lossAndGradient(before.parameters, drawn);
      return { loss: value, next: optimiser.update(gradient, before.optimiser, before.parameters) };
    });
    for (const tensor of Object.values(drawn)) tensor.dispose();
    disposeTree(before.parameters, before.optimiser);
    training = { step: before.step + 1, parameters: next.parameters, optimiser: next.state };
    losses.push(await loss.item());
    loss.dispose();
    if (!Number.isFinite(losses.at(-1)!))
      throw new DivergedError("trainDigitDenoiser", training.step, "the loss is not finite", training);
    onProgress?.({ step: training.step, steps, loss: losses.at(-1)! });
  }
  return { training, reason: training.step < steps ? "aborted" : "completed", losses };
}

function beginning(
  parameters: DenoiserParameters,
  init: (parameters: DenoiserParameters) => OptimiserState,
): DenoiserTraining {
  return { step: 0, parameters, optimiser: init(parameters) };
}

/** What a step works with. */
interface Batch {
  readonly x: Tensor;
  readonly noise: Tensor;
  readonly times: Tensor;
  readonly digits: Tensor;
}

async function drawBatch(
  { images, schedule, device, unconditionalShare = 0.1 }: DenoiserTrainingOptions,
  key: Key,
  batch: number,
): Promise<Batch> {
  const [forNoise, forChoices] = split(key);
  using drawn = uniform(forChoices, [3, batch], { device });
  const choices = await drawn.data();
  const [start, end] = schedule.timeRange;
  const clean = new Float32Array(batch * SMALL_SIZE);
  const digits = new Float32Array(batch * DIGIT_CLASSES);
  const times = new Float32Array(batch);
  const alphas = new Float32Array(batch);
  const sigmas = new Float32Array(batch);
  for (let example = 0; example < batch; example++) {
    const image = Math.min(images.count - 1, Math.floor(choices[example] * images.count));
    clean.set(images.pixels.subarray(image * SMALL_SIZE, (image + 1) * SMALL_SIZE), example * SMALL_SIZE);
    if (choices[batch + example] >= unconditionalShare) digits[example * DIGIT_CLASSES + images.labels[image]] = 1;
    const time = end + (start - end) * choices[2 * batch + example];
    times[example] = time;
    alphas[example] = schedule.alpha(time);
    sigmas[example] = schedule.sigma(time);
  }
  return device.scope(() => {
    const noise = normal(forNoise, [batch, SMALL_SIZE], { device });
    const signal = multiply(device.tensor(clean, [batch, SMALL_SIZE]), device.tensor(alphas, [batch, 1]));
    return {
      x: add(signal, multiply(noise, device.tensor(sigmas, [batch, 1]))),
      noise,
      times: device.tensor(times),
      digits: device.tensor(digits, [batch, DIGIT_CLASSES]),
    };
  });
}

function checkTraining(
  { images, learningRates = [1, 1], unconditionalShare = 0 }: DenoiserTrainingOptions,
  steps: number,
  batch: number,
): void {
  if (!(images.count >= 1)) throw new InvalidInputError("options.images", "at least one image", images.count);
  if (!Number.isInteger(steps) || steps < 1) throw new InvalidInputError("options.steps", "an integer ≥ 1", steps);
  if (!Number.isInteger(batch) || batch < 1) throw new InvalidInputError("options.batch", "an integer ≥ 1", batch);
  if (!learningRates.every((rate) => rate > 0 && Number.isFinite(rate)))
    throw new InvalidInputError("options.learningRates", "two positive numbers", learningRates);
  if (!(unconditionalShare >= 0 && unconditionalShare <= 1))
    throw new InvalidInputError("options.unconditionalShare", "a number in [0, 1]", unconditionalShare);
}
