import {
  type Device,
  type FloatDType,
  InvalidInputError,
  type Key,
  RandomStream,
  sizeOf,
  type Tensor,
  type TensorTree,
} from "@ansatz/tensor";
import type { Discretisation, Layer, LayerOptions } from "@ansatz/tensor/layers";

/** How a linear recurrence is run over a whole sequence: by Fourier transforms, O(length log length), or state after state, O(length · states). The results are the same, to rounding. */
export type SequenceMode = "convolution" | "scan";

/** Result of one sample, and the state for the next. */
export interface StepResult<State> {
  readonly output: Tensor;
  readonly state: State;
}

/** A layer over sequences [batch, length, channels], of which each output depends on inputs until then: whole sequences at once, or sample after sample. */
export interface SequenceLayer<Parameters extends TensorTree, State extends TensorTree = Tensor>
  extends Layer<Parameters, [x: Tensor, mode?: SequenceMode]> {
  /** The state before the first sample. */
  initState(batch: number, options: LayerOptions): State;
  /** One sample [batch, channels] with the state before it: O(states), whatever came before. */
  applyStep(parameters: Parameters, x: Tensor, state: State): StepResult<State>;
}

export interface DynamicsOptions {
  /** How the continuous system becomes one of samples. Default: `"bilinear"`, whose transfer function is the continuous one at warped frequencies, without aliases. */
  readonly discretisation?: Discretisation;
  /** Range that the first time steps are drawn from, uniformly in their logarithm. Default: [0.001, 0.1], S4's. */
  readonly steps?: readonly [least: number, most: number];
}

/** The options with their defaults. @throws InvalidInputError for others. */
export function dynamicsOf(layer: string, options: DynamicsOptions) {
  const { discretisation = "bilinear", steps = [1e-3, 1e-1] } = options;
  if (discretisation !== "hold" && discretisation !== "bilinear")
    throw new InvalidInputError(`${layer}: options.discretisation`, '"hold" or "bilinear"', discretisation);
  const [least, most] = steps;
  if (!(least > 0 && most >= least && most < Number.POSITIVE_INFINITY))
    throw new InvalidInputError(`${layer}: options.steps`, "two rising numbers > 0", steps);
  return { discretisation, logLeast: Math.log(least), logMost: Math.log(most) };
}

/** @throws InvalidInputError unless x is [batch, length, channels] of at least one sample. */
export function checkSequence(argument: string, x: Tensor, channels: number): void {
  if (x.rank !== 3 || x.shape[2] !== channels || x.shape[1] === 0)
    throw new InvalidInputError(argument, `[batch, length ≥ 1, ${channels}]`, `shape [${x.shape}]`);
}

/** @throws InvalidInputError unless the mode is one of the two. */
export function checkMode(layer: string, mode: SequenceMode): void {
  if (mode !== "convolution" && mode !== "scan")
    throw new InvalidInputError(`${layer}: mode`, '"convolution" or "scan"', mode);
}

/** First values drawn on the host in float64, whatever precision they are rounded to then. */
export class FirstValues {
  readonly #stream: RandomStream;
  readonly #device: Device;
  readonly #dtype: FloatDType;

  constructor(key: Key, { device, dtype = "float32" }: LayerOptions) {
    this.#stream = new RandomStream(key);
    this.#device = device;
    this.#dtype = dtype;
  }

  given(values: Float64Array<ArrayBuffer>, shape: readonly number[]): Tensor {
    return this.#device.tensor(values, shape, this.#dtype);
  }

  normals(count: number, deviation = 1): Float64Array<ArrayBuffer> {
    return Float64Array.from({ length: count }, () => deviation * this.#stream.normal());
  }

  normal(shape: readonly number[], deviation = 1): Tensor {
    return this.given(this.normals(sizeOf(shape), deviation), shape);
  }

  uniform(shape: readonly number[], least: number, most: number): Tensor {
    return this.given(
      Float64Array.from({ length: sizeOf(shape) }, () => least + (most - least) * this.#stream.uniform()),
      shape,
    );
  }
}
