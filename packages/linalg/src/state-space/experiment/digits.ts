import {
  argmax,
  type Device,
  type Key,
  logSoftmax,
  mean,
  multiply,
  neg,
  oneHot,
  RandomStream,
  split,
  subtract,
  sum,
  type Tensor,
  valueAndGrad,
} from "@ansatz/tensor";
import { DIGIT_CLASSES, DIGIT_EDGE, type LabelledImages } from "@ansatz/tensor/digits";
import { adamW, cosineDecay, disposeTree, parameterGroups } from "@ansatz/tensor/optimisers";
import { stateSpaceGroup } from "../dynamics.ts";
import type { S4Parameters } from "../s4-layer.ts";
import type { S5Parameters } from "../s5-layer.ts";
import type { ClassifierParameters, SequenceClassifier } from "../sequence-classifier.ts";

/** Digits as sequences: an image of each row by itself, `features` pixels at a time. */
export interface Sequences {
  readonly count: number;
  readonly length: number;
  readonly features: number;
  /** [count, length, features] */
  readonly values: Float32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
}

/** A cosine over time, the same in all features: what S4D's spikes blow up. */
export interface FourierNoise {
  readonly amplitude: number;
  /** Radians per sample. */
  readonly frequency: number;
}

/** A row of 28 pixels as a sample, 28 of them. */
export function rowSequences({ count, pixels, labels }: LabelledImages): Sequences {
  return { count, length: DIGIT_EDGE, features: DIGIT_EDGE, values: pixels, labels };
}

/** Every sample held for `times` samples: the same input at a finer clock. */
export function held({ count, length, features, values, labels }: Sequences, times: number): Sequences {
  const longer = new Float32Array(values.length * times);
  for (let row = 0; row < count * length; row++)
    for (let k = 0; k < times; k++)
      longer.set(values.subarray(row * features, (row + 1) * features), (row * times + k) * features);
  return { count, length: length * times, features, values: longer, labels };
}

/** The parameters with every step of time divided by `times`; tensors of its own for the steps, the others are the given ones. */
export function finerSteps(parameters: ClassifierParameters, times: number): ClassifierParameters {
  const blocks = parameters.blocks.map((block) => {
    const core = block.core as S4Parameters | S5Parameters;
    return { ...block, core: { ...core, logStep: subtract(core.logStep, Math.log(times)) } };
  });
  return { ...parameters, blocks };
}

export interface TrainingOptions {
  readonly key: Key;
  readonly epochs: number;
  readonly batch: number;
  /** In training; in none where undefined. */
  readonly noise?: FourierNoise | undefined;
  readonly signal?: AbortSignal | undefined;
  onStep?(step: number, total: number, loss: number): void;
}

/** Adam's steps for weights, and for what is dynamics. */
const RATE = 2e-2;
const DYNAMICS_RATE = 1e-3;

/** Trains the classifier by Adam; the parameters are the caller's. */
export async function trainOnDigits(
  device: Device,
  classifier: SequenceClassifier,
  digits: Sequences,
  { key, epochs, batch, noise, signal, onStep = () => {} }: TrainingOptions,
): Promise<ClassifierParameters> {
  const [forWeights, forOrder] = split(key, 2);
  const stream = new RandomStream(forOrder);
  const perEpoch = Math.floor(digits.count / batch);
  const total = epochs * perEpoch;
  const optimiser = parameterGroups(
    {
      dynamics: adamW({ learningRate: cosineDecay(DYNAMICS_RATE, total), weightDecay: 0 }),
      other: adamW({ learningRate: cosineDecay(RATE, total) }),
    },
    stateSpaceGroup,
  );
  const step = valueAndGrad((own: ClassifierParameters, x: Tensor, labels: Tensor) => {
    const chosen = multiply(logSoftmax(classifier.apply(own, x), { axis: 1 }), oneHot(labels, DIGIT_CLASSES));
    return neg(mean(sum(chosen, { axes: 1 })));
  });
  let parameters = classifier.init(forWeights, { device });
  let state = optimiser.init(parameters);
  for (let done = 0; done < total && !signal?.aborted; ) {
    const order = shuffled(digits.count, stream);
    for (let first = 0; first + batch <= digits.count && !signal?.aborted; first += batch) {
      const chosen = order.subarray(first, first + batch);
      const next = device.scope(() => {
        const labels = device.tensor(Int32Array.from(chosen, (index) => digits.labels[index]));
        const { value, gradient } = step(parameters, sequencesOn(device, digits, chosen, noise), labels);
        return { loss: value, ...optimiser.update(gradient, state, parameters) };
      });
      disposeTree(parameters, state);
      ({ parameters, state } = next);
      onStep(++done, total, await next.loss.item());
      next.loss.dispose();
    }
  }
  disposeTree(state);
  return parameters;
}

/** Share of the sequences whose digit is recognised. */
export async function accuracyOn(
  device: Device,
  classifier: SequenceClassifier,
  parameters: ClassifierParameters,
  digits: Sequences,
  noise?: FourierNoise,
): Promise<number> {
  let right = 0;
  for (let first = 0; first < digits.count; first += 250) {
    const chosen = Int32Array.from({ length: Math.min(250, digits.count - first) }, (_, k) => first + k);
    using found = device.scope(() =>
      argmax(classifier.apply(parameters, sequencesOn(device, digits, chosen, noise)), { axis: 1 }),
    );
    const labels = await found.data();
    right += chosen.reduce((total, index, k) => total + Number(labels[k] === digits.labels[index]), 0);
  }
  return right / digits.count;
}

function sequencesOn(
  device: Device,
  { length, features, values }: Sequences,
  chosen: Int32Array,
  noise?: FourierNoise,
): Tensor {
  const size = length * features;
  const batch = new Float32Array(chosen.length * size);
  for (const [position, index] of chosen.entries())
    batch.set(values.subarray(index * size, (index + 1) * size), position * size);
  if (noise)
    for (let k = 0; k < batch.length; k++)
      batch[k] += noise.amplitude * Math.cos(noise.frequency * (Math.floor(k / features) % length));
  return device.tensor(batch, [chosen.length, length, features]);
}

function shuffled(count: number, stream: RandomStream): Int32Array {
  const order = Int32Array.from({ length: count }, (_, k) => k);
  for (let k = count - 1; k > 0; k--) {
    const other = stream.integer(k + 1);
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order;
}
