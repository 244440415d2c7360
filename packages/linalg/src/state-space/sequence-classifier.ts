import {
  add,
  divide,
  expandDims,
  fuse,
  gelu,
  InvalidInputError,
  type Key,
  mean,
  multiply,
  sigmoid,
  slice,
  split,
  type Tensor,
  type TensorTree,
} from "@ansatz/tensor";
import { type AffineParameters, dense, dropout, layerNorm, type NormalisationParameters } from "@ansatz/tensor/layers";
import type { DiagonalSystem } from "./index.ts";
import { s4Layer } from "./s4-layer.ts";
import { type S5Options, s5Layer } from "./s5-layer.ts";
import { checkSequence, type SequenceLayer, type SequenceMode, type StepResult } from "./sequence-layer.ts";

/** A linear layer with what makes a network of it: nonlinearity and gate, residual, normalisation. */
export type SequenceBlockParameters = {
  readonly core: TensorTree;
  readonly gate: AffineParameters;
  readonly norm: NormalisationParameters;
};

export interface BlockSettings {
  readonly mode?: SequenceMode;
  /** Drops elements of the branch beside the residual, in training only. */
  readonly dropout?: { readonly key: Key; readonly rate: number };
}

export interface ClassifierOptions extends S5Options {
  /** The linear layer: `s4Layer`, a system for each channel, or `s5Layer`, one for all. Default: `"s4"`. */
  readonly layer?: "s4" | "s5";
  /** Features of a sample on its way. Default: 64. */
  readonly width?: number;
  /** Blocks one after the other. Default: 2. */
  readonly depth?: number;
}

export type ClassifierParameters = {
  readonly encoder: AffineParameters;
  readonly blocks: readonly SequenceBlockParameters[];
  readonly decoder: AffineParameters;
};

export type ClassifierState = {
  /** Of each block. */
  readonly states: readonly Tensor[];
  /** Sum of the features until here [batch, width]. */
  readonly total: Tensor;
  /** Samples until here, one element. */
  readonly count: Tensor;
};

export interface SequenceClassifier extends Omit<SequenceLayer<ClassifierParameters, ClassifierState>, "apply"> {
  /** Scores [batch, classes] of sequences [batch, length, inputs]. */
  apply(parameters: ClassifierParameters, x: Tensor, settings?: BlockSettings): Tensor;
}

/** GELU is inside of the gate's kernel. */
const gatedLinear = fuse((a: Tensor, b: Tensor) => multiply(a, sigmoid(b)));

/**
 * Classifier of sequences: a linear encoder of every sample, blocks of state-space layers, the mean over time, a linear readout. Blocks are S4's (GELU, a linear layer to twice the width with a gated
 * linear unit) or S5's (GELU, a gate σ(W y)), each with dropout, residual and layer normalisation. `applyStep` takes samples as they come, and gives the scores of what has been seen.
 *
 * Source: Gu, Goel, Ré, "Efficiently Modeling Long Sequences with Structured State Spaces" (2022), appendix D; Smith, Warrington, Linderman, "Simplified State Space Layers for Sequence Modeling"
 * (2023), appendix G.
 *
 * @throws InvalidInputError when a count is no positive integer, or for bad options.
 */
export function sequenceClassifier(
  inputs: number,
  classes: number,
  system: DiagonalSystem,
  options: ClassifierOptions = {},
): SequenceClassifier {
  const { layer = "s4", width = 64, depth = 2, ...rest } = options;
  if (layer !== "s4" && layer !== "s5")
    throw new InvalidInputError("sequenceClassifier: options.layer", '"s4" or "s5"', layer);
  for (const [name, value] of Object.entries({ width, depth }))
    if (!Number.isInteger(value) || value < 1)
      throw new InvalidInputError(`sequenceClassifier: options.${name}`, "an integer ≥ 1", value);
  const core = (layer === "s4" ? s4Layer : s5Layer)(width, system, rest) as SequenceLayer<TensorTree>;
  const gate = dense(width, layer === "s4" ? 2 * width : width);
  const norm = layerNorm(width);
  const encoder = dense(inputs, width);
  const decoder = dense(width, classes);
  /** What follows the linear layer, for each sample by itself. */
  const finished = (own: SequenceBlockParameters, x: Tensor, y: Tensor, drop?: BlockSettings["dropout"]): Tensor => {
    const active = gelu(y);
    const z = gate.apply(own.gate, active);
    const leading = x.shape.slice(0, -1).map(() => null);
    const half = (range: readonly [number, number]) => slice(z, [...leading, range]);
    const gated = layer === "s4" ? gatedLinear(half([0, width]), half([width, 2 * width])) : gatedLinear(active, z);
    return norm.apply(own.norm, add(x, drop && drop.rate > 0 ? dropout(drop.key, gated, drop.rate) : gated));
  };
  return {
    init(key, own) {
      const [forEncoder, forDecoder, ...forBlocks] = split(key, 2 + 2 * depth);
      return {
        encoder: encoder.init(forEncoder, own),
        blocks: Array.from({ length: depth }, (_, index) => ({
          core: core.init(forBlocks[2 * index], own),
          gate: gate.init(forBlocks[2 * index + 1], own),
          norm: norm.init(forBlocks[2 * index + 1], own),
        })),
        decoder: decoder.init(forDecoder, own),
      };
    },
    apply(parameters, x, { mode, dropout: drop } = {}) {
      checkSequence("sequenceClassifier: x", x, inputs);
      return x.device.scope(() => {
        const keys = drop && split(drop.key, depth);
        const features = parameters.blocks.reduce(
          (value, own, index) => {
            const dropped = keys && { key: keys[index], rate: drop.rate };
            return finished(own, value, core.apply(own.core, value, mode), dropped);
          },
          encoder.apply(parameters.encoder, x),
        );
        return decoder.apply(parameters.decoder, mean(features, { axes: 1 }));
      });
    },
    initState: (batch, own) => ({
      states: Array.from({ length: depth }, () => core.initState(batch, own)),
      total: own.device.zeros([batch, width], own.dtype ?? "float32"),
      count: own.device.zeros([1], own.dtype ?? "float32"),
    }),
    applyStep(parameters, x, { states, total, count }): StepResult<ClassifierState> {
      return x.device.scope(() => {
        let value = encoder.apply(parameters.encoder, x);
        const next = parameters.blocks.map((own, index) => {
          const { output, state } = core.applyStep(own.core, value, states[index]);
          value = finished(own, value, output);
          return state;
        });
        const sumNow = add(total, value);
        const countNow = add(count, 1);
        const output = decoder.apply(parameters.decoder, divide(sumNow, expandDims(countNow, -1)));
        return { output, state: { states: next, total: sumNow, count: countNow } };
      });
    },
  };
}
