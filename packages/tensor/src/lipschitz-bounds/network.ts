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

/** A branch beside a shortcut: S x + F(x). */
export interface ResidualLayer {
  readonly kind: "residual";
  /** F. */
  readonly layers: readonly NetworkLayer[];
  /** S. Default: none, the identity. */
  readonly shortcut?: readonly (DenseLayer | ConvolutionLayer)[];
}

export type NetworkLayer = DenseLayer | ConvolutionLayer | ActivationLayer | MaxPoolLayer | ResidualLayer;

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
    }
  /** x to (x, x). */
  | { readonly kind: "fork"; readonly size: number }
  /** (x, y) to x + y. */
  | { readonly kind: "join"; readonly size: number };

/** A step that multiplies with weights. */
export type WeightedStep = Extract<LinearStep, { readonly kind: "dense" | "convolution" }>;

/** The function after a stage; piecewise linear: x where x > 0, else its neuron's slope times x (1: the identity, 0: a ReLU). */
export type Activation =
  | { readonly kind: "piecewise-linear"; readonly slopes: Values }
  /** Of the first neurons; those from `identityFrom` on stay as they are. */
  | { readonly kind: "tanh" | "sigmoid"; readonly identityFrom: number };

/** A map of some of the numbers; so many before and after them, shortcuts around it, stay as they are. */
export interface StageStep {
  readonly map: LinearStep;
  readonly before: number;
  readonly after: number;
  /** For all numbers that come out. */
  readonly bias: Values | undefined;
}

/** What a layer multiplies Lipschitz constants with. */
export type LayerNorm =
  | { readonly kind: "linear"; readonly map: WeightedStep }
  | { readonly kind: "elementwise"; readonly constant: number }
  | { readonly kind: "pooling"; readonly euclidean: number }
  | { readonly kind: "residual"; readonly branch: readonly LayerNorm[]; readonly shortcut: readonly LayerNorm[] };

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
  readonly norms: readonly LayerNorm[];
}

type Building = { -readonly [Name in keyof Stage]: Name extends "steps" ? StageStep[] : Stage[Name] };

/**
 * Affine maps with activations between. Max-pooling becomes convolutions and ReLUs, max(a, b) = b + relu(a − b); what a shortcut carries stands beside the branch, through activations that leave it
 * as it is.
 *
 * @throws InvalidInputError naming the layer at fault.
 */
export function stageNetwork({ inputShape, layers }: Network): StagedNetwork {
  if (inputShape.length === 0 || !inputShape.every((extent) => Number.isInteger(extent) && extent > 0))
    throw new InvalidInputError("network.inputShape", "positive integers", inputShape);
  const stages: Building[] = [newStage(sizeOf(inputShape))];
  const { shape, norms } = addLayers(stages, layers, inputShape, 0, "network.layers");
  const isPiecewiseLinear = stages.every(({ activation }) => !activation || activation.kind === "piecewise-linear");
  return { inputs: sizeOf(inputShape), outputs: sizeOf(shape), stages, isPiecewiseLinear, norms };
}

interface Added {
  readonly shape: readonly number[];
  readonly norms: readonly LayerNorm[];
}

/** @param carried numbers that pass beside these layers. */
function addLayers(
  stages: Building[],
  layers: readonly NetworkLayer[],
  inputShape: readonly number[],
  carried: number,
  list: string,
): Added {
  let shape = inputShape;
  const norms: LayerNorm[] = [];
  for (const [index, layer] of layers.entries()) {
    const added = addLayer(stages, layer, shape, carried, `${list}[${index}]`);
    shape = added.shape;
    norms.push(...added.norms);
  }
  return { shape, norms };
}

function addLayer(
  stages: Building[],
  layer: NetworkLayer,
  shape: readonly number[],
  carried: number,
  argument: string,
): Added {
  if (layer.kind === "dense" || layer.kind === "convolution")
    return addLinear(stages, layer, shape, 0, carried, argument);
  if (layer.kind === "max-pool") return addPooling(stages, layer, shape, carried, argument);
  if (layer.kind === "residual") return addResidual(stages, layer, shape, carried, argument);
  activateLast(stages, activationOf(layer, sizeOf(shape), carried, argument));
  return { shape, norms: [{ kind: "elementwise", constant: layer.kind === "sigmoid" ? 1 / 4 : 1 }] };
}

function addLinear(
  stages: Building[],
  layer: DenseLayer | ConvolutionLayer,
  shape: readonly number[],
  before: number,
  after: number,
  argument: string,
): Added {
  const { map, bias } =
    layer.kind === "dense" ? denseStep(layer, sizeOf(shape), argument) : convolutionStep(layer, shape, argument);
  addStep(stages, map, before, after, bias);
  return { shape: map.kind === "dense" ? [map.outputs] : map.outputShape, norms: [{ kind: "linear", map }] };
}

function addPooling(
  stages: Building[],
  layer: MaxPoolLayer,
  shape: readonly number[],
  carried: number,
  argument: string,
): Added {
  const window = resolvePerAxis(argument, "window", shape.length - 1, layer.window);
  const stride = resolvePerAxis(argument, "stride", shape.length - 1, layer.stride ?? window);
  const pooled = poolingStages(shape, window, stride, argument);
  for (const { map, slopes } of pooled.stages) {
    addStep(stages, map, 0, carried);
    if (slopes) activateLast(stages, { kind: "piecewise-linear", slopes: withOnes(slopes, carried) });
  }
  // How many windows a number is in.
  const shared = window.reduce((product, extent, axis) => product * Math.ceil(extent / stride[axis]), 1);
  return { shape: pooled.shape, norms: [{ kind: "pooling", euclidean: Math.sqrt(shared) }] };
}

function addResidual(
  stages: Building[],
  layer: ResidualLayer,
  shape: readonly number[],
  carried: number,
  argument: string,
): Added {
  const size = sizeOf(shape);
  addStep(stages, { kind: "fork", size }, 0, carried);
  let beside: Added = { shape, norms: [] };
  for (const [index, linear] of (layer.shortcut ?? []).entries()) {
    const name = `${argument}.shortcut[${index}]`;
    if (linear.kind !== "dense" && linear.kind !== "convolution")
      throw new InvalidInputError(`${name}.kind`, `"dense" or "convolution"`, (linear as NetworkLayer).kind);
    const { shape: after, norms } = addLinear(stages, linear, beside.shape, size, carried, name);
    beside = { shape: after, norms: [...beside.norms, ...norms] };
  }
  const branch = addLayers(stages, layer.layers, shape, carried + sizeOf(beside.shape), `${argument}.layers`);
  if (branch.shape.join() !== beside.shape.join())
    throw new InvalidInputError(
      `${argument}.layers`,
      `[${beside.shape}] numbers, what the shortcut gives`,
      `[${branch.shape}]`,
    );
  addStep(stages, { kind: "join", size: sizeOf(branch.shape) }, 0, carried);
  return { shape: branch.shape, norms: [{ kind: "residual", branch: branch.norms, shortcut: beside.norms }] };
}

function addStep(stages: Building[], map: LinearStep, before: number, after: number, own?: Values): void {
  const stage = stages.at(-1)!;
  const outputs = extentOf(map).outputs;
  let bias: Values | undefined;
  if (own) {
    bias = new Float64Array(before + outputs + after);
    bias.set(own, before);
  }
  stage.steps.push({ map, before, after, bias });
  stage.outputs = before + outputs + after;
}

/** Ends the last stage and begins another. */
function activateLast(stages: Building[], activation: Activation): void {
  const stage = stages.at(-1)!;
  stage.activation = activation;
  stages.push(newStage(stage.outputs));
}

/** How many numbers a map takes and gives. */
export function extentOf(map: LinearStep): { readonly inputs: number; readonly outputs: number } {
  switch (map.kind) {
    case "dense":
      return map;
    case "convolution":
      return { inputs: sizeOf(map.inputShape), outputs: sizeOf(map.outputShape) };
    case "fork":
      return { inputs: map.size, outputs: 2 * map.size };
    case "join":
      return { inputs: 2 * map.size, outputs: map.size };
  }
}

function withOnes(slopes: Values, carried: number): Values {
  const padded = new Float64Array(slopes.length + carried).fill(1);
  padded.set(slopes);
  return padded;
}

function newStage(inputs: number): Building {
  return { inputs, outputs: inputs, steps: [], activation: undefined };
}

interface WithBias {
  readonly map: WeightedStep;
  readonly bias: Values | undefined;
}

function denseStep({ weights, bias }: DenseLayer, inputs: number, argument: string): WithBias {
  const outputs = weights.length / inputs;
  if (!Number.isInteger(outputs) || outputs < 1)
    throw new InvalidInputError(
      `${argument}.weights`,
      `a multiple of ${inputs} numbers, [outputs, inputs]`,
      weights.length,
    );
  const map = { kind: "dense", weights: finite(weights, `${argument}.weights`), inputs, outputs } as const;
  return { map, bias: biasOf(bias, outputs, 1, argument) };
}

function convolutionStep(layer: ConvolutionLayer, shape: readonly number[], argument: string): WithBias {
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
  return { map, bias: biasOf(layer.bias, filters, sizeOf(outputShape) / filters, argument) };
}

function biasOf(bias: ArrayLike<number> | undefined, count: number, repeats: number, argument: string) {
  if (!bias) return undefined;
  if (bias.length !== count) throw new InvalidInputError(`${argument}.bias`, `${count} numbers`, bias.length);
  const values = finite(bias, `${argument}.bias`);
  return Float64Array.from({ length: count * repeats }, (_, index) => values[Math.floor(index / repeats)]);
}

function activationOf(
  { kind, slope = 0.01 }: ActivationLayer,
  neurons: number,
  carried: number,
  argument: string,
): Activation {
  if (kind === "tanh" || kind === "sigmoid") return { kind, identityFrom: neurons };
  if (kind !== "relu" && kind !== "leaky-relu")
    throw new InvalidInputError(
      `${argument}.kind`,
      `"dense", "convolution", "relu", "leaky-relu", "tanh", "sigmoid", "max-pool" or "residual"`,
      kind,
    );
  if (!(slope >= 0 && slope <= 1)) throw new InvalidInputError(`${argument}.slope`, "a number in [0, 1]", slope);
  const slopes = new Float64Array(neurons).fill(kind === "relu" ? 0 : slope);
  return { kind: "piecewise-linear", slopes: withOnes(slopes, carried) };
}

/** @throws InvalidInputError when a number is NaN or infinite. */
export function finite(values: ArrayLike<number>, argument: string): Values {
  const copied = Float64Array.from(values);
  const index = copied.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) throw new InvalidInputError(`${argument}[${index}]`, "a finite number", copied[index]);
  return copied;
}
