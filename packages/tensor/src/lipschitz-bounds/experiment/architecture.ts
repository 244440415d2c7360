import { DIGIT_CLASSES } from "../../digits/images.ts";
import { add } from "../../kernels/map/binary.ts";
import { type Activation, type AffineParameters, conv2d, dense, type Layer } from "../../layers/index.ts";
import { maxPool } from "../../resampling/pooling.ts";
import type { Tensor } from "../../tensor.ts";
import type { ActivationLayer, Network, NetworkLayer } from "../network.ts";

export const ARCHITECTURES = ["dense", "convolutional", "residual"] as const;

export type Architecture = (typeof ARCHITECTURES)[number];

/** A layer as it is trained, and as bounds take it. Those with weights are numbered. */
type Block =
  | { readonly kind: "weighted"; readonly layer: Layer<AffineParameters>; as(values: LayerValues): NetworkLayer }
  | { readonly kind: "activation" }
  | { readonly kind: "max-pool"; readonly window: number }
  | { readonly kind: "flatten" }
  | { readonly kind: "residual"; readonly blocks: readonly Block[] };

interface LayerValues {
  readonly weights: ArrayLike<number>;
  readonly bias: ArrayLike<number>;
}

/** A network that has no weights yet. */
export interface Classifier {
  readonly inputShape: readonly number[];
  readonly layers: readonly Layer<AffineParameters>[];
  /** Scores, [batch, classes], of images, [batch, ...inputShape]. */
  apply(parameters: readonly AffineParameters[], images: Tensor): Tensor;
  /** With the weights of its layers. */
  network(values: readonly LayerValues[]): Network;
}

const FILTERS = 8;
const WINDOW = 3;
const STRIDE = 2;
const POOLING = 2;

/**
 * A classifier of square images: dense layers with activations between (`"dense"`), with a convolution and a max-pooling before them (`"convolutional"`), or with a shortcut around each hidden layer but the first (`"residual"`).
 *
 * @param hidden widths; all the same where there are shortcuts.
 */
export function classifierOf(
  architecture: Architecture,
  edge: number,
  hidden: readonly number[],
  activation: { readonly kind: ActivationLayer["kind"]; readonly apply: Activation },
): Classifier {
  const blocks: Block[] = [];
  let width = edge ** 2;
  if (architecture === "convolutional") {
    blocks.push(convolutionBlock(), { kind: "activation" }, { kind: "max-pool", window: POOLING }, { kind: "flatten" });
    width = FILTERS * Math.floor(Math.ceil(edge / STRIDE) / POOLING) ** 2;
  }
  for (const [index, outputs] of hidden.entries()) {
    const own: Block[] = [denseBlock(width, outputs), { kind: "activation" }];
    if (architecture === "residual" && index > 0) blocks.push({ kind: "residual", blocks: own });
    else blocks.push(...own);
    width = outputs;
  }
  blocks.push(denseBlock(width, DIGIT_CLASSES));
  const inputShape = architecture === "convolutional" ? [1, edge, edge] : [edge ** 2];
  return {
    inputShape,
    layers: weighted(blocks),
    apply: (parameters, images) => applyBlocks(blocks, images, activation.apply, parameters.values()),
    network: (values) => ({ inputShape, layers: asLayers(blocks, activation.kind, values.values()) }),
  };
}

function denseBlock(inputs: number, outputs: number): Block {
  return { kind: "weighted", layer: dense(inputs, outputs), as: (values) => ({ kind: "dense", ...values }) };
}

function convolutionBlock(): Block {
  const steps = { stride: STRIDE, padding: (WINDOW - 1) / 2 };
  return {
    kind: "weighted",
    layer: conv2d(1, FILTERS, WINDOW, steps),
    as: ({ weights, bias }) => ({ kind: "convolution", filter: weights, bias, window: WINDOW, ...steps }),
  };
}

function weighted(blocks: readonly Block[]): Layer<AffineParameters>[] {
  return blocks.flatMap((block) => {
    if (block.kind === "weighted") return [block.layer];
    return block.kind === "residual" ? weighted(block.blocks) : [];
  });
}

function applyBlocks(
  blocks: readonly Block[],
  x: Tensor,
  activation: Activation,
  parameters: Iterator<AffineParameters>,
): Tensor {
  let value = x;
  for (const block of blocks)
    if (block.kind === "weighted") value = block.layer.apply(parameters.next().value!, value);
    else if (block.kind === "activation") value = activation(value);
    else if (block.kind === "max-pool") value = maxPool(value, { window: block.window });
    else if (block.kind === "flatten") value = value.reshape([value.shape[0], value.size / value.shape[0]]);
    else value = add(value, applyBlocks(block.blocks, value, activation, parameters));
  return value;
}

function asLayers(
  blocks: readonly Block[],
  activation: ActivationLayer["kind"],
  values: Iterator<LayerValues>,
): NetworkLayer[] {
  const layers: NetworkLayer[] = [];
  for (const block of blocks)
    if (block.kind === "weighted") layers.push(block.as(values.next().value!));
    else if (block.kind === "activation") layers.push({ kind: activation });
    else if (block.kind === "max-pool") layers.push(block);
    else if (block.kind === "residual")
      layers.push({ kind: "residual", layers: asLayers(block.blocks, activation, values) });
  return layers;
}
