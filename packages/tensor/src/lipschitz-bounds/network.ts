import { InvalidInputError } from "../errors.ts";
import { convolutionGeometry } from "../kernels/convolution/geometry.ts";
import {
  type ConvolutionPadding,
  resolvePadding,
  resolvePerAxis,
  resolveSteps,
} from "../kernels/convolution/options.ts";
import { sizeOf } from "../shape.ts";
import { poolingStages } from "./max-pooling.ts";
import type { Values } from "./values.ts";

/** Fully connected: W x + b. */
export interface DenseLayer {
  readonly kind: "dense";
  /** W, row-major [outputs, inputs]; a convolution's output before it is flattened channel by channel. */
  readonly weights: ArrayLike<number>;
  /** b, [outputs]. Default: zero. */
  readonly bias?: ArrayLike<number>;
}

/** Convolution over one to three axes, without flipping, as `convolution` has it. */
export interface ConvolutionLayer {
  readonly kind: "convolution";
  /** [filters, channels / groups, ...window]. */
  readonly filter: ArrayLike<number>;
  /** Extents of the filter, a number for all axes. */
  readonly window: number | readonly number[];
  /** [filters]. Default: zero. */
  readonly bias?: ArrayLike<number>;
  readonly stride?: number | readonly number[];
  readonly padding?: ConvolutionPadding;
  readonly groups?: number;
}

/** An elementwise function; of `leaky-relu`, `slope` in [0, 1] is that of negative numbers (default 0.01). */
export interface ActivationLayer {
  readonly kind: "relu" | "leaky-relu" | "tanh" | "sigmoid";
  readonly slope?: number;
}

/** Largest number of each window. */
export interface MaxPoolLayer {
  readonly kind: "max-pool";
  readonly window: number | readonly number[];
  /** Default: the window. */
  readonly stride?: number | readonly number[];
}

export type NetworkLayer = DenseLayer | ConvolutionLayer | ActivationLayer | MaxPoolLayer;

/** A feed-forward network as a list of layers. */
export interface Network {
  /** [features], or [channels, ...spatial] before a convolution. */
  readonly inputShape: readonly number[];
  readonly layers: readonly NetworkLayer[];
}

/** A linear step of a stage. */
export type LinearStep =
  | { readonly kind: "dense"; readonly weights: Values; readonly inputs: number; readonly outputs: number }
  | {
      readonly kind: "convolution";
      readonly filter: Values;
      /** [channels, ...spatial]. */
      readonly inputShape: readonly number[];
      readonly outputShape: readonly number[];
      readonly filterShape: readonly number[];
      readonly stride: readonly number[];
      readonly padding: readonly (readonly [number, number])[];
      readonly groups: number;
    };

/** The function after a stage; piecewise linear: x where x > 0, else its neuron's slope times x (1: the identity, 0: a ReLU). */
export type Activation =
  | { readonly kind: "piecewise-linear"; readonly slopes: Values }
  | { readonly kind: "tanh" | "sigmoid" };

interface StageStep {
  readonly map: LinearStep;
  readonly bias: Values | undefined;
  /** Whether the step is part of a max-pooling, whose Lipschitz constant is smaller than the product of its steps' norms. */
  readonly isPooling: boolean;
}

/** An affine map, z = W a + b as several steps, and the activation after it. */
export interface Stage {
  readonly inputs: number;
  readonly outputs: number;
  readonly steps: readonly StageStep[];
  /** None after the last stage. */
  readonly activation: Activation | undefined;
}

/** A network in the form that bounds are computed in: affine maps with activations between. */
export interface StagedNetwork {
  readonly inputs: number;
  readonly outputs: number;
  readonly stages: readonly Stage[];
  /** Whether every activation is piecewise linear. */
  readonly isPiecewiseLinear: boolean;
  /** Lipschitz constants of the layers that are no linear maps: of activations, and of poolings for each norm. */
  readonly factors: { readonly infinity: number; readonly euclidean: number };
}

type Building = { -readonly [Name in keyof Stage]: Name extends "steps" ? StageStep[] : Stage[Name] };

/**
 * Affine maps with activations between. Max-pooling becomes convolutions and ReLUs, max(a, b) = b + relu(a − b).
 *
 * @throws InvalidInputError naming the layer at fault.
 */
export function stageNetwork({ inputShape, layers }: Network): StagedNetwork {
  if (inputShape.length === 0 || !inputShape.every((extent) => Number.isInteger(extent) && extent > 0))
    throw new InvalidInputError("network.inputShape", "positive integers", inputShape);
  let shape = inputShape;
  const stages: Building[] = [newStage(sizeOf(shape))];
  const factors = { infinity: 1, euclidean: 1 };
  for (const [index, layer] of layers.entries()) {
    const argument = `network.layers[${index}]`;
    const stage = stages.at(-1)!;
    if (layer.kind === "dense" || layer.kind === "convolution") {
      const step =
        layer.kind === "dense" ? denseStep(layer, sizeOf(shape), argument) : convolutionStep(layer, shape, argument);
      shape = step.map.kind === "dense" ? [step.map.outputs] : step.map.outputShape;
      stage.steps.push(step);
      stage.outputs = sizeOf(shape);
    } else if (layer.kind === "max-pool") {
      const window = resolvePerAxis(`${argument}`, "window", shape.length - 1, layer.window);
      const stride = resolvePerAxis(`${argument}`, "stride", shape.length - 1, layer.stride ?? window);
      const pooled = poolingStages(shape, window, stride, argument);
      for (const { map, activation } of pooled.stages) {
        const last = stages.at(-1)!;
        last.steps.push({ map, bias: undefined, isPooling: true });
        last.outputs = sizeOf(map.outputShape);
        if (!activation) continue;
        last.activation = activation;
        stages.push(newStage(last.outputs));
      }
      shape = pooled.shape;
      factors.euclidean *= Math.sqrt(
        window.reduce((product, extent, axis) => product * Math.ceil(extent / stride[axis]), 1),
      );
    } else {
      stage.activation = activationOf(layer, stage.outputs, argument);
      const constant = layer.kind === "sigmoid" ? 1 / 4 : 1;
      factors.infinity *= constant;
      factors.euclidean *= constant;
      stages.push(newStage(stage.outputs));
    }
  }
  const isPiecewiseLinear = stages.every(({ activation }) => !activation || activation.kind === "piecewise-linear");
  return { inputs: sizeOf(inputShape), outputs: sizeOf(shape), stages, isPiecewiseLinear, factors };
}

function newStage(inputs: number): Building {
  return { inputs, outputs: inputs, steps: [], activation: undefined };
}

function denseStep({ weights, bias }: DenseLayer, inputs: number, argument: string): StageStep {
  const outputs = weights.length / inputs;
  if (!Number.isInteger(outputs) || outputs < 1)
    throw new InvalidInputError(
      `${argument}.weights`,
      `a multiple of ${inputs} numbers, [outputs, inputs]`,
      weights.length,
    );
  const map = { kind: "dense", weights: finite(weights, `${argument}.weights`), inputs, outputs } as const;
  return { map, bias: biasOf(bias, outputs, 1, argument), isPooling: false };
}

function convolutionStep(layer: ConvolutionLayer, shape: readonly number[], argument: string): StageStep {
  const axes = shape.length - 1;
  if (axes < 1 || axes > 3)
    throw new InvalidInputError(argument, "a convolution after [channels, ...one to three spatial axes]", `[${shape}]`);
  const [channels, ...extents] = shape;
  const window = resolvePerAxis(argument, "window", axes, layer.window);
  const { stride, dilation, groups } = resolveSteps(argument, axes, layer);
  const padding = resolvePadding(argument, layer.padding, extents, window, stride, dilation);
  const perFilter = (channels / groups) * sizeOf(window);
  const filters = layer.filter.length / perFilter;
  if (!Number.isInteger(filters) || filters < 1)
    throw new InvalidInputError(
      `${argument}.filter`,
      `a multiple of ${perFilter} numbers, [filters, channels / groups, ...window]`,
      layer.filter.length,
    );
  const filterShape = [filters, channels / groups, ...window];
  const specOf = (of: readonly number[]) => ({ shape: of, dtype: "float64" }) as const;
  const { shape: result } = convolutionGeometry([specOf([1, ...shape]), specOf(filterShape)], {
    ...{ product: "forward", stride, padding, dilation, groups },
  });
  const outputShape = result.slice(1);
  const filter = finite(layer.filter, `${argument}.filter`);
  const map = {
    kind: "convolution",
    filter,
    inputShape: shape,
    outputShape,
    filterShape,
    stride,
    padding,
    groups,
  } as const;
  return { map, bias: biasOf(layer.bias, filters, sizeOf(outputShape) / filters, argument), isPooling: false };
}

function biasOf(bias: ArrayLike<number> | undefined, count: number, repeats: number, argument: string) {
  if (!bias) return undefined;
  if (bias.length !== count) throw new InvalidInputError(`${argument}.bias`, `${count} numbers`, bias.length);
  const values = finite(bias, `${argument}.bias`);
  return Float64Array.from({ length: count * repeats }, (_, index) => values[Math.floor(index / repeats)]);
}

function activationOf({ kind, slope = 0.01 }: ActivationLayer, neurons: number, argument: string): Activation {
  if (kind === "tanh" || kind === "sigmoid") return { kind };
  if (kind !== "relu" && kind !== "leaky-relu")
    throw new InvalidInputError(
      `${argument}.kind`,
      `"dense", "convolution", "relu", "leaky-relu", "tanh", "sigmoid" or "max-pool"`,
      kind,
    );
  if (!(slope >= 0 && slope <= 1)) throw new InvalidInputError(`${argument}.slope`, "a number in [0, 1]", slope);
  return { kind: "piecewise-linear", slopes: new Float64Array(neurons).fill(kind === "relu" ? 0 : slope) };
}

/** @throws InvalidInputError when a number is NaN or infinite. */
export function finite(values: ArrayLike<number>, argument: string): Values {
  const copied = Float64Array.from(values);
  const index = copied.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw new InvalidInputError(`${argument}[${index}]`, "a finite number", copied[index]);
  return copied;
}
