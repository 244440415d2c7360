import { InvalidInputError } from "../../errors.ts";
import type { TensorSpec } from "../../kernel.ts";
import { checkShape, type Shape } from "../../shape.ts";

/** The three products that a convolution and its derivatives are made of, each linear in both operands. */
export type ConvolutionProduct = "forward" | "inputGradient" | "filterGradient";

export interface ConvolutionKernelOptions {
  readonly product: ConvolutionProduct;
  /** Per spatial axis. */
  readonly stride: readonly number[];
  readonly padding: readonly (readonly [before: number, after: number])[];
  readonly dilation: readonly number[];
  readonly groups: number;
  /** Of `inputGradient`: spatial extents of the input; of `filterGradient`: the window. */
  readonly extents?: readonly number[];
}

/** Depth, height, width; axes that are missing have extent 1. */
export type Triple = readonly [depth: number, height: number, width: number];

/** A convolution as loops: result[n, g, o, p] = Σ_(c, k) filter[g, o, c, k] · input[n, g, c, p · stride + k · dilation − before]. */
export interface ConvolutionGeometry {
  readonly batches: number;
  readonly groups: number;
  /** Channels of the result per group. */
  readonly outputs: number;
  /** Channels of the input per group. */
  readonly channels: number;
  readonly input: Triple;
  readonly window: Triple;
  readonly output: Triple;
  readonly stride: Triple;
  readonly dilation: Triple;
  readonly before: Triple;
}

const NAMES: Readonly<Record<ConvolutionProduct, readonly [string, string]>> = {
  forward: ["x", "filter"],
  inputGradient: ["cotangent", "filter"],
  filterGradient: ["x", "cotangent"],
};

/** The loops of a call, and the shape of its result. @throws InvalidInputError naming the argument. */
export function convolutionGeometry(
  inputs: readonly TensorSpec[],
  options: ConvolutionKernelOptions,
): { readonly geometry: ConvolutionGeometry; readonly shape: Shape } {
  const { product, stride, padding, dilation, groups, extents = [] } = options;
  const [first, second] = inputs;
  const [firstName, secondName] = NAMES[product].map((name) => `convolution: ${name}`);
  const rank = first.shape.length - 2;
  if (rank < 1 || rank > 3)
    throw new InvalidInputError(firstName, "[batch, channels, ...one to three spatial axes]", `[${first.shape}]`);
  if (second.shape.length !== rank + 2)
    throw new InvalidInputError(secondName, `rank ${rank + 2}, like [${first.shape}]`, `[${second.shape}]`);
  const settings = { stride, padding, dilation };
  for (const [name, values] of Object.entries(settings))
    if (values.length !== rank)
      throw new InvalidInputError(`convolution: options.${name}`, `one per spatial axis (${rank})`, values);
  const spatial = (spec: TensorSpec) => spec.shape.slice(2);
  const [inputExtents, window] =
    product === "forward"
      ? [spatial(first), spatial(second)]
      : product === "inputGradient"
        ? [extents, spatial(second)]
        : [spatial(first), extents];
  const outputExtents = inputExtents.map((extent, axis) =>
    outputExtent(extent, window[axis], stride[axis], padding[axis], dilation[axis]),
  );
  const cotangent = product === "forward" ? undefined : product === "inputGradient" ? first : second;
  if (cotangent && spatial(cotangent).some((extent, axis) => extent !== outputExtents[axis]))
    throw new InvalidInputError(
      "convolution: cotangent",
      `spatial extents [${outputExtents}]`,
      `[${spatial(cotangent)}]`,
    );

  const batches = first.shape[0];
  let channels: number;
  let outputs: number;
  let shape: Shape;
  if (product === "forward") {
    channels = second.shape[1];
    outputs = perGroup("convolution: filter", "filters", second.shape[0], groups);
    if (first.shape[1] !== channels * groups)
      throw new InvalidInputError(
        "convolution: x",
        `${channels * groups} channels, for filter [${second.shape}] in ${groups} groups`,
        `[${first.shape}]`,
      );
    shape = [batches, second.shape[0], ...outputExtents];
  } else if (product === "inputGradient") {
    channels = second.shape[1];
    outputs = perGroup("convolution: filter", "filters", second.shape[0], groups);
    if (first.shape[1] !== second.shape[0])
      throw new InvalidInputError(
        "convolution: cotangent",
        `${second.shape[0]} channels, for filter [${second.shape}]`,
        `[${first.shape}]`,
      );
    shape = [batches, channels * groups, ...extents];
  } else {
    channels = perGroup("convolution: x", "channels", first.shape[1], groups);
    outputs = perGroup("convolution: cotangent", "channels", second.shape[1], groups);
    if (second.shape[0] !== batches)
      throw new InvalidInputError("convolution: cotangent", `a batch of ${batches}`, `[${second.shape}]`);
    shape = [second.shape[1], channels, ...extents];
  }
  checkShape(shape, "convolution: shape of the result");
  const triple = (values: readonly number[], missing: number): Triple =>
    [...new Array<number>(3 - rank).fill(missing), ...values] as unknown as Triple;
  const geometry: ConvolutionGeometry = {
    batches,
    groups,
    outputs,
    channels,
    input: triple(inputExtents, 1),
    window: triple(window, 1),
    output: triple(outputExtents, 1),
    stride: triple(stride, 1),
    dilation: triple(dilation, 1),
    before: triple(
      padding.map(([before]) => before),
      0,
    ),
  };
  return { geometry, shape };
}

/** Positions of a window along an axis. @throws InvalidInputError when there is none. */
function outputExtent(
  extent: number,
  window: number,
  stride: number,
  [before, after]: readonly [number, number],
  dilation: number,
): number {
  const reach = dilation * (window - 1) + 1;
  const padded = extent + before + after;
  if (window < 1 || reach > padded)
    throw new InvalidInputError(
      "convolution: filter",
      `a window of 1 to ${padded}, the extent of the padded input`,
      window < 1 ? window : reach,
    );
  return Math.floor((padded - reach) / stride) + 1;
}

function perGroup(argument: string, what: string, count: number, groups: number): number {
  if (!Number.isInteger(count / groups))
    throw new InvalidInputError(argument, `a multiple of ${groups} ${what}, one share per group`, count);
  return count / groups;
}
