import { InvalidInputError } from "../errors.ts";
import { fanInUniform, type Initialiser, symmetric } from "../initialisers/initialisers.ts";
import { fuse } from "../kernels/fused/index.ts";
import { add } from "../kernels/map/binary.ts";
import { tanh } from "../kernels/map/unary.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { split } from "../random/key.ts";
import { sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { checkCount, checkExtent, type Layer } from "./layer.ts";

/** Weights [outputs, inputs, ...window], and a bias [outputs] unless the layer has none. */
export type AffineParameters = { readonly weights: Tensor; readonly bias: Tensor } | { readonly weights: Tensor };

/** A function of elementwise operations. */
export type Activation = (x: Tensor) => Tensor;

export interface DenseOptions {
  /** Whether a bias is added. Default: true. */
  readonly bias?: boolean;
  /** Applied to the result, in one kernel with the bias. Default: none. */
  readonly activation?: Activation;
  /** First weights. Default: `fanInUniform`, as PyTorch; the bias is uniform within ±1/√inputs too. */
  readonly weights?: Initialiser;
}

/**
 * Fully connected layer: x Wᵀ + b over the last axis, [..., inputs] to [..., outputs].
 *
 * @throws InvalidInputError when the extents are no positive integers.
 */
export function dense(inputs: number, outputs: number, options: DenseOptions = {}): Layer<AffineParameters> {
  const { bias = true, activation, weights: initialiser = fanInUniform } = options;
  checkCount("dense: inputs", inputs);
  checkCount("dense: outputs", outputs);
  const finish = activation ? fuse((z: Tensor, b: Tensor) => activation(add(z, b))) : add;
  return {
    init(key, own) {
      const [forWeights, forBias] = split(key);
      const weights = initialiser(forWeights, [outputs, inputs], own);
      return bias ? { weights, bias: symmetric(forBias, [outputs], 1 / Math.sqrt(inputs), own) } : { weights };
    },
    apply(parameters, x) {
      checkExtent("dense: x", x, -1, inputs);
      return x.device.scope(() => {
        const z = timesTransposed(x, parameters.weights);
        if ("bias" in parameters) return finish(z, parameters.bias);
        return activation ? activation(z) : z;
      });
    },
  };
}

export interface MlpOptions extends DenseOptions {
  /** Between layers. Default: `tanh`. */
  readonly activation?: Activation;
  /** After the last layer. Default: none. */
  readonly outputActivation?: Activation;
}

/**
 * Multilayer perceptron: dense layers with activations between them, [..., widths[0]] to [..., widths.at(-1)].
 *
 * @param widths of the input, the hidden layers and the output.
 * @throws InvalidInputError for fewer than two widths, or one that is no positive integer.
 */
export function mlp(widths: readonly number[], options: MlpOptions = {}): Layer<readonly AffineParameters[]> {
  if (widths.length < 2) throw new InvalidInputError("mlp: widths", "two widths or more", widths);
  const { activation = tanh, outputActivation, ...rest } = options;
  const layers = widths.slice(1).map((outputs, index) => {
    const after = index < widths.length - 2 ? activation : outputActivation;
    return dense(widths[index], outputs, { ...rest, ...(after ? { activation: after } : {}) });
  });
  return {
    init(key, own) {
      const keys = split(key, layers.length);
      return layers.map((layer, index) => layer.init(keys[index], own));
    },
    apply(parameters, x) {
      if (parameters.length !== layers.length)
        throw new InvalidInputError("mlp: parameters", `those of ${layers.length} layers`, parameters.length);
      return x.device.scope(() => layers.reduce((value, layer, index) => layer.apply(parameters[index], value), x));
    },
  };
}

/** x Wᵀ over the last axis of x. */
export function timesTransposed(x: Tensor, weights: Tensor): Tensor {
  const outputs = weights.shape[0];
  if (x.rank === 2) return matmul(x, weights, { transposeB: true });
  const before = x.shape.slice(0, -1);
  const rows = x.reshape([sizeOf(before), x.shape.at(-1)!]);
  return matmul(rows, weights, { transposeB: true }).reshape([...before, outputs]);
}
